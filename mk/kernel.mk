# The kernels in the cache: for each architecture that of the release, and one with sanitizers.

ARCHITECTURES := $(notdir $(wildcard mk/arch/*))
KERNELS := $(ARCHITECTURES) $(ARCHITECTURES:%=%-debug)

.PHONY: $(KERNELS:%=kernel-%) $(ARCHITECTURES:%=kernel-config-%)
$(KERNELS:%=kernel-%): kernel-%: setup ## Build the kernel (once for each version, config and toolchain)
	@$(SCRIPTS)/kernel.sh $*

$(ARCHITECTURES:%=kernel-config-%): kernel-config-%: setup ## Bring board/kernel/ARCH.config into savedefconfig's form
	@$(SCRIPTS)/kernel.sh $* --refresh-config

.PHONY: kernel-update
kernel-update: setup ## Fetch the newest packaged kernel source, if there is a newer one
	@$(SCRIPTS)/kernel-source.sh --refresh >/dev/null
