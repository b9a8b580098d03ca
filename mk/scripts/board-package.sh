#!/bin/bash
# board-package.sh ARCH PACKAGE: prints the folder with the files of a Debian package for boards of ARCH.
#
# Its file `package` says which one it is: name, version, architecture, SHA-256.
. "$(dirname "$0")/lib.sh"
. "$scripts/apt.sh"
arch_facts "$1"

folder=$cache/board-package/$BOARD_SUITE/$2-$debian_arch
if [ ! -f "$folder/package" ]; then
	hold board-package
	if [ ! -f "$folder/package" ]; then
		apt_setup "board-$debian_arch" "Unpack the package $2 of $debian_arch into $folder."
		apt_update
		apt-cache -c "$apt_conf" show "$2" >/dev/null 2>&1 ||
			die "No package $2 of $debian_arch in $BOARD_SUITE. $(apt_complaint)" \
				"Check that your Debian mirror has that architecture and suite, or name another suite in mk/versions (BOARD_SUITE)."
		apt_download "$2" "Fetching the package $2 for $debian_arch"
		rm -rf "$folder.new"
		mkdir -p "$folder.new"
		dpkg-deb -x "$apt_file" "$folder.new"
		# shellcheck disable=SC2016 # the names are dpkg's
		dpkg-deb --show --showformat '${Package} ${Version} ${Architecture} ' "$apt_file" >"$folder.new/package"
		sha256sum <"$apt_file" | cut -d' ' -f1 >>"$folder.new/package"
		rm "$apt_file"
		rm -rf "$folder"
		mv "$folder.new" "$folder"
	fi
fi
echo "$folder"
