#!/bin/bash
# image.sh NAME [torture|kselftest]: makes what a boot loader loads, output/NAME/{KERNEL,initramfs.cpio.gz}, as an ordinary user.
#
# With torture it is output/NAME/torture/, with board-torture in it; with kselftest output/NAME/kselftest/, with
# the test beside it that kselftest.sh has built there.
. "$(dirname "$0")/lib.sh"
arch_facts "$1"

tree=$root/output/$kernel/kernel
hold_output "$1"
cd "$root/output/$1"
program='board-verify'
into=
if [ -n "${2:-}" ]; then
	program='board-torture'
	into=$2/
	mkdir -p "$2"
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
[ "${2:-}" != kselftest ] || echo "file /kselftest kselftest/pfnmap 0755 0 0" >>"${into}initramfs.list"
"$tree/usr/gen_init_cpio" -t 0 "${into}initramfs.list" | gzip -9n >"${into}initramfs.cpio.gz.new"
mv "${into}initramfs.cpio.gz.new" "${into}initramfs.cpio.gz"
say "output/$1: $image $(stat -c %s "$image")," \
	"initramfs $(stat -c %s "${into}initramfs.cpio.gz")," \
	"$program $(stat -c %s $program), module $(stat -c %s module/mmap_areas.ko) bytes"
