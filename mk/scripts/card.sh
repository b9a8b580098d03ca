#!/bin/bash
# card.sh BOARD [IMAGE CARD]: makes output/BOARD/sdcard.{img,bmap} and their manifest.spdx, as an ordinary user.
#
# IMAGE is the folder of kernel and initramfs, CARD where the card goes, both in the checkout: else
# output/ARCH and output/BOARD.
#
# The same inputs make the same bytes: what a tool would take from the clock, the user or
# the order of a folder is said here or in board/card/.
. "$(dirname "$0")/lib.sh"
board_facts "$1"

# card_of TEXT: TEXT with the facts of this card in place of @NAME@.
card_of() {
	local text=$1 key
	for key in "${!fact[@]}"; do text=${text//"@$key@"/"${fact[$key]}"}; done
	printf '%s\n' "$text"
}

[ -n "$card" ] || die "The board $1 has no SD card: board/$1/build has no card=." \
	"Boards with one: $(join "$(cd "$root/board" && grep -l '^card=' -- */build | xargs dirname)")."
# mkfs.vfat is for root only in Debian's mind.
PATH=$PATH:/usr/sbin:/sbin
for tool in genimage mcopy mkfs.vfat bmaptool; do
	command -v $tool >/dev/null || die "There is no $tool on this machine. Run: make setup"
done

hold_output "$1"
out=$root/${3:-output/$1}
image=$root/${2:-output/$arch}
dtb=$root/output/$1/board.dtb
kernel=$(basename "$kernel_image")
for file in "$image/$kernel" "$image/initramfs.cpio.gz" "$dtb"; do
	[ -f "$file" ] || die "There is no $file yet. Run: make sdcard-$1"
done
work=$out/card
fat=$work/root/fat
rm -rf "$work"
mkdir -p "$fat/licences" "$work/raw"

# The oldest time that all file systems can have.
export SOURCE_DATE_EPOCH=315532800 TZ=UTC
umask 022

cp "$image/$kernel" "$image/initramfs.cpio.gz" "$dtb" "$fat"
cp "$root/LICENSE-MIT" "$root/LICENSE-APACHE" "$fat/licences"
cp "$root/module/COPYING" "$fat/licences/GPL-2.0"
# What only QEMU needs is fetched now, too.
files=$("$scripts/board-package.sh" "$arch" "$package")
if [ -n "$raw_files$fat_files" ]; then
	for file in $raw_files; do cp "$files/$file" "$work/raw"; done
	for file in $fat_files; do cp "$files/$file" "$fat"; done
	cp "$files/usr/share/doc/$package/copyright" "$fat/licences/$package"
fi

toml() { sed -n "s/^$1 = \"\?\([^\"]*\)\"\?$/\1/p" "$root/board/$board/board.toml"; }
board=$1
declare -A fact=(
	[BOARD]=$board
	[KERNEL]=$kernel
	[CMDLINE]=$(kernel_command_line "$board")
	[DEVICE]=$(toml device)
	[BAUD]=$(toml baud)
	[WIRING]=$(toml wiring)
)
cp -r "$root/board/boot/$boot/." "$fat"
while read -r file; do
	card_of "$(<"$file")" >"$file.new"
	mv "$file.new" "$file"
done < <(find "$root/board/boot/$boot" -type f -printf "$fat/%P\n")
readme=README.txt
# Only Buildroot says which packages are in it.
[ ! -f "$image/packages" ] || readme=README-buildroot.txt
# Windows is among those who open the card.
card_of "$(<"$root/board/card/$readme")" | sed 's/$/\r/' >"$fat/README.txt"
"$scripts/manifest.sh" "$board" "$fat" "$work/raw" "$image" >"$fat/manifest.spdx"
find "$work" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +

# With folders to include from, genimage finds no file by an absolute path.
(cd "$root/board/card" && genimage --config "$card.cfg" --includepath . --rootpath "$work/root" \
	--inputpath "$work/raw" --tmppath "$work/tmp" --outputpath "$work/images" >"$work/genimage.log" 2>&1) ||
	die "genimage makes no card of $1. It said: $(tail -n 8 "$work/genimage.log")"
# Without holes: bmaptool writes none, and a card that had another use has something else there.
cp --sparse=never "$work/images/sdcard.img" "$out/sdcard.img.new"
# It warns that there are none.
bmaptool --quiet create --output "$work/sdcard.bmap" "$out/sdcard.img.new" 2>"$work/bmap.log" ||
	die "bmaptool makes no map of the card of $1. It said: $(tail -n 3 "$work/bmap.log")"
grep -q "<MappedBlocksCount> *$(($(stat -c %s "$out/sdcard.img.new") / 4096)) *<" "$work/sdcard.bmap" ||
	die "The file system of $out makes holes of zeroes, so a card could not be written whole. Build on another one."
"$scripts/manifest.sh" --image "$out/sdcard.img.new" "$fat/manifest.spdx" >"$work/manifest.spdx"
mv "$out/sdcard.img.new" "$out/sdcard.img"
mv "$work/sdcard.bmap" "$work/manifest.spdx" "$out"
say "${out#"$root/"}/sdcard.img: $(($(stat -c %s "$out/sdcard.img") >> 20)) MiB"
