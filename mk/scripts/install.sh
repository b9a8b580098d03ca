#!/bin/bash
# install.sh BOARD_CHECK: installs the program, its man pages, completions and udev rules below $PREFIX
# (/usr/local); $DESTDIR is put in front, for packages.
#
# Builds nothing, so that root does not: without the program it says so.
set -euo pipefail
umask 022

board_check=$1
prefix=${PREFIX:-/usr/local}
to=${DESTDIR:-}$prefix
if [ ! -x "$board_check" ]; then
	echo "board-check: error: There is no $board_check yet. Run: make host" >&2
	exit 1
fi
pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
"$board_check" man "$pages"
"$board_check" completions bash >"$pages/bash"
"$board_check" completions zsh >"$pages/zsh"
"$board_check" completions fish >"$pages/fish"

# file MODE FROM TO: installs one file and says so.
file() {
	install -D -m "$1" "$2" "$to/$3"
	echo "$to/$3"
}
file 755 "$board_check" bin/board-check
for page in "$pages"/*.1; do
	file 644 "$page" "share/man/man1/$(basename "$page")"
done
file 644 "$pages/bash" share/bash-completion/completions/board-check
file 644 "$pages/zsh" share/zsh/site-functions/_board-check
file 644 "$pages/fish" share/fish/vendor_completions.d/board-check.fish
file 644 "$(dirname "$0")/../../host/70-board-check.rules" lib/udev/rules.d/70-board-check.rules
