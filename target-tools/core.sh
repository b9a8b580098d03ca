#!/bin/bash
# core.sh RUSTC LIBRARY TARGET SYSROOT: builds core and compiler_builtins for TARGET into the new Rust sysroot SYSROOT.
#
# LIBRARY is the folder library/ of Rust's sources, of the version of RUSTC.
#
# The verifier needs no more, and only for it would the user have to install a target
# with rustup, which the distribution's toolchain cannot. cargo's -Zbuild-std wants
# the crates of std, too, and with them the network or a second vendor directory.
set -euo pipefail

rustc=$1
library=$2
target=$3
sysroot=$4
out=$sysroot/lib/rustlib/$target/lib
mkdir -p "$out"
# The library uses what is unstable outside of it.
export RUSTC_BOOTSTRAP=1

# crate NAME SOURCE OPTION...
crate() {
	local name=$1 source=$2
	shift 2
	"$rustc" --crate-name "$name" --crate-type rlib --edition 2024 --target "$target" \
		--sysroot "$sysroot" --out-dir "$out" --cap-lints allow -Zforce-unstable-if-unmarked \
		-C metadata=board-check -C extra-filename=-board-check \
		-C panic=abort -C opt-level=z -Zlocation-detail=none -C relocation-model=static -C force-unwind-tables=no -C debuginfo=0 \
		-C debug-assertions=off -C overflow-checks=off -C codegen-units=1 \
		"$@" "$source"
}

# What compiler-builtins/build.rs would set, with its features `compiler-builtins` and `mem`.
builtins_options() {
	local cfg
	cfg=$("$rustc" --print cfg --target "$target")
	printf '%s\n' 'feature="compiler-builtins"' 'feature="mem"' 'feature="unstable-intrinsics"' \
		intrinsics_enabled arch_enabled optimizations_enabled
	if grep -q '^target_arch="aarch64"$' <<<"$cfg"; then echo 'feature="mem-unaligned"'; fi
	if grep -qx target_has_reliable_f16 <<<"$cfg"; then echo f16_enabled; fi
	if grep -qx target_has_reliable_f128 <<<"$cfg"; then echo f128_enabled; fi
}

options=()
crate core "$library/core/src/lib.rs" --cfg 'feature="optimize_for_size"'
while read -r option; do options+=(--cfg "$option"); done < <(builtins_options)
CFG_CARGO_FEATURES='["mem"]' CFG_OPT_LEVEL=s CFG_TARGET_FEATURES='[]' \
	crate compiler_builtins "$library/compiler-builtins/compiler-builtins/src/lib.rs" "${options[@]}"
