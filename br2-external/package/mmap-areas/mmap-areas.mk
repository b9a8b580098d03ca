################################################################################
#
# mmap-areas
#
################################################################################

MMAP_AREAS_VERSION = 0.1.0
MMAP_AREAS_SITE = $(BR2_EXTERNAL_BOARD_CHECK_PATH)/../module
MMAP_AREAS_SITE_METHOD = local
MMAP_AREAS_LICENSE = GPL-2.0
MMAP_AREAS_LICENSE_FILES = COPYING

# MODVERSIONS excludes Rust; in a Thumb kernel no module in Rust can be loaded.
define MMAP_AREAS_LINUX_CONFIG_FIXUPS
	$(call KCONFIG_ENABLE_OPT,CONFIG_RUST)
	$(call KCONFIG_ENABLE_OPT,CONFIG_MODULE_UNLOAD)
	$(call KCONFIG_DISABLE_OPT,CONFIG_MODVERSIONS)
	$(call KCONFIG_DISABLE_OPT,CONFIG_THUMB2_KERNEL)
endef

$(eval $(kernel-module))
$(eval $(generic-package))
