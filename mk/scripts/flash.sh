#!/bin/bash
# flash.sh BOARD DEVICE [CARD]: writes sdcard.img of the folder CARD to a card with bmaptool, and reads it back.
#
# CARD is a folder in the checkout, else output/BOARD.
#
# It shows what would be erased and asks. Without a terminal, CONFIRM=DEVICE is the answer.
. "$(dirname "$0")/lib.sh"
board_facts "$1"

image=$root/${3:-output/$1}/sdcard.img
bmap=${image%.img}.bmap
device=${2:-}
candidates() { join "$(lsblk --noheadings --paths --nodeps --output NAME,SIZE,MODEL --include 8,179 | sed 's/$/;/')"; }
[ -n "$device" ] || die "To which device? Run: make flash-$1 DEVICE=/dev/sdX." \
	"Disks and cards that are there: $(candidates)"
[ -f "$image" ] || die "There is no card for $1 yet. Run: make sdcard-$1"
said=$(awk '/^FileName: /{ image = $2 == "./sdcard.img" } image && /SHA256/ { print $3 }' "$(dirname "$image")/manifest.spdx")
[ "$(sha256sum <"$image" | cut -d' ' -f1)" = "$said" ] ||
	die "$image is damaged: its SHA-256 is not that of its manifest.spdx. Run: make sdcard-$1"
command -v bmaptool >/dev/null || die "There is no bmaptool on this machine. Run: make setup"

[ -b "$device" ] || die "$device is no block device. Disks and cards that are there: $(candidates)"
device=$(readlink -f "$device")
fact() { lsblk --noheadings --nodeps --bytes --output "$1" "$device" | sed 's/^ *//; s/ *$//'; }
# Another number for each disk that the kernel has seen.
sequence() { cat "/sys/class/block/${device##*/}/diskseq"; }
[ "$(fact TYPE)" != part ] || die "$device is a partition. A card is written as a whole: give /dev/$(fact PKNAME)."
mounted=$(lsblk --noheadings --raw --output NAME,MOUNTPOINTS "$device" | sed -n 's/\\x0a/ /g; s/^\([^ ]*\) \(.*[^ ].*\)/\1 on \2/p')
case " ${mounted//$'\n'/ } " in
*' on / '* | *' on /boot'* | *' on /usr '*) die "$device holds this system: $(join "$mounted"). It is not overwritten." ;;
esac
[ -z "$mounted" ] || die "$device is in use: $(join "$mounted"). Unmount it first, if it is the right one."
holders=$(lsblk --noheadings --list --output NAME,TYPE "$device" | awk 'NR > 1 && $2 != "part" { print $1 " (" $2 ")" }')
[ -z "$holders" ] || die "$device is in use by $(join "$holders"). Take that apart first, if it is the right one."
[ "$(fact RO)" = 0 ] || die "$device is write-protected. Is the lock of the card on?"
size=$(stat -c %s "$image")
[ "$(fact SIZE)" -ge "$size" ] ||
	die "$device has $(fact SIZE) bytes, and the card for $1 needs $size. Is there a card in the reader?"

disk=$(sequence)
say "This erases all of $device:"
lsblk --output NAME,SIZE,MODEL,SERIAL,FSTYPE,LABEL "$device" >&2
if [ -t 0 ]; then
	read -r -p "Type yes to erase $device and write the card for $1: " answer
	[ "$answer" = yes ] || die "Nothing was written."
elif [ "${CONFIRM:-}" != "$2" ]; then
	die "Nothing was written: there is no terminal to ask at. CONFIRM=$2 is the answer in advance."
fi

[ "$(sequence)" = "$disk" ] || die "Nothing was written: $device has become another disk meanwhile."
as_root=()
if [ ! -w "$device" ]; then
	command -v sudo >/dev/null || die "You may not write $device, and there is no sudo."
	as_root=(sudo)
fi
${as_root[@]+"${as_root[@]}"} bmaptool --quiet copy --bmap "$bmap" "$image" "$device" ||
	die "bmaptool could not write $device; its words are above."

# What bmaptool has written comes from the card now, not from the kernel's memory.
${as_root[@]+"${as_root[@]}"} blockdev --flushbufs "$device"
differs=$(${as_root[@]+"${as_root[@]}"} head --bytes="$size" "$device" | cmp "$image" - 2>&1) ||
	die "$device does not hold what was written: $differs. Is the card broken, or smaller than it says?"
say "$device holds the card for $1, read back and compared."
