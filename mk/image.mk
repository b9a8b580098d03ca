# Module, verifier and the image of both, of one architecture; NAME is ARCH or ARCH-faults.

NAMES := $(ARCHITECTURES) $(ARCHITECTURES:%=%-faults)
arch_of = $(patsubst %-faults,%,$(1))

.SECONDEXPANSION:
.PHONY: $(NAMES:%=module-%) $(NAMES:%=verifier-%) $(NAMES:%=image-%)
$(NAMES:%=module-%): module-%: kernel-$$(call arch_of,$$*) ## Build mmap_areas.ko
	@$(SCRIPTS)/module.sh $*

$(NAMES:%=verifier-%): verifier-%: setup ## Build board-verify, the program for the board
	@$(SCRIPTS)/verifier.sh $*

$(NAMES:%=image-%): image-%: module-% verifier-% ## Build kernel and initramfs: output/ARCH/
	@$(SCRIPTS)/image.sh $*
