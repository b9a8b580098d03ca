#!/bin/bash
# target-cargo.sh ARGUMENT...: cargo in target-tools/, offline, with the crates of its Cargo.lock from the cache.
#
# HOST_CARGO is what works on this machine. CARGO is what builds for the board: the same,
# or cross, which asks Cross.toml.
. "$(dirname "$0")/lib.sh"

cd "$root/target-tools"
vendor=$cache/vendor/$(hash_of <Cargo.lock)
if [ ! -d "$vendor" ]; then
	hold vendor
	if [ ! -d "$vendor" ]; then
		say "Fetching the crates of target-tools/Cargo.lock into $vendor"
		rm -rf "$vendor.new"
		timeout 900 "${HOST_CARGO:-cargo}" vendor --quiet --locked --versioned-dirs "$vendor.new" >/dev/null
		mv "$vendor.new" "$vendor"
	fi
fi
cargo=${HOST_CARGO:-cargo}
if [ "$1" = build ]; then
	cargo=${CARGO:-cargo}
	export CROSS_CONFIG=$root/Cross.toml BOARD_CHECK_CACHE=$cache BOARD_CHECK_ROOT=$root
fi
exec "$cargo" \
	--config 'source.crates-io.replace-with = "vendored"' \
	--config "source.vendored.directory = \"$vendor\"" \
	--offline --locked "$@"
