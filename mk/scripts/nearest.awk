# Prints the line of the input that has the fewest letters to change to become `word`, if
# these are at most a third of it.

function least(a, b, c) {
	if (b < a) a = b
	return c < a ? c : a
}

# The edit distance of two words.
function distance(a, b,    i, j, row, above) {
	for (j = 0; j <= length(b); j++)
		row[j] = j
	for (i = 1; i <= length(a); i++) {
		above = row[0]
		row[0] = i
		for (j = 1; j <= length(b); j++) {
			cost = above + (substr(a, i, 1) != substr(b, j, 1))
			above = row[j]
			row[j] = least(row[j] + 1, row[j - 1] + 1, cost)
		}
	}
	return row[length(b)]
}

{
	d = distance(word, $0)
	if (best == "" || d < fewest) {
		best = $0
		fewest = d
	}
}
END {
	if (best != "" && fewest * 3 <= length(word))
		print best
}
