# SD cards: each board whose build says `card=` has one. See CONTRIBUTING.md, "Add a board".

CARD_BOARDS := $(sort $(patsubst board/%/build,%,$(shell grep -l '^card=' board/*/build)))
# Those whose card QEMU can boot.
CARD_QEMU_BOARDS := $(sort $(notdir $(patsubst %/qemu-card,%,$(wildcard board/*/qemu-card))))

.PHONY: $(CARD_BOARDS:%=sdcard-%) $(CARD_BOARDS:%=flash-%) $(CARD_BOARDS:%=reproducible-%) $(CARD_QEMU_BOARDS:%=boot-%) $(CARD_QEMU_BOARDS:%=card-qemu-%)
$(CARD_BOARDS:%=sdcard-%): sdcard-%: dtb-% $$(call image_of,$$*) ## Build an SD card: output/BOARD/sdcard.img
	@$(SCRIPTS)/card.sh $* $(call folder_of,$*) $(call card_of,$*)

$(CARD_BOARDS:%=flash-%): flash-%: sdcard-% ## Write it to the card DEVICE=/dev/sdX, after asking
	@$(SCRIPTS)/flash.sh $* "$(DEVICE)" $(call card_of,$*)

# A boot loader that reads the card by an emulated SPI takes its time.
$(CARD_QEMU_BOARDS:%=boot-%): boot-%: host sdcard-% card-qemu-% ## Boot the SD card in QEMU and judge it with board-check
	@BOARD_CHECK_TIMEOUT=$${BOARD_CHECK_TIMEOUT:-240} $(SCRIPTS)/qemu-run.sh $* $(call card_of,$*)/sdcard.img target/release/board-check $(BOARD_CHECK_ARGS)

$(CARD_QEMU_BOARDS:%=card-qemu-%): card-qemu-%: setup
	@$(SCRIPTS)/card-qemu.sh $* >/dev/null

$(CARD_BOARDS:%=reproducible-%): reproducible-%: sdcard-% ## Build it again in another path, cache and day: the same bytes?
	@$(SCRIPTS)/reproducible.sh $* $(call card_of,$*)

# Of other names the scripts say which boards there are.
sdcard-%:
	@$(SCRIPTS)/card.sh $*

flash-%:
	@$(SCRIPTS)/flash.sh $* "$(DEVICE)"

boot-%:
	@$(SCRIPTS)/card-qemu.sh $*
