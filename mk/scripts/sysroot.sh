#!/bin/bash
# sysroot.sh TARGET: prints a Rust sysroot that holds core and compiler_builtins for TARGET.
#
# The verifier needs no more, and only for it would the user have to install a target
# with rustup, which the distribution's toolchain cannot. cargo's -Zbuild-std wants
# the crates of std, too, and with them the network or a second vendor directory.
. "$(dirname "$0")/lib.sh"

# Goes up when this script builds the same inputs in another way.
RECIPE=3
target=$1
library=$("$scripts/rust-src.sh")
find_rust
version=$("$rustc" -vV)
sysroot=$cache/sysroot/$target-$(echo "$RECIPE $library $target $version" | hash_of)
if [ -d "$sysroot" ]; then
	echo "$sysroot"
	exit
fi

hold "sysroot-$target"
out=$sysroot.new/lib/rustlib/$target/lib
rm -rf "$sysroot.new"
mkdir -p "$out"
# The library uses what is unstable outside of it.
export RUSTC_BOOTSTRAP=1

# crate NAME SOURCE OPTION...
crate() {
	local name=$1 source=$2
	shift 2
	"$rustc" --crate-name "$name" --crate-type rlib --edition 2024 --target "$target" \
		--sysroot "$sysroot.new" --out-dir "$out" --cap-lints allow -Zforce-unstable-if-unmarked \
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

build() {
	local options=() option
	crate core "$library/core/src/lib.rs" --cfg 'feature="optimize_for_size"'
	while read -r option; do options+=(--cfg "$option"); done < <(builtins_options)
	CFG_CARGO_FEATURES='["mem"]' CFG_OPT_LEVEL=s CFG_TARGET_FEATURES='[]' \
		crate compiler_builtins "$library/compiler-builtins/compiler-builtins/src/lib.rs" "${options[@]}"
}

logged "$cache/log/sysroot-$target.log" "Building Rust's core for $target (once, about 60 s)" build
mv "$sysroot.new" "$sysroot"
echo "$sysroot"
