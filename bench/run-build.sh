#!/bin/bash
# run-build.sh: times the way from an edit to the verdict of qemu-aarch64, each kind in turn, and
# prints medians.
#
# An edit is a new time of the file: what is built of it is built again. Wants all built before:
# `make bench-build` sees to that.
. "$(dirname "$0")/../mk/scripts/lib.sh"

rounds=3
times=$(mktemp -d)
trap 'rm -rf "$times"' EXIT
cd "$root"

# timed NAME GOAL: appends the seconds that `make GOAL` takes to the file NAME.
timed() {
	local start=$EPOCHREALTIME
	make -s "$2" >"$times/log" 2>&1 || {
		tail -n 25 "$times/log" >&2
		die "make $2 failed, so there is nothing to time."
	}
	awk -v start="$start" -v end="$EPOCHREALTIME" 'BEGIN { printf "%.1f\n", end - start }' >>"$times/$1"
}

for _ in $(seq $rounds); do
	timed 'nothing edited' qemu-aarch64
	touch module/mapping.rs
	timed 'a file of the module edited, build alone' image-arm64
	touch module/mapping.rs
	timed 'a file of the module edited' qemu-aarch64
	touch target-tools/verifier/src/checks/seed.rs
	timed 'a file of the verifier edited' qemu-aarch64
	touch host/src/judge.rs
	timed 'a file of board-check edited' qemu-aarch64
done

echo "Seconds to the verdict of qemu-aarch64, medians of $rounds (least to most); load $(cut -d' ' -f1 /proc/loadavg), $(nproc) CPUs."
echo
for name in 'nothing edited' 'a file of the module edited, build alone' 'a file of the module edited' \
	'a file of the verifier edited' 'a file of board-check edited'; do
	sort -n "$times/$name" | awk -v name="$name" '
		{ seconds[NR] = $1 }
		END { printf "%-42s %6.1f (%.1f-%.1f)\n", name, seconds[int((NR + 1) / 2)], seconds[1], seconds[NR] }'
done
