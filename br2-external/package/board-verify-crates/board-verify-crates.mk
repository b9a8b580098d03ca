################################################################################
#
# board-verify-crates
#
################################################################################

# The crates of target-tools/Cargo.lock: cargo fetches them from where it always does, and
# compares the hashes that stand there.
BOARD_VERIFY_CRATES_WORKSPACE = $(BR2_EXTERNAL_BOARD_CHECK_PATH)/../target-tools
BOARD_VERIFY_CRATES_VERSION := $(shell sha256sum < $(BOARD_VERIFY_CRATES_WORKSPACE)/Cargo.lock | cut -c 1-16)
HOST_BOARD_VERIFY_CRATES_SOURCE =
BOARD_VERIFY_CRATES_LICENSE = MIT or Apache-2.0
# cargo has to be there before the download.
HOST_BOARD_VERIFY_CRATES_DOWNLOAD_DEPENDENCIES = $(BOARD_CHECK_RUST_DEPENDENCIES)
BOARD_VERIFY_CRATES_VENDORED = $(HOST_BOARD_VERIFY_CRATES_DL_DIR)/$(BOARD_VERIFY_CRATES_VERSION)

define HOST_BOARD_VERIFY_CRATES_VENDOR
	$(Q)[ -d $(BOARD_VERIFY_CRATES_VENDORED) ] || { \
		rm -rf $(BOARD_VERIFY_CRATES_VENDORED).new && \
		RUSTC=$(BOARD_CHECK_RUST_SYSROOT)/bin/rustc $(BOARD_CHECK_RUST_SYSROOT)/bin/cargo vendor --quiet --locked --versioned-dirs \
			--manifest-path $(BOARD_VERIFY_CRATES_WORKSPACE)/Cargo.toml $(BOARD_VERIFY_CRATES_VENDORED).new >/dev/null && \
		mv $(BOARD_VERIFY_CRATES_VENDORED).new $(BOARD_VERIFY_CRATES_VENDORED); \
	}
endef
HOST_BOARD_VERIFY_CRATES_POST_DOWNLOAD_HOOKS += HOST_BOARD_VERIFY_CRATES_VENDOR

define HOST_BOARD_VERIFY_CRATES_INSTALL_CMDS
	rm -rf $(HOST_DIR)/share/board-verify-crates
	mkdir -p $(HOST_DIR)/share
	cp -r $(BOARD_VERIFY_CRATES_VENDORED) $(HOST_DIR)/share/board-verify-crates
endef

$(eval $(host-generic-package))
