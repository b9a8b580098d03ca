#!/bin/bash
# run-speed.sh: measures in QEMU how fast areas are copied, read and written, beside a program
# in C with its libc in the same boot; prints ratios.
#
# Wants board-check and the image of arm64 built: `make bench-speed` sees to that. The program in
# C is output/bench/memcpy: it runs on any AArch64 Linux.
. "$(dirname "$0")/../mk/scripts/lib.sh"
arch_facts arm64

out=$root/output/bench
package() { "$scripts/board-package.sh" "$arch" "$1"; }
libc=$(package libc6-dev)/usr
headers=$(package linux-libc-dev)/usr/include
support=$(package libgcc-14-dev)/usr/lib/gcc/aarch64-linux-gnu/14
objects=$libc/lib/aarch64-linux-gnu
hold_output bench
mkdir -p "$out"
# What GCC says for -static, each file by its path: those of this machine are for its own CPU.
"clang$LLVM" --target=aarch64-linux-gnu -O2 -Wall -Wextra -Werror -static -fuse-ld=lld \
	-nostdlib -nostdlibinc -isystem "$libc/include" -isystem "$libc/include/aarch64-linux-gnu" \
	-isystem "$headers" -isystem "$headers/aarch64-linux-gnu" \
	"$objects/crt1.o" "$objects/crti.o" "$support/crtbeginT.o" "$root/bench/memcpy/memcpy.c" \
	-L"$objects" -L"$support" -Wl,--start-group -lgcc -lgcc_eh -lc -Wl,--end-group \
	"$support/crtend.o" "$objects/crtn.o" -o "$out/memcpy" ||
	die "The program in C does not build; the compiler's words are above."

cd "$root"
"${HOST_CARGO:-cargo}" build --quiet --profile sim --locked --package bench-qemu --target-dir "$root/target" ||
	die "The measuring program does not build; the compiler's words are above."
# QEMU has the instructions of Armv8.8 that copy memory, and carries them out with the PC's own
# memcpy. Hardly a board has them.
CMDLINE_EXTRA=arm64.nomops exec "$root/target/sim/bench-speed" "$out/memcpy"
