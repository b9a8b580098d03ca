################################################################################
#
# board-check-rust-src
#
################################################################################

# Equal to rustc's, or nothing is built: the kernel and board-verify compile these sources.
BOARD_CHECK_RUST_SRC_VERSION = $(RUST_BIN_VERSION)
BOARD_CHECK_RUST_SRC_SITE = $(RUST_BIN_SITE)
BOARD_CHECK_RUST_SRC_SOURCE = rust-src-$(BOARD_CHECK_RUST_SRC_VERSION).tar.xz
BOARD_CHECK_RUST_SRC_LICENSE = Apache-2.0 or MIT

define HOST_BOARD_CHECK_RUST_SRC_INSTALL_CMDS
	(cd $(@D); ./install.sh --prefix=$(HOST_DIR) --disable-ldconfig)
endef

$(eval $(host-generic-package))
