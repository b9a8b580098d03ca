#!/bin/bash
# module.sh NAME: builds mmap_areas.ko into output/NAME/module, against that of output/KERNEL/kernel.
. "$(dirname "$0")/lib.sh"
arch_facts "$1"

tree=$root/output/$kernel/kernel
[ -f "$tree/complete" ] || die "There is no kernel $kernel. Run: make kernel-$kernel"
RUST_LIB_SRC=$("$scripts/rust-src.sh")
bindgen=$("$scripts/bindgen.sh")
kernel_environment

hold_output "$1"
out=$root/output/$1/module
# Objects of another kernel, configuration or toolchain are not to be mixed in.
tree=$(readlink -f "$tree")
[ "$(cat "$out/kernel-tree" 2>/dev/null)" = "$tree" ] || rm -rf "$out"
mkdir -p "$out"
echo "$tree" >"$out/kernel-tree"
say "Building the module for $1"
make -s -C "$tree" M="$root/module" MO="$out" LLVM="$LLVM" ARCH="$arch" \
	MMAP_AREAS_FAULTS="$faults" -j"$(nproc)" modules >&2 ||
	die "The module for $1 does not build; the compiler's words are above."
