#!/bin/bash
# qemu.sh BOARD IMAGE CONSOLE: becomes the QEMU of board/BOARD, with that image.
#
# IMAGE is the folder of kernel and initramfs, which QEMU then loads by itself, or an SD card:
# then the machine boots that. CONSOLE is a path, where QEMU puts a link to the pty of the
# serial console (or the socket that some cards need), or `-`: then the console is this
# terminal. Without a card, CMDLINE_EXTRA is added to the kernel command line, and DEVICE_TREE is used instead of the board's.
. "$(dirname "$0")/lib.sh"

# load: the arguments that make QEMU load the image's files.
load() {
	local kernel dtb=${DEVICE_TREE:-$root/output/$1/board.dtb}
	kernel=$(find "$image" -maxdepth 1 -name '*Image')
	{ [ -f "$kernel" ] && [ -f "$image/initramfs.cpio.gz" ]; } ||
		die "$image holds no image (a kernel and initramfs.cpio.gz). Run: make image-ARCH"
	[ -f "$dtb" ] || die "The board $1 has no device tree yet. Run: make dtb-$1"
	command+=(-kernel "$kernel" -initrd "$image/initramfs.cpio.gz" -dtb "$dtb"
		-append "$(kernel_command_line "$1")${CMDLINE_EXTRA:+ $CMDLINE_EXTRA}")
}

# partitions: prints first sector and number of sectors of each partition of the card.
partitions() {
	PATH=$PATH:/usr/sbin:/sbin sfdisk --dump "$image" |
		sed -n 's/.*: start= *\([0-9]*\), size= *\([0-9]*\),.*/\1 \2/p'
}

# boot_card: puts paths in place of the @names@ in board/BOARD/qemu-card.
boot_card() {
	local parts index start size
	[ -f "$root/board/$1/qemu-card" ] || die "QEMU cannot boot the card of $1: there is no file board/$1/qemu-card."
	[ -f "$image" ] || die "There is no card $image. Run: make sdcard-$1"
	if [ "$console" = - ]; then parts=$root/output/$1/card/parts; else parts=$(dirname "$console")/parts; fi
	mkdir -p "$parts"
	for index in "${!command[@]}"; do
		case ${command[index]} in
		*@card@*) command[index]=${command[index]//@card@/"$image"} ;;
		@partition1@)
			read -r start size < <(partitions | head -n 1)
			dd if="$image" of="$parts/partition1" skip="$start" count="$size" status=none
			command[index]=$parts/partition1
			;;
		*@fat@*)
			[ -d "$parts/fat" ] || {
				mkdir "$parts/fat"
				# The FAT partition is the last one.
				read -r start size < <(partitions | tail -n 1)
				mcopy -s -i "$image@@$((start * 512))" '::*' "$parts/fat"
			}
			command[index]=${command[index]//@fat@/"$parts/fat"}
			;;
		@cmdline@)
			# Where the boot loader of the board would find it.
			command[index]=$(cat "$parts/fat/cmdline.txt" 2>/dev/null ||
				sed -n 's/^[[:space:]]*append //p' "$parts/fat/extlinux/extlinux.conf")
			;;
		@boot-loader@)
			command[index]=$("$scripts/board-package.sh" "$arch" "$package")/$qemu_files
			;;
		esac
	done
}

image=$2
console=$3
chardev=pty
if [ -d "$image" ]; then
	qemu_command "$1" qemu
	load "$1"
else
	qemu_command "$1" qemu qemu-card
	board_facts "$1"
	chardev=$qemu_card_console
	command[0]=$("$scripts/card-qemu.sh" "$1")
	boot_card "$1"
fi
if [ "$console" = - ]; then
	command+=(-serial mon:stdio)
else
	# QEMU does not replace a link that an earlier run has left.
	[ ! -L "$console" ] || rm "$console"
	command+=(-chardev "$chardev,id=console,path=$console" -serial chardev:console)
fi
exec "${command[@]}"
