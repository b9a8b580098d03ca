# check.awk: compares two tables, before and now; ends with 1 where a ratio to the C twin is more
# than `percent` percent worse, or a budget of docs/performance.md is missed. With compared.awk: awk -v percent=N -f compared.awk -f check.awk BEFORE NOW
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
function budget(what, is, most) {
	if (is <= most) return
	printf "%s: %.3f, and the budget is %s\n", what, is, most
	wrong++
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
	for (row = 1; row <= due; row++) {
		if (area[row] !~ /^ours\.(vmalloc|kmalloc)$/) continue
		split(keys[row], part, SUBSEP)
		pages = part[1]
		if (pages == 16)
			budget(name[row] ", of the C twin", ratio("now", row), 1.05)
		if (pages == 1024)
			budget(name[row] ", instructions a page", median["now", area[row], keys[row]] / pages, area[row] ~ /vmalloc/ ? 200 : 20)
	}
	printf "%d figures compared, %d wrong: worse by more than %d %%, or beyond a budget\n", due, wrong, percent
	exit wrong > 0 || due == 0
}
