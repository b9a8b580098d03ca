#!/bin/bash
# run-sizes.sh BOARD...: prints how large each thing is that is built, the cards of these boards,
# too, and writes it to output/bench/sizes.tsv; ends with 1 where a budget is missed, or where
# something is larger than bench/sizes.tsv, the table of before, has it.
#
# Wants board-check, images and cards
# built: `make bench-sizes` sees to that.
. "$(dirname "$0")/../mk/scripts/lib.sh"

# Another compiler, or another release of a boot loader, makes some bytes more or less.
percent=3
before=$root/bench/sizes.tsv
now=$root/output/bench/sizes.tsv

# row NAME FILE...: a line of the table, for all of the files together.
row() {
	local name=$1 file bytes=0
	shift
	for file in "$@"; do
		[ -f "$file" ] || die "There is no $file. Run: make bench-sizes"
		bytes=$((bytes + $(stat -c %s "$file")))
	done
	printf '%s\t%s\n' "$name" "$bytes"
}

sizes() {
	local name folder kernel
	for name in "$root"/mk/arch/*; do
		arch_facts "$(basename "$name")"
		folder=$root/output/$arch
		kernel=$folder/$(basename "$kernel_image")
		row "$arch: board-verify" "$folder/board-verify"
		row "$arch: mmap_areas.ko" "$folder/module/mmap_areas.ko"
		row "$arch: kernel" "$kernel"
		row "$arch: initramfs" "$folder/initramfs.cpio.gz"
		row "$arch: image" "$kernel" "$folder/initramfs.cpio.gz"
	done
	for name in "$@"; do
		row "$name: card" "$root/output/$name/sdcard.img"
	done
	row board-check "$root/target/release/board-check"
}

mkdir -p "$root/output/bench"
sizes "$@" >"$now"
awk -F '\t' -v percent="$percent" '
	# KiB that a thing may have.
	function budget(name) {
		if (name ~ /: board-verify$/) return 64
		if (name ~ /: image$/) return 6 * 1024
	}
	FILENAME == ARGV[1] { before[$1] = $2; next }
	{
		if (!n++) printf "%-36s %10s %8s %12s  %s\n", "what", "bytes", "before", "budget, KiB", "met"
		now[$1] = $2
		most = budget($1)
		met = most == "" ? "" : $2 <= most * 1024 ? "yes" : "NO"
		if (met == "NO") wrong++
		growth = $1 in before ? sprintf("%+.1f %%", ($2 / before[$1] - 1) * 100) : "new"
		if ($1 in before && $2 > before[$1] * (1 + percent / 100)) {
			growth = growth " !"
			wrong++
		}
		printf "%-36s %10d %8s %12s  %s\n", $1, $2, growth, most, met
	}
	END {
		for (name in before) if (!(name in now)) {
			print name ": missing"
			wrong++
		}
		exit wrong > 0
	}' "$before" "$now" ||
	die "A budget is missed, or something is more than $percent % larger than before: see above." \
		"If that is meant, copy $now to $before."
