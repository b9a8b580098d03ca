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

awk -F '\t' -v percent="$percent" '
	FNR == 1 || $10 == "-" { next }
	{
		split($1, part, ".")
		key = part[2] "\t" $2 "\t" $3 "\t" $4
		twin = (part[2] == "vmalloc" ? "vmalloc" : "kmalloc") "\t" $2 "\t" $3 "\t" $4
		run = FILENAME == ARGV[1] ? "before" : "now"
		if (part[1] == "twin") of_twin[run, key] = $10
		else ratio[run, key] = $10 / of_twin[run, twin]
		if (part[1] != "twin" && run == "before") due[key]
	}
	END {
		for (key in due) {
			count++
			if (!(("now", key) in ratio)) { print "missing: " key; wrong++; continue }
			times = ratio["now", key] / ratio["before", key]
			if (times > 1 + percent / 100) {
				printf "%s: %.3f of the C twin, %.3f before\n", key, ratio["now", key], ratio["before", key]
				wrong++
			}
		}
		printf "%d figures compared, %d worse by more than %d %%\n", count, wrong, percent
		exit wrong > 0 || count == 0
	}' "$before" "$now" ||
	die "Mapping costs more than it did: see above. If that is meant, copy $now to $before."
