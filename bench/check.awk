# check.awk: compares two tables, before and now; ends with 1 where a ratio to the C twin is more
# than `percent` percent worse. With compared.awk: awk -v percent=N -f compared.awk -f check.awk BEFORE NOW
BEGIN { FS = "\t" }
FNR == 1 || $10 == "-" { next }
{
	key = $2 SUBSEP $3 SUBSEP $4
	run = FILENAME == ARGV[1] ? "before" : "now"
	median[run, $1, key] = $10
	if ($1 ~ /^twin\./) twins[$1]
	if ($1 ~ /^ours\./ && run == "before") {
		area[++due] = $1
		access[due] = $4
		keys[due] = key
		name[due] = $1 ", " $2 " pages, address of " $3 ", " $4
	}
}
function ratio(run, row) {
	return median[run, area[row], keys[row]] / median[run, compared_with(area[row], access[row], twins), keys[row]]
}
END {
	for (row = 1; row <= due; row++) {
		if (!(("now", area[row], keys[row]) in median)) {
			print name[row] ": missing"
			wrong++
		} else if (ratio("now", row) > ratio("before", row) * (1 + percent / 100)) {
			printf "%s: %.3f of the C twin, %.3f before\n", name[row], ratio("now", row), ratio("before", row)
			wrong++
		}
	}
	printf "%d figures compared, %d worse by more than %d %%\n", due, wrong, percent
	exit wrong > 0 || due == 0
}
