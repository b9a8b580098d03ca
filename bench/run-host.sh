#!/bin/bash
# run-host.sh: measures what judging costs on this machine, beside kunit.py of the kernel's
# sources; prints a table and ends with 1 where a budget is missed.
#
# Wants board-check built: `make bench-host` sees to that.
. "$(dirname "$0")/../mk/scripts/lib.sh"

program=$root/target/release/board-check
[ -x "$program" ] || die "There is no $program. Run: make host"
command -v python3 >/dev/null || die "There is no python3 for kunit.py. Run: make setup"
{
	read -r source
	read -r name
} < <("$scripts/kernel-source.sh")
kunit=$source/tools/testing/kunit/kunit.py
[ -f "$kunit" ] || die "There is no $kunit in the kernel's sources, so there is no peer to measure."

cd "$root"
"${HOST_CARGO:-cargo}" build --quiet --profile sim --locked --package bench-host --target-dir "$root/target" ||
	die "The measuring program does not build; the compiler's words are above."
echo "board-check beside kunit.py of $name, $(nproc) CPUs, $(date -u +%F)."
echo
exec "$root/target/sim/bench-host" "$program" "$kunit"
