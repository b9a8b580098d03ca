#!/bin/bash
# board-package.sh ARCH PACKAGE: prints the folder with the files of a Debian package for boards of ARCH.
. "$(dirname "$0")/lib.sh"
. "$scripts/apt.sh"
arch_facts "$1"

folder=$cache/board-package/$2-$debian_arch
if [ ! -d "$folder" ]; then
	hold board-package
	if [ ! -d "$folder" ]; then
		apt_setup "board-$debian_arch" "Unpack the package $2 of $debian_arch into $folder."
		apt_update
		apt-cache -c "$apt_conf" show "$2" >/dev/null 2>&1 ||
			die "No package $2 of $debian_arch in $BOARD_SUITE. $(apt_complaint)" \
				"Check that your Debian mirror has that architecture and suite."
		apt_download "$2" "Fetching the package $2 for $debian_arch"
		rm -rf "$folder.new"
		mkdir -p "$folder.new"
		dpkg-deb -x "$apt_file" "$folder.new"
		rm "$apt_file"
		mv "$folder.new" "$folder"
	fi
fi
echo "$folder"
