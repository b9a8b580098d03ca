#!/bin/bash
# check-tools.sh RUSTC LIBRARY BINDGEN [CLANG]: says in one sentence which of the preinstalled tools is no good.
set -uo pipefail

target_tools=$(dirname "$0")/../../target-tools
rustc=$1 library=$2 bindgen=$3 clang=${4-none}

# problem TEXT OPTION: OPTION is the end of its name.
problem() {
	echo "$1 Install it, or set BR2_LINUX_KERNEL_EXT_BOARD_CHECK_RUST_$2 to its path."
	exit
}

version=$("$rustc" --version 2>/dev/null | cut -d' ' -f2) ||
	problem "There is no Rust compiler '$rustc'." RUSTC
[ -f "$library/core/src/lib.rs" ] ||
	problem "There are no sources of Rust's library in '$library' (rustup component add rust-src)." LIBRARY
found=$("$target_tools/library-version.sh" "$library")
case $version in
"$found" | "$found".*) ;;
*) problem "The sources of Rust's library in '$library' are of $found, and rustc is $version: they must be equal." LIBRARY ;;
esac
"$bindgen" --version >/dev/null 2>&1 ||
	problem "There is no bindgen '$bindgen' (cargo install bindgen-cli)." BINDGEN
[ "$clang" = none ] || "$clang" --version >/dev/null 2>&1 ||
	problem "There is no clang '$clang', and on RISC-V the kernel takes no Rust beside GCC." CLANG
