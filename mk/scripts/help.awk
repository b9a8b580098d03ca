# Prints `target  text` of each make rule with a `## text`; `$(LIST): name-%:` is shown as name-ARCH,
# and `$(LIST): %:` as BOARD.

match($0, /:.* ## /) {
	name = $0
	if (name ~ /^\$/) {
		sub(/^[^)]*(\)[^):]*)*\): */, "", name)
		sub(/^%/, "BOARD", name)
		sub(/%/, "ARCH", name)
	}
	sub(/:.*/, "", name)
	text = $0
	sub(/.* ## /, "", text)
	if (name ~ /^[A-Za-z0-9-]+$/)
		printf "  %-22s %s\n", name, text
}
