# QEMU machines are boards: board/qemu-*/ has the machine, mk/arch/ says whose it is.

QEMU_BOARDS := $(notdir $(patsubst %/qemu,%,$(wildcard board/*/qemu)))
arch_of_board = $(notdir $(shell grep -lx 'qemu_board=$(1)' mk/arch/*))

.PHONY: $(QEMU_BOARDS) $(QEMU_BOARDS:%=%-console)
$(QEMU_BOARDS): %: host image-$$(call arch_of_board,$$@) ## Boot the image and judge it with board-check: success is PASS
	@$(SCRIPTS)/qemu-run.sh $@ output/$(call arch_of_board,$@) target/release/board-check $(BOARD_CHECK_ARGS)

$(QEMU_BOARDS:%=%-console): %-console: image-$$(call arch_of_board,$$*) ## Boot the image with its console on this terminal
	@echo "The console of $*. Ctrl-A X ends QEMU." >&2
	@$(SCRIPTS)/qemu.sh $* output/$(call arch_of_board,$*) -
