#!/bin/bash
# Prints the folder with the sources of Rust's library, of exactly rustc's version.
. "$(dirname "$0")/lib.sh"
. "$scripts/apt.sh"

find_rust

if [ -n "${RUST_LIB_SRC:-}" ]; then
	[ -f "$RUST_LIB_SRC/core/src/lib.rs" ] ||
		die "RUST_LIB_SRC=$RUST_LIB_SRC has no core/src/lib.rs. It must be the library/ folder of Rust's sources."
	found=$("$root/target-tools/library-version.sh" "$RUST_LIB_SRC")
	case $rust_version in
	"$found" | "$found".*) ;;
	*) die "RUST_LIB_SRC=$RUST_LIB_SRC is of Rust $found, and rustc is $rust_version." \
		"They must be equal: give the other sources, or none and let make find them." ;;
	esac
	(cd "$RUST_LIB_SRC" && pwd)
	exit
fi

component=$rust_sysroot/lib/rustlib/src/rust/library
unpacked=$cache/rust-src/$rust_version/library
# Prints which of the two is there and ends the script, if one is.
done_if_there() {
	local library
	for library in "$component" "$unpacked"; do
		if [ -f "$library/core/src/lib.rs" ]; then
			echo "$library"
			exit
		fi
	done
}
done_if_there

hold rust-src
done_if_there
if command -v rustup >/dev/null; then
	say "Fetching Rust's library sources $rust_version: rustup component add rust-src"
	log=$cache/rust-src/rustup.log
	mkdir -p "$cache/rust-src"
	if (cd "$root" && timeout 300 rustup component add rust-src) >"$log" 2>&1 &&
		[ -f "$component/core/src/lib.rs" ]; then
		echo "$component"
		exit
	fi
	say "rustup could not ($(tail -n 1 "$log")); trying the distribution's package."
fi

instead="Give the library/ folder of Rust $rust_version's sources with RUST_LIB_SRC=/path."
apt_setup data "$instead"
apt_update
there=$(apt-cache -c "$apt_conf" madison rust-src | awk '{ print $3 }')
package=$(grep -E "^${rust_version//./\\.}[+-]" <<<"$there" | sort -V | tail -n 1 || true)
[ -n "$package" ] || die "No rust-src $rust_version in $DATA_SUITE; there is: $(join "${there:-nothing}"). $(apt_complaint) $instead"
rm -rf "$cache/rust-src/$rust_version"
apt_download "rust-src=$package" "Fetching Rust's library sources: package rust-src $package (45 MB)"
rm -rf "$cache/rust-src/new"
mkdir -p "$cache/rust-src/new"
dpkg-deb --fsys-tarfile "$apt_file" | tar -x -C "$cache/rust-src/new" --strip-components=4 --wildcards \
	'./usr/src/rustc-*/library' './usr/src/rustc-*/src/version'
rm "$apt_file"
mv "$cache/rust-src/new" "$cache/rust-src/$rust_version"
echo "$unpacked"
