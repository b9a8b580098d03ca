#!/bin/bash
# qemu-run.sh BOARD IMAGE BOARD_CHECK [ARGUMENT...]: boots the image in QEMU and runs board-check on its console.
. "$(dirname "$0")/lib.sh"

board=$1
image=$2
board_check=$3
shift 3
dir=$(mktemp -d)
"$scripts/qemu.sh" "$board" "$image" "$dir/console" </dev/null >"$dir/qemu.log" 2>&1 &
qemu=$!
# shellcheck disable=SC2317 # called by the trap
end() {
	kill "$qemu" 2>/dev/null || true
	wait "$qemu" 2>/dev/null || true
	rm -rf "$dir"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

for _ in $(seq 100); do
	[ ! -e "$dir/console" ] || break
	kill -0 "$qemu" 2>/dev/null || break
	sleep 0.1
done
[ -e "$dir/console" ] || die "QEMU shows no console after 10 s. It said: $(tail -n 5 "$dir/qemu.log")"

port=$dir/console
[ ! -S "$port" ] || port=unix:$port
code=0
# The user's own settings are for a board on a desk.
XDG_CONFIG_HOME=$dir "$board_check" --port "$port" "$@" || code=$?
sed '/^char device redirected/d; s/^/QEMU: /' "$dir/qemu.log" >&2
[ $code -eq 0 ] || say "board-check ended with exit code $code"
exit $code
