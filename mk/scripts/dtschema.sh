#!/bin/bash
# Prints the folder with dt-validate and dt-doc-validate; installs them the first time.
. "$(dirname "$0")/lib.sh"

# The system's, not the first in PATH: only that one has python3-libfdt.
python=/usr/bin/python3
# Other versions, another Python: another folder.
folder=$cache/tools/dtschema-$({ cat "$root/mk/dtschema.txt"; "$python" --version; } | hash_of)
install() {
	# The programs name their folder, so it cannot be made elsewhere and moved.
	rm -rf "$folder"
	"$python" -m venv --system-site-packages "$folder"
	"$folder/bin/pip" install --disable-pip-version-check --only-binary :all: --no-deps \
		--ignore-installed --requirement "$root/mk/dtschema.txt"
	touch "$folder/complete"
}
if [ ! -f "$folder/complete" ]; then
	hold dtschema
	[ -f "$folder/complete" ] ||
		logged "$cache/log/dtschema.log" "Installing dtschema from PyPI (once, 2 MB)" install
fi
echo "$folder/bin"
