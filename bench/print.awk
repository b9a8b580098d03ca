# print.awk: mapping.tsv as tables for people. With compared.awk: awk -f compared.awk -f print.awk FILE
BEGIN { FS = "\t" }
NR == 1 || $10 == "-" { next }
{
	median[$1, $2, $3, $4] = $10
	if ($1 ~ /^twin\./) twins[$1]
	row[++rows] = $0
}
function beside(area, field) {
	if (!((area, field[2], field[3], field[4]) in median) || area == field[1]) return ""
	return sprintf("%.3f", field[10] / median[area, field[2], field[3], field[4]])
}
function of_twin(field) { return beside(compared_with(field[1], field[4], twins), field) }
# What the module's own memory for devices costs.
function of_ours(field) { return field[1] ~ /^peer\./ ? beside("ours.coherent", field) : "" }
END {
	line = "%-15s %5s %-6s %-7s %8s %8s %8s %9s %11s %7s %7s\n"
	printf line, "area", "pages", "access", "address", "mmap", "touch", "munmap", "mean/page", "median/page", "/ twin", "/ ours"
	for (i = 1; i <= rows; i++) {
		split(row[i], field)
		if (field[4] !~ /^(read|write)$/) continue
		printf line, field[1], field[2], field[4], field[3] == "kernel" ? "any" : "2 MiB", field[6], field[7], field[8],
			sprintf("%.1f", field[9] / field[2]), sprintf("%.1f", field[10] / field[2]), of_twin(field), of_ours(field)
	}

	line = "%-15s %5s %11s %11s %7s %7s\n"
	printf "\nReading one byte of each page for the first time, where pages come by faults.\n\n"
	printf line, "area", "pages", "median", "median/page", "/ twin", "/ ours"
	for (i = 1; i <= rows; i++) {
		split(row[i], field)
		if (field[4] == "fault")
			printf line, field[1], field[2], field[10], sprintf("%.1f", field[10] / field[2]), of_twin(field), of_ours(field)
	}

	line = "%-15s %-10s %5s %11s %7s\n"
	printf "\nCalls of the driver; SYNC is for a device that is not cache-coherent.\n\n"
	printf line, "area", "call", "pages", "median", "/ twin"
	for (i = 1; i <= rows; i++) {
		split(row[i], field)
		if (field[1] ~ /\.(ioctl|sync)$/)
			printf line, field[1], field[4], field[1] ~ /sync$/ ? field[2] : "", field[10], of_twin(field)
	}
}
