#!/bin/bash
# image.sh NAME [torture]: makes what a boot loader loads, output/NAME/{KERNEL,initramfs.cpio.gz}, as an ordinary user.
#
# With torture it is output/NAME/torture/, with board-torture in it.
. "$(dirname "$0")/lib.sh"
arch_facts "$1"

tree=$root/output/$kernel/kernel
hold_output "$1"
cd "$root/output/$1"
program='board-verify'
into=
if [ "${2:-}" = torture ]; then
	program='board-torture'
	into=torture/
	mkdir -p torture
fi
image=$into$(basename "$kernel_image")
cp "$tree/$kernel_image" "$image.new"
mv "$image.new" "$image"
# Relative names: a list of gen_init_cpio has no way to write a space.
cat >"${into}initramfs.list" <<LIST
dir /dev 0755 0 0
nod /dev/console 0600 0 0 c 5 1
dir /proc 0755 0 0
dir /sys 0755 0 0
file /init $program 0755 0 0
file /mmap_areas.ko module/mmap_areas.ko 0644 0 0
LIST
"$tree/usr/gen_init_cpio" -t 0 "${into}initramfs.list" | gzip -9n >"${into}initramfs.cpio.gz.new"
mv "${into}initramfs.cpio.gz.new" "${into}initramfs.cpio.gz"
say "output/$1: $image $(stat -c %s "$image")," \
	"initramfs $(stat -c %s "${into}initramfs.cpio.gz")," \
	"$program $(stat -c %s $program), module $(stat -c %s module/mmap_areas.ko) bytes"
