#!/bin/bash
# run-mapping.sh: measures in QEMU what mapping, faults and calls cost in guest instructions,
# the C twin beside mmap_areas; prints tables and writes all figures to output/bench/mapping.tsv.
#
# Wants the kernel and the module of arm64 built: `make bench-mapping` sees to that.
# KERNEL_TREE=PATH measures on another kernel for arm64, by its build tree, and MODULE=PATH
# another mmap_areas.ko for that kernel; MODULE=none the twin alone. BUSY=N lets each figure
# begin N instructions after the one before, not at rest: N decides which means have work
# of the kernel's own in them.
#
# PEER=PATH measures another module, too: PATH is a folder with a Kbuild or Makefile for it,
# PEER_DEVICE the node whose first 4 MiB can be mapped, PEER_ARGUMENTS what the module is
# loaded with, PEER_SYNC the folder with its files sync_size, sync_for_cpu and sync_for_device.
. "$(dirname "$0")/../mk/scripts/lib.sh"
arch_facts arm64

# Pages of an area; the longest mapping is that of a whole one.
pages=1024
# It takes 10 s on two slow cores: what takes longer hangs.
limit_seconds=300

tree=${KERNEL_TREE:-$root/output/$arch/kernel}
module=${MODULE:-$root/output/$arch/module/mmap_areas.ko}
out=$root/output/bench
areas=(twin.vmalloc twin.kmalloc twin.streaming)
drivers=(twin)
[ -f "$tree/$kernel_image" ] || die "No kernel is built for $arch in $tree. Run: make kernel-$arch"
if [ "$module" != none ]; then
	[ -f "$module" ] || die "There is no module $module. Run: make module-$arch"
	areas+=(ours.vmalloc ours.kmalloc ours.coherent ours.streaming ours.carveout)
	drivers+=(ours)
fi
if [ -n "${PEER:-}" ]; then
	[ -d "$PEER" ] || die "PEER=$PEER is no folder. Give that of a module's sources."
	[[ ${PEER_DEVICE:-} =~ ^/dev/[^[:space:]\"]+$ ]] ||
		die "PEER_DEVICE='${PEER_DEVICE:-}' is no device node. Say which one the peer makes: PEER_DEVICE=/dev/NAME."
	PEER_ARGUMENTS=${PEER_ARGUMENTS:-}
	[[ $PEER_ARGUMENTS != *[\"$'\n']* && ${#PEER_ARGUMENTS} -lt 512 ]] ||
		die "PEER_ARGUMENTS has a quote, or more than 511 bytes: the kernel's command line does not carry that."
	[[ ${PEER_SYNC:-/} =~ ^/[^[:space:]\"]*$ ]] ||
		die "PEER_SYNC='$PEER_SYNC' is no folder of the guest. Leave it out where the peer has none: PEER_SYNC=/sys/class/NAME."
	peer=$(readlink -f "$PEER")
	areas+=(peer.mmap)
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

# What the peer's Makefile wants to be told comes from the environment.
build_peer() {
	local modules
	rm -rf "$out/peer"
	mkdir -p "$out/peer"
	make -s -C "$tree" M="$peer" MO="$out/peer" LLVM="$LLVM" ARCH="$arch" modules >&2 ||
		die "The peer in $peer does not build; the compiler's words are above."
	mapfile -t modules < <(find "$out/peer" -name '*.ko')
	[ ${#modules[@]} -eq 1 ] ||
		die "The peer in $peer should give one module, and gives ${#modules[@]}." \
			"If its Makefile wants to be told which, tell it: make … CONFIG_NAME=m."
	cp "${modules[0]}" "$out/peer.ko"
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
		dir /sys 0755 0 0
		nod /dev/console 0600 0 0 c 5 1
		file /init init 0755 0 0
		file /mmap_twin.ko twin/mmap_twin.ko 0644 0 0
	LIST
	if [ "$module" != none ]; then
		cp "$module" "$out/mmap_areas.ko"
		echo 'file /mmap_areas.ko mmap_areas.ko 0644 0 0' >>"$out/initramfs.list"
	fi
	[ -z "${PEER:-}" ] || echo 'file /peer.ko peer.ko 0644 0 0' >>"$out/initramfs.list"
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
	local arguments="$pages ${BUSY:-rest}"
	[ -z "${PEER:-}" ] || arguments+=" $PEER_DEVICE \"$PEER_ARGUMENTS\"${PEER_SYNC:+ $PEER_SYNC}"
	say "Measuring (log: $out/mapping.log)"
	timeout --kill-after=5 "$limit_seconds" "${machine[@]}" \
		-icount shift=0,sleep=off -no-reboot -serial stdio -monitor none \
		-kernel "$tree/$kernel_image" -initrd "$out/initramfs.cpio" -dtb "$out/board.dtb" \
		-append "console=ttyAMA0 panic=-1 quiet norandmaps -- $arguments" </dev/null >"$out/mapping.log" 2>&1 9>&- ||
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

# The first four columns of each figure that must be there.
due() {
	local area pages access driver
	for area in "${areas[@]}"; do
		for pages in 1 16 256 1024; do
			for access in read write; do
				echo "$area $pages kernel $access"
				[ $pages -lt 512 ] || echo "$area $pages program $access"
			done
			case $area in *.vmalloc | *.kmalloc) ;; *) echo "$area $pages kernel fault" ;; esac
		done
	done
	for driver in "${drivers[@]}"; do
		for access in unknown describe; do echo "$driver.ioctl 0 - $access"; done
	done
	[ -z "${PEER:-}" ] || echo "peer.ioctl 0 - unknown"
	for driver in "${drivers[@]}" ${PEER_SYNC:+peer}; do
		for pages in 1 16 256; do
			for access in for-cpu for-device; do echo "$driver.sync $pages - $access"; done
		done
	done
}

# A figure that did not come is a failure, not a gap in the table.
check_complete() {
	local missing
	grep -q '^bench end' "$out/mapping.log" ||
		die "The guest did not come to its end. It said: $(grep '^bench error' "$out/mapping.log" || tail -n 5 "$out/mapping.log")"
	missing=$(comm -23 <(due | sort) <(awk -F '\t' 'NR > 1 && $10 > 0 { print $1, $2, $3, $4 }' "$out/mapping.tsv" | sort))
	[ -z "$missing" ] ||
		die "These figures are missing: ${missing//$'\n'/, }. It said: $(grep -m 1 'errno=' "$out/mapping.log" || echo nothing)"
}

print_table() {
	echo "Guest instructions of mmap + one access per page + munmap, in 100 rounds: means, and the median"
	echo "of whole rounds per page. A look at the clock costs $(sed -n 's/^bench timer cost=\([0-9]*\).*/\1/p' "$out/mapping.log"), and each of the three has one."
	echo "Linux $(cat "$tree/include/config/kernel.release") of $tree, $(date -u +%F)."
	echo
	awk -f "$root/bench/compared.awk" -f "$root/bench/print.awk" "$out/mapping.tsv"
}

build_twin
[ -z "${PEER:-}" ] || build_peer
build_program
make_initramfs
make_device_tree
run_qemu
make_table
check_complete
print_table
