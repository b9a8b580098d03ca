#!/bin/bash
# sysroot.sh TARGET: prints a Rust sysroot that holds core and compiler_builtins for TARGET.
. "$(dirname "$0")/lib.sh"

target=$1
core=$root/target-tools/core.sh
library=$("$scripts/rust-src.sh")
find_rust
version=$("$rustc" -vV)
sysroot=$cache/sysroot/$target-$({ echo "$library $target $version"; cat "$core"; } | hash_of)
if [ ! -d "$sysroot" ]; then
	hold "sysroot-$target"
	if [ ! -d "$sysroot" ]; then
		rm -rf "$sysroot.new"
		logged "$cache/log/sysroot-$target.log" "Building Rust's core for $target (once, about 60 s)" \
			"$core" "$rustc" "$library" "$target" "$sysroot.new"
		mv "$sysroot.new" "$sysroot"
	fi
fi
echo "$sysroot"
