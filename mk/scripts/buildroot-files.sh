#!/bin/bash
# Writes what br2-external/ has of other files: a defconfig for each board.
#
# buildroot-files.sh --check: says which of them are not in step, and fails if one is not.
. "$(dirname "$0")/lib.sh"

tree=$root/br2-external
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
mkdir "$made/configs"

# What is said once and again in a later fragment counts as said last.
for build in "$root"/board/*/build; do
	board=$(basename "$(dirname "$build")")
	board_facts "$board"
	{
		echo "# Made of br2-external/fragments and board/$board by mk/scripts/buildroot-files.sh."
		grep -hv '^# [A-Z][a-z]' "$tree/fragments/$arch" "$tree/fragments/base"
		# Paths of an external tree begin with its own.
		# shellcheck disable=SC2016 # Buildroot's variable
		printf 'BR2_LINUX_KERNEL_CUSTOM_CONFIG_FILE="$(BR2_EXTERNAL_BOARD_CHECK_PATH)/../board/kernel/%s.config"\n' "$arch"
		printf 'BR2_TARGET_GENERIC_HOSTNAME="%s"\n' "$board"
		printf 'BR2_TARGET_GENERIC_ISSUE="board-check on %s"\n' "$board"
		echo '# check-package disable ForceCheckHash: a kernel of your own choice has no hash in Buildroot.'
	} >"$made/configs/${board}_defconfig"
done

if [ "${1:-}" = --check ]; then
	diff -ru "$tree/configs" "$made/configs" ||
		die "br2-external/configs is not in step: see the difference above, and run mk/scripts/buildroot-files.sh."
	exit
fi
rm -f "$tree"/configs/*_defconfig
cp -r "$made/." "$tree"
