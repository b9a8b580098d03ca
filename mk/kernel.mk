# The kernels, one of each architecture, in the cache.

ARCHITECTURES := $(notdir $(wildcard mk/arch/*))

.PHONY: $(ARCHITECTURES:%=kernel-%) $(ARCHITECTURES:%=kernel-config-%)
$(ARCHITECTURES:%=kernel-%): kernel-%: setup ## Build the kernel (once for each version, config and toolchain)
	@$(SCRIPTS)/kernel.sh $*

$(ARCHITECTURES:%=kernel-config-%): kernel-config-%: setup ## Bring board/kernel/ARCH.config into savedefconfig's form
	@$(SCRIPTS)/kernel.sh $* --refresh-config

.PHONY: kernel-update
kernel-update: setup ## Fetch the newest packaged kernel source, if there is a newer one
	@$(SCRIPTS)/kernel-source.sh --refresh >/dev/null
