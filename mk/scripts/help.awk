# Prints `target  text` of each make rule with a `## text`. The `%` of a rule that begins with a
# list of boards with cards is shown as NAME, with another list of boards as BOARD, with
# another list as ARCH.

match($0, /:.* ## /) {
	name = $0
	if (name ~ /^\$/) {
		stands_for = name ~ /^\$\(CARD_/ ? "NAME" : name ~ /^\$\([A-Z_]*BOARDS/ ? "BOARD" : "ARCH"
		sub(/^[^)]*(\)[^):]*)*\): */, "", name)
		sub(/%/, stands_for, name)
	}
	sub(/:.*/, "", name)
	text = $0
	sub(/.* ## /, "", text)
	if (name ~ /^[A-Za-z0-9-]+$/)
		printf "  %-22s %s\n", name, text
}
