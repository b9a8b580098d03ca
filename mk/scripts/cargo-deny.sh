#!/bin/bash
# cargo-deny.sh CHECK...: cargo-deny's checks of all crates that Cargo.lock files name; builds it the first time.
# Ends with 69 where the advisories are asked for and their database cannot be fetched.
. "$(dirname "$0")/lib.sh"

folder=$cache/tools/cargo-deny-$CARGO_DENY_VERSION
cargo=${HOST_CARGO:-cargo}
if [ ! -x "$folder/bin/cargo-deny" ]; then
	hold cargo-deny
	[ -x "$folder/bin/cargo-deny" ] ||
		logged "$cache/log/cargo-deny.log" "Building cargo-deny $CARGO_DENY_VERSION (once, about 3 min)" \
			timeout 3600 "$cargo" install --debug cargo-deny --version "$CARGO_DENY_VERSION" --locked --root "$folder"
fi
cd "$root"
if [ "$*" = advisories ]; then
	log=$cache/log/advisories.log
	if ! PATH=$folder/bin:$PATH timeout 120 "$cargo" deny --config "$root/deny.toml" fetch db >"$log" 2>&1; then
		say "NOT compared with the advisories of RustSec: their database cannot be fetched (log: $log)."
		exit 69
	fi
fi
for manifest in Cargo.toml target-tools/Cargo.toml bench/mapping/Cargo.toml; do
	say "The crates of $manifest"
	PATH=$folder/bin:$PATH "$cargo" deny --manifest-path "$manifest" --locked --config "$root/deny.toml" check "$@"
done
