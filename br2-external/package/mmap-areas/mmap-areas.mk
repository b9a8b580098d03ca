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

# Without a rule, mdev gives a node to its group, too, and takes away one that was bound again meanwhile.
ifeq ($(BR2_ROOTFS_DEVICE_CREATION_DYNAMIC_MDEV),y)
define MMAP_AREAS_MDEV_RULE
	grep -q '^mmap_areas' $(TARGET_DIR)/etc/mdev.conf || \
		echo 'mmap_areas[0-9] root:root 600 !' >>$(TARGET_DIR)/etc/mdev.conf
endef
MMAP_AREAS_TARGET_FINALIZE_HOOKS += MMAP_AREAS_MDEV_RULE
endif

$(eval $(kernel-module))
$(eval $(generic-package))
