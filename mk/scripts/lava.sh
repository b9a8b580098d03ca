#!/bin/bash
# Prints the folder with LAVA's runner, schemas and device types: Debian packages that are only unpacked.
. "$(dirname "$0")/lib.sh"
. "$scripts/apt.sh"

folder=$cache/lava-$DATA_SUITE
if [ ! -d "$folder" ]; then
	hold lava
	if [ ! -d "$folder" ]; then
		apt_setup data "Unpack lava-common, lava-dispatcher and lava-server into $folder."
		apt_update
		rm -rf "$folder.new"
		mkdir -p "$folder.new"
		for package in lava-common lava-dispatcher lava-server; do
			apt-cache -c "$apt_conf" show "$package" >/dev/null 2>&1 ||
				die "No package $package in $DATA_SUITE. $(apt_complaint)" \
					"Check that your Debian mirror has that suite, or name another one in mk/versions (DATA_SUITE)."
			apt_download "$package" "Fetching LAVA: the package $package"
			dpkg-deb -x "$apt_file" "$folder.new"
			rm "$apt_file"
		done
		mv "$folder.new" "$folder"
	fi
fi
echo "$folder"
