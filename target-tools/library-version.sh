#!/bin/bash
# library-version.sh LIBRARY: prints of which version of Rust these sources of its library are.
#
# A whole source tree says it in a file. rustup's component has none, but each release
# stabilises something, so the newest `since` of core and alloc is the release, without its
# patch level.
set -euo pipefail

if [ -r "$1/../src/version" ]; then
	cut -d' ' -f1 "$1/../src/version"
else
	grep -rhoE '#!?\[(rustc_const_)?stable\([^)]*since = "[0-9.]+"' "$1/core" "$1/alloc" |
		grep -oE '[0-9]+\.[0-9]+' | sort -uV | tail -n 1
fi
