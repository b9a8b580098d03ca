#!/bin/bash
# Checks the C of the module, and of the driver that it is measured against, with the
# kernel's own checkpatch; and that there is little of it.
. "$(dirname "$0")/lib.sh"

read -r source < <("$scripts/kernel-source.sh")
perl "$source/scripts/checkpatch.pl" --no-tree --strict --terse --quiet --file "$root"/module/*.[ch] "$root"/bench/twin/*.c ||
	die "checkpatch has complaints about module/ or bench/; they are above."
lines=$(cat "$root"/module/*.[ch] | wc -l)
[ "$lines" -le 300 ] ||
	die "The module has $lines lines of C, and 300 are allowed: what decides belongs into Rust."
