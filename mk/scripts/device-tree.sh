#!/bin/bash
# device-tree.sh BOARD: makes output/BOARD/board.dtb, the board's own device tree and our devices.
. "$(dirname "$0")/lib.sh"
board_facts "$1"
if [ -n "$device_tree" ]; then
	read -r source < <("$scripts/kernel-source.sh")
elif [ ! -f "$root/board/$1/board.dts" ]; then
	qemu_command "$1" qemu
fi
# The preprocessor as the kernel's build calls it, but for the folders of #include.
preprocess() { "clang$LLVM" -E -nostdinc -undef -P -x assembler-with-cpp "$@"; }

hold_output "$1"
mkdir -p "$root/output/$1"
cd "$root/output/$1"
rm -f base.dtb
if [ -n "$device_tree" ]; then
	# The kernel's own tree of the board. Its warnings are the kernel's business.
	file=$source/arch/$arch/boot/dts/$device_tree
	[ -f "$file" ] || die "board/$1/build says device_tree=$device_tree; these kernel sources have no $file."
	preprocess -D __DTS__ -I "$(dirname "$file")" -I "$source/scripts/dtc/include-prefixes" "$file" |
		dtc -q -i "$(dirname "$file")" -I dts -O dtb -o base.dtb -
elif [ -f "$root/board/$1/board.dts" ]; then
	dtc -I dts -O dtb -o base.dtb "$root/board/$1/board.dts"
else
	# QEMU makes the tree of a machine from its arguments, so it is asked with the same ones.
	"${command[@]}" -machine dumpdtb=base.dtb >dumpdtb.log 2>&1 || true
	[ -s base.dtb ] || die "QEMU gives no device tree of $1. It said: $(tail -n 5 dumpdtb.log)"
fi
preprocess \
	-D ADDRESS_CELLS="$(fdtget base.dtb / '#address-cells')" \
	-D SIZE_CELLS="$(fdtget base.dtb / '#size-cells')" \
	${cache_operations:+-D CACHE_OPERATIONS} "$root/board/dts/mmap-areas.dtso" |
	dtc -W no-avoid_unnecessary_addr_size -I dts -O dtb -o mmap-areas.dtbo -
fdtoverlay -i base.dtb -o board.dtb.new mmap-areas.dtbo
mv board.dtb.new board.dtb
