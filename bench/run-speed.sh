#!/bin/bash
# run-speed.sh: measures in QEMU how fast areas are copied, read and written, beside a program
# in C with its libc in the same boot; prints ratios.
#
# Wants board-check and the image of arm64 built: `make bench-speed` sees to that. The program in
# C is output/bench/memcpy: it runs on any AArch64 Linux.
. "$(dirname "$0")/../mk/scripts/lib.sh"
arch_facts arm64

out=$root/output/bench
hold_output bench
mkdir -p "$out"
"$scripts/c-program.sh" "$arch" "$out/memcpy" -Werror "$root/bench/memcpy/memcpy.c"

cd "$root"
"${HOST_CARGO:-cargo}" build --quiet --profile sim --locked --package bench-qemu --target-dir "$root/target" ||
	die "The measuring program does not build; the compiler's words are above."
# QEMU has the instructions of Armv8.8 that copy memory, and carries them out with the PC's own
# memcpy. Hardly a board has them.
CMDLINE_EXTRA=arm64.nomops exec "$root/target/sim/bench-speed" "$out/memcpy"
