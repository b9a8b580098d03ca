#!/bin/bash
# qemu.sh BOARD IMAGE_FOLDER CONSOLE: becomes the QEMU of board/BOARD, with the image of that folder.
#
# CONSOLE is a path, where QEMU puts a link to the pty of the first serial port, or `-`:
# then the serial port is this terminal. CMDLINE_EXTRA is added to the kernel command line.
# The file board/BOARD/qemu holds the program and its arguments, one or more words a line.
. "$(dirname "$0")/lib.sh"

board=$root/board/$1
image=$2
console=$3
[ -f "$board/qemu" ] || die "No QEMU machine '$1': there is no file board/$1/qemu."
read -r -d '' -a command < <(grep -v '^#' "$board/qemu"; printf '\0')
command -v "${command[0]}" >/dev/null || die "There is no ${command[0]} on this machine. Run: make setup"
kernel=$(find "$image" -maxdepth 1 -name '*Image')
{ [ -f "$kernel" ] && [ -f "$image/initramfs.cpio.gz" ]; } ||
	die "$image holds no image (a kernel and initramfs.cpio.gz). Run: make image-ARCH"
if [ "$console" = - ]; then
	command+=(-serial mon:stdio)
else
	# QEMU does not replace a link that an earlier run has left.
	[ ! -L "$console" ] || rm "$console"
	command+=(-chardev "pty,id=console,path=$console" -serial chardev:console)
fi
exec "${command[@]}" -kernel "$kernel" -initrd "$image/initramfs.cpio.gz" \
	-append "$(grep -v '^#' "$board/cmdline" | tr '\n' ' ')${CMDLINE_EXTRA:-}"
