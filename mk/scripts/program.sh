#!/bin/bash
# program.sh NAME PROGRAM [--lint]: builds board-verify or board-torture, the static programs for the board, into output/NAME.
#
# With --lint only clippy looks at it, as what it is on the board.
. "$(dirname "$0")/lib.sh"
arch_facts "$1"

sysroot=$("$scripts/sysroot.sh" "$rust_target")
# shellcheck source=target-tools/rustflags
. "$root/target-tools/rustflags"
# cargo puts the program of each NAME at the same place.
hold_output verifier
program=$2
out=$root/output/verifier
options=(--quiet --release --target "$rust_target" --target-dir "$out" --package "$program")
[ -z "$faults" ] || options+=(--features faults)
[ -z "$debug" ] || options+=(--features debug-kernel)
if [ "${3:-}" = --lint ]; then
	exec "$scripts/target-cargo.sh" clippy "${options[@]}" -- -D warnings
fi
say "Building $program for $1"
"$scripts/target-cargo.sh" build "${options[@]}" >&2 ||
	die "$program for $1 does not build; the compiler's words are above."
mkdir -p "$root/output/$1"
# The kernel looks at segments, not at sections.
"llvm-objcopy$LLVM" --strip-sections "$out/$rust_target/release/$program" "$root/output/$1/$program.new"
mv "$root/output/$1/$program.new" "$root/output/$1/$program"
