################################################################################
#
# board-verify
#
################################################################################

BOARD_VERIFY_VERSION = 0.1.0
BOARD_VERIFY_SITE = $(BR2_EXTERNAL_BOARD_CHECK_PATH)/..
BOARD_VERIFY_SITE_METHOD = local
BOARD_VERIFY_LICENSE = MIT or Apache-2.0
BOARD_VERIFY_LICENSE_FILES = LICENSE-MIT LICENSE-APACHE
BOARD_VERIFY_DEPENDENCIES = host-board-verify-crates $(BOARD_CHECK_RUST_DEPENDENCIES)
# Of the repository only what the program is made of.
BOARD_VERIFY_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS = \
	--include=/Cargo.toml \
	--include=/LICENSE-* \
	--include=/mk \
	--include=/mk/arch \
	--exclude=/mk/* \
	--include=/module \
	--include=/module/uapi.rs \
	--include=/module/decode_*.rs \
	--exclude=/module/* \
	--include=/protocol \
	--exclude=/target-tools/target \
	--include=/target-tools \
	--exclude=/*

# No configuration of the user's cargo is to be mixed in.
BOARD_VERIFY_CARGO_ENV = \
	CARGO_HOME=$(@D)/cargo-home \
	RUSTC=$(BOARD_CHECK_RUST_SYSROOT)/bin/rustc

BOARD_VERIFY_CARGO_OPTS = \
	--config 'source.crates-io.replace-with = "vendored"' \
	--config 'source.vendored.directory = "$(HOST_DIR)/share/board-verify-crates"' \
	--offline \
	--locked

define BOARD_VERIFY_BUILD_CMDS
	cd $(@D)/target-tools && \
	rust_options= && . ../mk/arch/$(KERNEL_ARCH) && \
	rm -rf $(@D)/sysroot && \
	./core.sh $(BOARD_CHECK_RUST_SYSROOT)/bin/rustc $(BOARD_CHECK_RUST_LIBRARY) $$rust_target $(@D)/sysroot && \
	sysroot=$(@D)/sysroot && . ./rustflags && \
	$(BOARD_VERIFY_CARGO_ENV) $(BOARD_CHECK_RUST_SYSROOT)/bin/cargo $(BOARD_VERIFY_CARGO_OPTS) \
		build --release --package board-verify --target $$rust_target --target-dir $(@D)/target && \
	cp $(@D)/target/$$rust_target/release/board-verify $(@D)/board-verify
endef

define BOARD_VERIFY_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(@D)/board-verify $(TARGET_DIR)/usr/bin/board-verify
endef

define BOARD_VERIFY_INSTALL_INIT_SYSV
	$(INSTALL) -D -m 0755 $(BOARD_VERIFY_PKGDIR)/S99board-verify $(TARGET_DIR)/etc/init.d/S99board-verify
	printf '%s\n' 'CONSOLE_SECONDS=$(BR2_PACKAGE_BOARD_VERIFY_SECONDS)' > $(@D)/default
	$(INSTALL) -D -m 0644 $(@D)/default $(TARGET_DIR)/etc/default/board-verify
endef

$(eval $(generic-package))
