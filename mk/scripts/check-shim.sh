#!/bin/bash
# Checks the C of the module with the kernel's own checkpatch.
. "$(dirname "$0")/lib.sh"

read -r source < <("$scripts/kernel-source.sh")
perl "$source/scripts/checkpatch.pl" --no-tree --strict --terse --quiet --file "$root"/module/*.[ch] ||
	die "checkpatch has complaints about module/; they are above."
