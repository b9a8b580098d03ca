#!/bin/bash
# device-tree.sh BOARD: makes output/BOARD/board.dtb, the board's own device tree and our devices.
. "$(dirname "$0")/lib.sh"
board_facts "$1"
read -r source < <("$scripts/kernel-source.sh")
trees=$source/arch/$arch/boot/dts
file=$root/board/$1/board.dts
if [ ! -f "$file" ]; then
	if [ -n "$device_tree" ]; then file=$trees/$device_tree; else qemu_command "$1" qemu; fi
fi
# The preprocessor as the kernel's build calls it, but for the folders of #include.
preprocess() { "clang$LLVM" -E -nostdinc -undef -P -x assembler-with-cpp "$@"; }

hold_output "$1"
mkdir -p "$root/output/$1"
cd "$root/output/$1"
rm -f base.dtb
if [ -f "$file" ]; then
	# The warnings of the kernel's own trees are the kernel's business.
	preprocess -D __DTS__ -I "$(dirname "$file")" -I "$trees" -I "$source/scripts/dtc/include-prefixes" "$file" |
		dtc -q -I dts -O dtb -o base.dtb -
elif [ -n "$device_tree" ]; then
	die "board/$1/build says device_tree=$device_tree; these kernel sources have no $file."
else
	# QEMU makes the tree of a machine from its arguments, so it is asked with the same ones.
	"${command[@]}" -machine dumpdtb=base.dtb >dumpdtb.log 2>&1 || true
	[ -s base.dtb ] || die "QEMU gives no device tree of $1. It said: $(tail -n 5 dumpdtb.log)"
	# These are random, so no two builds would be the same; kept in a file they are no seeds.
	for seed in kaslr-seed rng-seed; do
		fdtput -d base.dtb /chosen "$seed" 2>/dev/null || true
	done
	# Their bytes are still there, behind what counts.
	dtc -q -I dtb -O dtb -o base.dtb.new base.dtb
	mv base.dtb.new base.dtb
fi
preprocess \
	-D ADDRESS_CELLS="$(fdtget base.dtb / '#address-cells')" \
	-D SIZE_CELLS="$(fdtget base.dtb / '#size-cells')" \
	${cache_operations:+-D CACHE_OPERATIONS} "$root/board/dts/mmap-areas.dtso" |
	dtc -W no-avoid_unnecessary_addr_size -I dts -O dtb -o mmap-areas.dtbo -
fdtoverlay -i base.dtb -o board.dtb.new mmap-areas.dtbo
mv board.dtb.new board.dtb
