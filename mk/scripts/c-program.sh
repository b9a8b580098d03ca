#!/bin/bash
# c-program.sh ARCH PROGRAM SOURCE|OPTION...: builds a static program in C with Debian's libc for boards of ARCH.
. "$(dirname "$0")/lib.sh"
arch_facts "$1"

program=$2
shift 2
case $debian_arch in
arm64) triplet=aarch64-linux-gnu ;;
armhf) triplet=arm-linux-gnueabihf ;;
riscv64) triplet=riscv64-linux-gnu ;;
esac
package() { "$scripts/board-package.sh" "$arch" "$1"; }
libc=$(package libc6-dev)/usr
headers=$(package linux-libc-dev)/usr/include
support=$(package libgcc-14-dev)/usr/lib/gcc/$triplet/14
objects=$libc/lib/$triplet
# What GCC says for -static, each file by its path: those of this machine are for its own CPU.
"clang$LLVM" --target="$triplet" -O2 -Wall -Wextra -static -fuse-ld=lld -nostdlib -nostdlibinc \
	-isystem "$libc/include" -isystem "$libc/include/$triplet" -isystem "$headers" -isystem "$headers/$triplet" \
	"$objects/crt1.o" "$objects/crti.o" "$support/crtbeginT.o" "$@" \
	-L"$objects" -L"$support" -Wl,--start-group -lgcc -lgcc_eh -lc -Wl,--end-group \
	"$support/crtend.o" "$objects/crtn.o" -o "$program" ||
	die "$program for $arch does not build; the compiler's words are above."
