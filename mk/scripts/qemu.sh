#!/bin/bash
# qemu.sh BOARD IMAGE_FOLDER CONSOLE: becomes the QEMU of board/BOARD, with the image of that folder.
#
# CONSOLE is a path, where QEMU puts a link to the pty of the first serial port, or `-`:
# then the serial port is this terminal. CMDLINE_EXTRA is added to the kernel command line;
# DEVICE_TREE is used instead of the board's.
. "$(dirname "$0")/lib.sh"

image=$2
console=$3
qemu_command "$1"
kernel=$(find "$image" -maxdepth 1 -name '*Image')
{ [ -f "$kernel" ] && [ -f "$image/initramfs.cpio.gz" ]; } ||
	die "$image holds no image (a kernel and initramfs.cpio.gz). Run: make image-ARCH"
dtb=${DEVICE_TREE:-$root/output/$1/board.dtb}
[ -f "$dtb" ] || die "The board $1 has no device tree yet. Run: make dtb-$1"
if [ "$console" = - ]; then
	command+=(-serial mon:stdio)
else
	# QEMU does not replace a link that an earlier run has left.
	[ ! -L "$console" ] || rm "$console"
	command+=(-chardev "pty,id=console,path=$console" -serial chardev:console)
fi
exec "${command[@]}" -kernel "$kernel" -initrd "$image/initramfs.cpio.gz" -dtb "$dtb" \
	-append "$(grep -v '^#' "$root/board/$1/cmdline" | tr '\n' ' ')${CMDLINE_EXTRA:-}"
