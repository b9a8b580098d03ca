#!/bin/bash
# target-cargo.sh ARGUMENT...: cargo in target-tools/, offline, with the crates of its Cargo.lock from the cache.
. "$(dirname "$0")/lib.sh"

cd "$root/target-tools"
vendor=$cache/vendor/$(hash_of <Cargo.lock)
if [ ! -d "$vendor" ]; then
	hold vendor
	if [ ! -d "$vendor" ]; then
		say "Fetching the crates of target-tools/Cargo.lock into $vendor"
		rm -rf "$vendor.new"
		timeout 900 "${CARGO:-cargo}" vendor --quiet --locked --versioned-dirs "$vendor.new" >/dev/null
		mv "$vendor.new" "$vendor"
	fi
fi
exec "${CARGO:-cargo}" \
	--config 'source.crates-io.replace-with = "vendored"' \
	--config "source.vendored.directory = \"$vendor\"" \
	--offline --locked "$@"
