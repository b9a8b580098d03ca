#!/bin/bash
# check-kernel.sh FOLDER COMMAND...: fails where the kernel in FOLDER, as it is configured, has no Rust for our module.
#
# COMMAND makes the kernel say why it finds its tools no good.
set -uo pipefail

# shellcheck source=/dev/null # KERNEL_MIN
. "$(dirname "$0")/../../mk/versions"
linux=$1
shift

stop() {
	printf 'board-check: error: %s\n' "$*" >&2
	exit 1
}
set_to_y() { grep -qx "$1=y" "$linux/.config"; }

version=$(awk '$1 == "VERSION" { v = $3 } $1 == "PATCHLEVEL" { print v "." $3; exit }' "$linux/Makefile")
# shellcheck disable=SC2154 # set by versions
[ "$(printf '%s\n%s\n' "$KERNEL_MIN" "$version" | sort -V | head -n 1)" = "$KERNEL_MIN" ] ||
	stop "This kernel is Linux $version; mmap_areas needs $KERNEL_MIN or newer. Choose one in \"Kernel version\" (BR2_LINUX_KERNEL_CUSTOM_VERSION)."
if ! set_to_y CONFIG_RUST; then
	"$@" >&2 ||
		stop "The kernel cannot be built with Rust: its own diagnosis is above."
	stop "The kernel dropped CONFIG_RUST although it finds all tools: an option excludes it." \
		"See \"depends on\" of RUST in init/Kconfig, and \"make linux-menuconfig\"."
fi
if set_to_y CONFIG_ARM && ! set_to_y CONFIG_ARM_LPAE; then
	stop "This kernel is for ARM without LPAE, and mmap_areas needs CONFIG_ARM_LPAE=y: for Cortex-A7, A15, A17, not for A8 or A9."
fi
