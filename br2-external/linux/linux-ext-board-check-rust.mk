################################################################################
#
# Rust in the kernel
#
################################################################################

# Here and not in external.mk: what Buildroot has read of a package's dependencies by then, it
# never reads again.

# A Buildroot that can do it by itself is left alone.
ifeq ($(shell grep -lE 'RUST_LIB_SRC|host-rust' linux/linux.mk),)
ifeq ($(BR2_LINUX_KERNEL_EXT_BOARD_CHECK_RUST),y)

ifeq ($(BR2_LINUX_KERNEL_EXT_BOARD_CHECK_RUST_BUILT),y)

BOARD_CHECK_RUST_SYSROOT = $(HOST_DIR)
BOARD_CHECK_RUST_LIBRARY = $(HOST_DIR)/lib/rustlib/src/rust/library
BOARD_CHECK_RUST_BINDGEN = $(HOST_DIR)/bin/bindgen
BOARD_CHECK_RUST_LIBCLANG = $(HOST_DIR)/lib
# bin/clang is a wrapper that compiles for user space.
BOARD_CHECK_RUST_CLANG = $(HOST_DIR)/bin/clang.br_real
BOARD_CHECK_RUST_DEPENDENCIES += \
	host-rustc \
	host-board-check-rust-src \
	host-rust-bindgen

else

# The kernel's make calls the tools in other folders, where rustup may stand for
# another toolchain, and "make linux-menuconfig" has another PATH: all by absolute path.
BOARD_CHECK_RUST_FIND = $(or $(shell command -v $(call qstrip,$(1))),$(call qstrip,$(1)))
BOARD_CHECK_RUST_RUSTC = $(call qstrip,$(BR2_LINUX_KERNEL_EXT_BOARD_CHECK_RUST_RUSTC))
BOARD_CHECK_RUST_SYSROOT := $(shell $(BOARD_CHECK_RUST_RUSTC) --print sysroot 2>/dev/null)
BOARD_CHECK_RUST_LIBRARY := $(or \
	$(call qstrip,$(BR2_LINUX_KERNEL_EXT_BOARD_CHECK_RUST_LIBRARY)), \
	$(BOARD_CHECK_RUST_SYSROOT)/lib/rustlib/src/rust/library)
BOARD_CHECK_RUST_BINDGEN := $(call BOARD_CHECK_RUST_FIND,$(BR2_LINUX_KERNEL_EXT_BOARD_CHECK_RUST_BINDGEN))
BOARD_CHECK_RUST_LIBCLANG := $(call qstrip,$(BR2_LINUX_KERNEL_EXT_BOARD_CHECK_RUST_LIBCLANG))
BOARD_CHECK_RUST_CLANG := $(call BOARD_CHECK_RUST_FIND,$(BR2_LINUX_KERNEL_EXT_BOARD_CHECK_RUST_CLANG))

ifeq ($(BR_BUILDING),y)
BOARD_CHECK_RUST_PROBLEM := $(shell \
	$(BR2_EXTERNAL_BOARD_CHECK_PATH)/linux/check-tools.sh \
		"$(BOARD_CHECK_RUST_RUSTC)" \
		"$(BOARD_CHECK_RUST_LIBRARY)" \
		"$(BOARD_CHECK_RUST_BINDGEN)" \
		$(if $(BR2_riscv),"$(BOARD_CHECK_RUST_CLANG)"))
ifneq ($(BOARD_CHECK_RUST_PROBLEM),)
$(error board-check: $(BOARD_CHECK_RUST_PROBLEM))
endif
endif

endif

# Buildroot's HOSTCC has options in it. The kernel's make gives all of HOSTCC to rustc as
# the name of the linker.
# With -Os, GCC does not inline the exchanges of ARM into Rust's helpers, and vmlinux lacks __bad_xchg.
BOARD_CHECK_RUST_MAKE_FLAGS = \
	HOSTCC="$(HOSTCC_NOCCACHE)" \
	HOSTCFLAGS="$(subst -I/,-isystem /,$(subst -I /,-isystem /,$(HOST_CFLAGS)))" \
	HOSTLDFLAGS="$(HOST_LDFLAGS)" \
	RUSTC=$(BOARD_CHECK_RUST_SYSROOT)/bin/rustc \
	HOSTRUSTC=$(BOARD_CHECK_RUST_SYSROOT)/bin/rustc \
	RUSTDOC=$(BOARD_CHECK_RUST_SYSROOT)/bin/rustdoc \
	RUSTFMT=$(BOARD_CHECK_RUST_SYSROOT)/bin/rustfmt \
	BINDGEN=$(BOARD_CHECK_RUST_BINDGEN) \
	$(if $(BR2_riscv),CC=$(BOARD_CHECK_RUST_CLANG)) \
	$(if $(BR2_arm),CFLAGS_helpers/helpers.o=-O2)

# bindgen looks for rustfmt by itself.
BOARD_CHECK_RUST_MAKE_ENV = \
	RUST_LIB_SRC=$(BOARD_CHECK_RUST_LIBRARY) \
	RUSTFMT=$(BOARD_CHECK_RUST_SYSROOT)/bin/rustfmt \
	$(if $(BOARD_CHECK_RUST_LIBCLANG),LIBCLANG_PATH=$(BOARD_CHECK_RUST_LIBCLANG))

# Buildroot's options for warnings are GCC's.
ifeq ($(BR2_riscv),y)
# check-package disable TypoInPackageVariable
LINUX_CFLAGS += -Wno-unknown-warning-option
endif

# A kernel that drops CONFIG_RUST does so without a word.
define BOARD_CHECK_RUST_CHECK_KERNEL
	$(Q)$(LINUX_MAKE_ENV) $(BR2_EXTERNAL_BOARD_CHECK_PATH)/linux/check-kernel.sh $(LINUX_DIR) \
		$(BR2_MAKE) -s -C $(LINUX_DIR) $(LINUX_MAKE_FLAGS) rustavailable
endef

# kconfig asks the tools what they can, so it needs them, too.
# check-package disable TypoInPackageVariable
LINUX_KCONFIG_DEPENDENCIES += $(BOARD_CHECK_RUST_DEPENDENCIES)
# check-package disable TypoInPackageVariable
LINUX_MAKE_FLAGS += $(BOARD_CHECK_RUST_MAKE_FLAGS)
# check-package disable TypoInPackageVariable
LINUX_MAKE_ENV += $(BOARD_CHECK_RUST_MAKE_ENV)
# check-package disable TypoInPackageVariable
LINUX_POST_CONFIGURE_HOOKS += BOARD_CHECK_RUST_CHECK_KERNEL

endif
endif
