#!/bin/bash
# Prints the folder with labgrid, pytest and the checkers of integrations/; installs them the first time.
. "$(dirname "$0")/lib.sh"

python=/usr/bin/python3
# Other versions, another Python: another folder.
folder=$cache/tools/fleet-$({ cat "$root/mk/fleet.txt"; "$python" --version; } | hash_of)
install() {
	# The programs name their folder, so it cannot be made elsewhere and moved.
	rm -rf "$folder"
	"$python" -m venv "$folder"
	"$folder/bin/pip" install --disable-pip-version-check --only-binary :all: --no-deps \
		--requirement "$root/mk/fleet.txt"
	"$folder/bin/pip" check --disable-pip-version-check
	touch "$folder/complete"
}
if [ ! -f "$folder/complete" ]; then
	hold fleet
	[ -f "$folder/complete" ] ||
		logged "$cache/log/fleet.log" "Installing labgrid and pytest from PyPI (once, 60 MB)" install
fi
echo "$folder/bin"
