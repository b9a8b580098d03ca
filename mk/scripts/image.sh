#!/bin/bash
# image.sh NAME: makes what a boot loader loads, output/NAME/{KERNEL,initramfs.cpio.gz}, as an ordinary user.
. "$(dirname "$0")/lib.sh"
arch_facts "$1"

tree=$root/output/$kernel/kernel
hold_output "$1"
cd "$root/output/$1"
image=$(basename "$kernel_image")
cp "$tree/$kernel_image" "$image.new"
mv "$image.new" "$image"
# Relative names: a list of gen_init_cpio has no way to write a space.
cat >initramfs.list <<'LIST'
dir /dev 0755 0 0
nod /dev/console 0600 0 0 c 5 1
dir /proc 0755 0 0
dir /sys 0755 0 0
file /init board-verify 0755 0 0
file /mmap_areas.ko module/mmap_areas.ko 0644 0 0
LIST
"$tree/usr/gen_init_cpio" -t 0 initramfs.list | gzip -9n >initramfs.cpio.gz.new
mv initramfs.cpio.gz.new initramfs.cpio.gz
say "output/$1: $image $(stat -c %s "$image")," \
	"initramfs $(stat -c %s initramfs.cpio.gz)," \
	"verifier $(stat -c %s board-verify), module $(stat -c %s module/mmap_areas.ko) bytes"
