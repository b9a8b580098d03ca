# QEMU machines are boards: board/qemu-*/ has the machine and says of which architecture it is.

BOARDS := $(patsubst board/%/build,%,$(sort $(wildcard board/*/build)))
QEMU_BOARDS := $(sort $(notdir $(patsubst %/qemu,%,$(wildcard board/*/qemu))))
arch_of_board = $(shell sed -n 's/^arch=//p' board/$(1)/build)
REPORTS := $(QEMU_BOARDS:%=output/%/report.json)

.PHONY: $(QEMU_BOARDS) $(QEMU_BOARDS:%=%-console) $(BOARDS:%=dtb-%) qemu
$(QEMU_BOARDS): %: host dtb-% $$(call image_of,$$@) ## Boot the image and judge it with board-check: success is PASS
	@$(SCRIPTS)/qemu-run.sh $@ $(call folder_of,$@) target/release/board-check $(BOARD_CHECK_ARGS)

$(QEMU_BOARDS:%=%-console): %-console: dtb-% $$(call image_of,$$*) ## Boot the image with its console on this terminal
	@echo "The console of $*. Ctrl-A X ends QEMU." >&2
	@$(SCRIPTS)/qemu.sh $* $(call folder_of,$*) -

$(BOARDS:%=dtb-%): dtb-%: setup ## Build the device tree of a board: output/BOARD/board.dtb
	@$(SCRIPTS)/device-tree.sh $*

qemu: host $(QEMU_BOARDS:%=dtb-%) $(foreach board,$(QEMU_BOARDS),$$(call image_of,$(board))) ## The same for all boards, and a table: success is PASS of each
	@rm -f $(REPORTS)
	@for board in $(QEMU_BOARDS); do \
		$(SCRIPTS)/qemu-run.sh $$board $(if $(BY_BUILDROOT),output/buildroot/$$board/images,output/$$(sed -n "s/^arch=//p" board/$$board/build)) target/release/board-check --out json=output/$$board/report.json $(BOARD_CHECK_ARGS) || true; done
	@$(HOST_CARGO) run --quiet --package qemu-tests --bin summary --locked $(CARGO_TARGET) -- $(REPORTS)
