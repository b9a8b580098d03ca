################################################################################
#
# board-verify-crates
#
################################################################################

# The crates of target-tools/Cargo.lock, which has their hashes: the hash file is made of it.
BOARD_VERIFY_CRATES_HASH_FILE = $(BR2_EXTERNAL_BOARD_CHECK_PATH)/package/board-verify-crates/board-verify-crates.hash
BOARD_VERIFY_CRATES_VERSION := $(shell sha256sum < $(BOARD_VERIFY_CRATES_HASH_FILE) | cut -c 1-16)
BOARD_VERIFY_CRATES_SITE = https://static.crates.io/crates
HOST_BOARD_VERIFY_CRATES_SOURCE =
BOARD_VERIFY_CRATES_LICENSE = MIT or Apache-2.0
HOST_BOARD_VERIFY_CRATES_EXTRA_DOWNLOADS := $(shell \
	sed -n 's|^sha256  [0-9a-f]*  \(\(.*\)-[0-9][^-]*\.crate\)$$|$(BOARD_VERIFY_CRATES_SITE)/\2/\1|p' \
		$(BOARD_VERIFY_CRATES_HASH_FILE))

# As "cargo vendor" leaves them, but with no hash for each file.
define HOST_BOARD_VERIFY_CRATES_EXTRACT_CMDS
	while read -r kind hash file; do \
		[ "$$kind" = sha256 ] || continue; \
		$(TAR) -xzf $(HOST_BOARD_VERIFY_CRATES_DL_DIR)/$$file -C $(@D) && \
		printf '{"files":{},"package":"%s"}\n' $$hash > $(@D)/$${file%.crate}/.cargo-checksum.json || exit; \
	done < $(BOARD_VERIFY_CRATES_HASH_FILE)
endef

define HOST_BOARD_VERIFY_CRATES_INSTALL_CMDS
	rm -rf $(HOST_DIR)/share/board-verify-crates
	mkdir -p $(HOST_DIR)/share/board-verify-crates
	cp -r $(@D)/*/ $(HOST_DIR)/share/board-verify-crates
endef

$(eval $(host-generic-package))
