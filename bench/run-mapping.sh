#!/bin/bash
# run-mapping.sh: measures in QEMU what mapping costs in guest instructions, the C twin
# beside mmap_areas; prints a table and writes all figures to output/bench/mapping.tsv.
#
# Wants the kernel and the module of arm64 built: `make bench-mapping` sees to that.
# KERNEL_TREE=PATH measures on another kernel for arm64, by its build tree, and MODULE=PATH
# another mmap_areas.ko for that kernel; MODULE=none the twin alone. BUSY=N lets each figure
# begin N instructions after the one before, not at rest: N decides which means have work
# of the kernel's own in them.
. "$(dirname "$0")/../mk/scripts/lib.sh"
arch_facts arm64

# Pages of an area; the longest mapping is that of a whole one.
pages=1024
# It takes 10 s on two slow cores: what takes longer hangs.
limit_seconds=300

tree=${KERNEL_TREE:-$root/output/$arch/kernel}
module=${MODULE:-$root/output/$arch/module/mmap_areas.ko}
out=$root/output/bench
areas=(twin.vmalloc twin.kmalloc)
[ -f "$tree/$kernel_image" ] || die "No kernel is built for $arch in $tree. Run: make kernel-$arch"
if [ "$module" != none ]; then
	[ -f "$module" ] || die "There is no module $module. Run: make module-$arch"
	areas+=(ours.vmalloc ours.kmalloc ours.coherent ours.carveout)
fi
[[ ${BUSY:-0} =~ ^[0-9]{1,9}$ ]] ||
	die "BUSY=$BUSY is no number of instructions of at most nine digits. Give one, or leave it out."
RUST_LIB_SRC=$("$scripts/rust-src.sh")
bindgen=$("$scripts/bindgen.sh")
sysroot=$("$scripts/sysroot.sh" "$rust_target")
kernel_environment
tree=$(readlink -f "$tree")
hold_output bench
mkdir -p "$out"

build_twin() {
	# Objects of another kernel are not to be mixed in.
	[ "$(cat "$out/twin/kernel-tree" 2>/dev/null)" = "$tree" ] || rm -rf "$out/twin"
	mkdir -p "$out/twin"
	echo "$tree" >"$out/twin/kernel-tree"
	make -s -C "$tree" M="$root/bench/twin" MO="$out/twin" LLVM="$LLVM" ARCH="$arch" modules >&2 ||
		die "The C twin does not build; the compiler's words are above."
}

# Built as the verifier is; see mk/scripts/program.sh for the reasons.
build_program() {
	export RUSTFLAGS="--sysroot $sysroot \
		-C linker=rust-lld -C linker-flavor=ld.lld -C link-self-contained=no \
		-C relocation-model=static -C target-feature=+crt-static -C force-unwind-tables=no \
		-C link-arg=-nostdlib -C link-arg=--no-dynamic-linker"
	unset CARGO_ENCODED_RUSTFLAGS
	(
		cd "$root/bench/mapping"
		"${CARGO:-cargo}" build --quiet --release --offline --locked \
			--target "$rust_target" --target-dir "$out/program"
	) || die "The measuring program does not build; the compiler's words are above."
	cp "$out/program/$rust_target/release/bench-mapping" "$out/init"
}

make_initramfs() {
	cat >"$out/initramfs.list" <<-'LIST'
		dir /dev 0755 0 0
		nod /dev/console 0600 0 0 c 5 1
		file /init init 0755 0 0
		file /mmap_twin.ko twin/mmap_twin.ko 0644 0 0
	LIST
	if [ "$module" != none ]; then
		cp "$module" "$out/mmap_areas.ko"
		echo 'file /mmap_areas.ko mmap_areas.ko 0644 0 0' >>"$out/initramfs.list"
	fi
	(cd "$out" && "$tree/usr/gen_init_cpio" -t 0 initramfs.list >initramfs.cpio)
}

# A core whose model stays the same from one QEMU to the next, alone. Without random
# numbers, here and on the kernel's command line, two runs are alike.
machine=(qemu-system-aarch64 -M "virt,dtb-randomness=off" -cpu cortex-a72 -smp 1 -m 256 -nic none -display none)

make_device_tree() {
	"${machine[@]}" -machine dumpdtb="$out/base.dtb" >"$out/dumpdtb.log" 2>&1 ||
		die "QEMU gives no device tree. It said: $(tail -n 5 "$out/dumpdtb.log")"
	# The cells of the root are not unnecessary: dtc checks the values against them.
	dtc -W no-avoid_unnecessary_addr_size -I dts -O dtb -o "$out/areas.dtbo" "$root/bench/mapping/areas.dtso"
	fdtoverlay -i "$out/base.dtb" -o "$out/board.dtb" "$out/areas.dtbo"
}

# The clock of the guest goes on by 1 ns for each instruction, and while the guest sleeps
# by as much as it sleeps: nothing depends on the time that this takes here.
run_qemu() {
	say "Measuring (log: $out/mapping.log)"
	timeout --kill-after=5 "$limit_seconds" "${machine[@]}" \
		-icount shift=0,sleep=off -no-reboot -serial stdio -monitor none \
		-kernel "$tree/$kernel_image" -initrd "$out/initramfs.cpio" -dtb "$out/board.dtb" \
		-append "console=ttyAMA0 panic=-1 quiet norandmaps -- $pages ${BUSY:-}" </dev/null >"$out/mapping.log" 2>&1 9>&- ||
		die "QEMU failed, or was not done after $limit_seconds s. It said: $(tail -n 5 "$out/mapping.log")"
}

# The lines `bench figure key=value …` as a table.
make_table() {
	tr -d '\r' <"$out/mapping.log" | awk '
		BEGIN {
			OFS = "\t"
			columns = split("area pages address access aligned mmap touch munmap mean median min errno", name, " ")
			for (i = 1; i <= columns; i++) printf "%s%s", name[i], i < columns ? OFS : ORS
		}
		/^bench figure / {
			split("", value)
			for (i = 3; i <= NF; i++) {
				split($i, pair, "=")
				value[pair[1]] = pair[2]
			}
			for (i = 1; i <= columns; i++)
				printf "%s%s", name[i] in value ? value[name[i]] : "-", i < columns ? OFS : ORS
		}' >"$out/mapping.tsv.new"
	mv "$out/mapping.tsv.new" "$out/mapping.tsv"
}

# A figure that did not come is a failure, not a gap in the table.
check_complete() {
	local missing
	grep -q '^bench end' "$out/mapping.log" ||
		die "The guest did not come to its end. It said: $(grep '^bench error' "$out/mapping.log" || tail -n 5 "$out/mapping.log")"
	missing=$(awk -v areas="${areas[*]}" '
		NR > 1 && $10 > 0 { there[$1 "," $2 "," $3 "," $4] = 1 }
		END {
			split(areas, area, " ")
			split("1 16 256 1024", pages, " ")
			split("kernel program", address, " ")
			split("read write", access, " ")
			for (i in area) for (j in pages) for (k in address) for (l in access) {
				name = area[i] "," pages[j] "," address[k] "," access[l]
				if (!(name in there) && (address[k] == "kernel" || pages[j] >= 512)) print name
			}
		}' "$out/mapping.tsv")
	[ -z "$missing" ] ||
		die "These figures are missing: $(join "$missing"). $(grep '^bench error' "$out/mapping.log" || true)"
}

print_table() {
	echo "Guest instructions of mmap + one access per page + munmap, in 100 rounds: means, and the median"
	echo "of whole rounds per page. A look at the clock costs $(sed -n 's/^bench timer cost=\([0-9]*\).*/\1/p' "$out/mapping.log"), and each of the three has one."
	echo "Linux $(cat "$tree/include/config/kernel.release") of $tree, $(date -u +%F)."
	echo
	awk -F '\t' '
		NR == 1 || $10 == "-" { next }
		!n++ {
			printf "%-14s %5s %-6s %-7s %8s %8s %8s %9s %11s %7s\n", "area", "pages",
				"access", "address", "mmap", "touch", "munmap", "mean/page", "median/page", "/ twin"
		}
		{
			place = $3 == "kernel" ? "any" : "2 MiB"
			figure = $10 / $2
			split($1, part, ".")
			ratio = ""
			if (part[1] == "twin")
				twin[part[2], $2, $3, $4] = figure
			else
				ratio = sprintf("%.3f", figure / twin[part[2] == "vmalloc" ? "vmalloc" : "kmalloc", $2, $3, $4])
			printf "%-14s %5d %-6s %-7s %8d %8d %8d %9.1f %11.1f %7s\n", $1, $2, $4, place, $6, $7, $8, $9 / $2, figure, ratio
		}' "$out/mapping.tsv"
}

build_twin
build_program
make_initramfs
make_device_tree
run_qemu
make_table
check_complete
print_table
