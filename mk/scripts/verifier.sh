#!/bin/bash
# verifier.sh NAME [--lint]: builds board-verify, the static program for the board, into output/NAME.
#
# With --lint only clippy looks at it, as what it is on the board.
. "$(dirname "$0")/lib.sh"
arch_facts "$1"

sysroot=$("$scripts/sysroot.sh" "$rust_target")
# No libc and no start files: the program brings its own entry. Static and at a fixed
# address, because nothing is there to relocate it. Unwind tables would be a sixth of it.
# What a panic says has no file and line, which are 3 % and the paths of this machine; the
# option is not stable, like core itself.
export RUSTFLAGS="--sysroot $sysroot \
	-C linker=rust-lld -C linker-flavor=ld.lld -C link-self-contained=no \
	-C relocation-model=static -C target-feature=+crt-static -C force-unwind-tables=no \
	$rust_options -Zlocation-detail=none -C llvm-args=-inline-threshold=0 -C llvm-args=-machine-outliner-reruns=2 \
	-C link-arg=-nostdlib -C link-arg=--no-dynamic-linker -C link-arg=--icf=all"
export RUSTC_BOOTSTRAP=1
unset CARGO_ENCODED_RUSTFLAGS
# cargo puts the program of each NAME at the same place.
hold_output verifier
out=$root/output/verifier
options=(--quiet --release --target "$rust_target" --target-dir "$out" --package board-verify)
[ -z "$faults" ] || options+=(--features faults)
if [ "${2:-}" = --lint ]; then
	exec "$scripts/target-cargo.sh" clippy "${options[@]}" -- -D warnings
fi
say "Building the verifier for $1"
"$scripts/target-cargo.sh" build "${options[@]}" >&2 ||
	die "The verifier for $1 does not build; the compiler's words are above."
mkdir -p "$root/output/$1"
# The kernel looks at segments, not at sections.
"llvm-objcopy$LLVM" --strip-sections "$out/$rust_target/release/board-verify" "$root/output/$1/board-verify.new"
mv "$root/output/$1/board-verify.new" "$root/output/$1/board-verify"
