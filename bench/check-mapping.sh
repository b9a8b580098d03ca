#!/bin/bash
# check-mapping.sh: compares the figures of bench/run-mapping.sh with bench/mapping.tsv, those of
# before; ends with 1 where one is worse.
#
# Compared are ratios to the C twin of the same run: they hold across kernels, figures do not.
. "$(dirname "$0")/../mk/scripts/lib.sh"

# Another compiler moves instructions about; a step too many for each page is far more.
percent=3
before=$root/bench/mapping.tsv
now=$root/output/bench/mapping.tsv
[ -f "$now" ] || die "There is no $now. Run: make bench-mapping"

awk -v percent="$percent" -f "$root/bench/compared.awk" -f "$root/bench/check.awk" "$before" "$now" ||
	die "It costs more than it did: see above. If that is meant, copy $now to $before."
