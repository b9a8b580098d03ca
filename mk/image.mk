# Module, verifier and the image of both; NAME is that of a kernel, or that and -faults.

NAMES := $(KERNELS) $(KERNELS:%=%-faults)
kernel_of = $(patsubst %-faults,%,$(1))

.SECONDEXPANSION:
.PHONY: $(NAMES:%=module-%) $(NAMES:%=verifier-%) $(NAMES:%=image-%)
$(NAMES:%=module-%): module-%: kernel-$$(call kernel_of,$$*) ## Build mmap_areas.ko
	@$(SCRIPTS)/module.sh $*

$(NAMES:%=verifier-%): verifier-%: setup ## Build board-verify, the program for the board
	@$(SCRIPTS)/program.sh $* board-verify

$(NAMES:%=image-%): image-%: module-% verifier-% ## Build kernel and initramfs: output/ARCH/
	@$(SCRIPTS)/image.sh $*
