# compared.awk: what a row of mapping.tsv is compared with; a function for print.awk and check.awk.

# The area of the C twin that `area` is measured against. twins[NAME] is there for each of the
# twin's: the one of the same name, else the one where memory of that kind goes a plain driver's
# way, by a fault for each page or all at once.
function compared_with(area, access, twins, part) {
	split(area, part, ".")
	if (("twin." part[2]) in twins)
		return "twin." part[2]
	return access == "fault" ? "twin.streaming" : "twin.kmalloc"
}
