#!/bin/bash
# Prints the folder with our bindgen, the kernel's C-to-Rust generator; builds it the first time.
. "$(dirname "$0")/lib.sh"

folder=$cache/tools/bindgen-$BINDGEN_VERSION
if [ ! -x "$folder/bin/bindgen" ]; then
	hold bindgen
	[ -x "$folder/bin/bindgen" ] ||
		logged "$cache/log/bindgen.log" "Building bindgen $BINDGEN_VERSION (once, about 80 s)" \
			timeout 3600 "${HOST_CARGO:-cargo}" install bindgen-cli --version "$BINDGEN_VERSION" --locked --root "$folder"
fi
echo "$folder/bin"
