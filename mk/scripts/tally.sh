#!/bin/bash
# tally.sh TARGET...: makes each target, even after a failed one, and ends with `N passed, N failed`.
#
# A target counts its tests if cargo ran some, else one.
. "$(dirname "$0")/lib.sh"

trap 'exit 130' INT
passed=0
failed=0
broken=()
times=()
mkdir -p "$root/output/log"
for target in "$@"; do
	log=$root/output/log/$target.log
	code=0
	start=$SECONDS
	"${MAKE:-make}" --no-print-directory -C "$root" "$target" 2>&1 | tee "$log" || code=$?
	read -r ok bad < <(awk '/^test result: / { ok += $4; bad += $6 } END { print ok + 0, bad + 0 }' "$log")
	if [ $((ok + bad)) -eq 0 ]; then
		[ $code -eq 0 ] && ok=1
	fi
	times+=("$target: $((SECONDS - start)) s")
	# A target may fail outside of its tests, for instance before them.
	if [ $code -ne 0 ]; then
		broken+=("$target (output/log/$target.log)")
		[ "$bad" -ne 0 ] || bad=1
	fi
	passed=$((passed + ok))
	failed=$((failed + bad))
done
printf '%s\n' "${times[@]}"
[ ${#broken[@]} -eq 0 ] || printf 'failed: %s\n' "${broken[@]}"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
