#!/bin/bash
# device-tree.sh BOARD: makes output/BOARD/board.dtb, the board's own device tree and our devices.
. "$(dirname "$0")/lib.sh"
board_facts "$1"
qemu_command "$1"

hold_output "$1"
mkdir -p "$root/output/$1"
cd "$root/output/$1"
rm -f base.dtb
if [ -f "$root/board/$1/board.dts" ]; then
	dtc -I dts -O dtb -o base.dtb "$root/board/$1/board.dts"
else
	# QEMU makes the tree of a machine from its arguments, so it is asked with the same ones.
	"${command[@]}" -machine dumpdtb=base.dtb >dumpdtb.log 2>&1 || true
	[ -s base.dtb ] || die "QEMU gives no device tree of $1. It said: $(tail -n 5 dumpdtb.log)"
fi
"clang$LLVM" -E -nostdinc -undef -P -x assembler-with-cpp \
	-D ADDRESS_CELLS="$(fdtget base.dtb / '#address-cells')" \
	-D SIZE_CELLS="$(fdtget base.dtb / '#size-cells')" \
	${cache_operations:+-D CACHE_OPERATIONS} "$root/board/dts/mmap-areas.dtso" |
	dtc -W no-avoid_unnecessary_addr_size -I dts -O dtb -o mmap-areas.dtbo -
fdtoverlay -i base.dtb -o board.dtb.new mmap-areas.dtbo
mv board.dtb.new board.dtb
