#!/bin/bash
# run-fleet.sh [PART...]: measures what a lab costs: labgrid beside the same boards by hand, boards at
# once, and the verified console; prints tables and ends with 1 where a budget is missed.
#
# Wants images, board-check and the made-up board built: `make bench-fleet` sees to that. A PART is one
# of those in bench/fleet/__main__.py.
. "$(dirname "$0")/../mk/scripts/lib.sh"

board_check=$root/target/release/board-check
board=$root/target/release/terminal-board
for program in "$board_check" "$board"; do
	[ -x "$program" ] || die "There is no $program. Run: make bench-fleet"
done
tools=$("$scripts/fleet-tools.sh")
site=$("$scripts/fleet-site.sh" "$tools")
versions=$("$tools/pip" list --disable-pip-version-check --format freeze | grep -E '^(labgrid|pytest|pytest-xdist)==')
server=$(PATH=$PATH:/usr/sbin ser2net -v)
echo "board-check in a lab: $(join "$versions") ser2net ${server##* }, $(nproc) CPUs, $(date -u +%F)."
echo
# Nothing is written beside the sources.
export PYTHONDONTWRITEBYTECODE=1
PYTHONPATH=$site:$root/tests/fleet exec "$tools/python" "$root/bench/fleet" "$board_check" "$board" "$@"
