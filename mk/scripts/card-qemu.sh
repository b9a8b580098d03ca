#!/bin/bash
# card-qemu.sh BOARD: prints the QEMU program that boots the card of the board.
#
# It is the one of this machine. Where that is older than the card needs, it is one of newer
# suites, unpacked with the libraries that it needs: nothing is installed.
. "$(dirname "$0")/lib.sh"
. "$scripts/apt.sh"
board_facts "$1"
[ -f "$root/board/$1/qemu-card" ] || die "QEMU has no machine that boots the card of $1. It boots those of" \
	"$(join "$(cd "$root/board" && dirname -- */qemu-card)")."
qemu_command "$1" qemu qemu-card
program=${command[0]}

major=$("$program" --version | sed -n 's/^QEMU emulator version \([0-9]*\)\..*/\1/p')
if [ "${major:-0}" -ge "$qemu_card_min" ]; then
	echo "$program"
	exit
fi

folder=$cache/newer-qemu/$BOARD_SUITE-$DATA_SUITE/$qemu_package
if [ ! -f "$folder/complete" ]; then
	hold newer-qemu
	if [ ! -f "$folder/complete" ]; then
		by_hand="Install QEMU $qemu_card_min or newer, which boots the card of $1."
		apt_setup newer "$by_hand"
		apt_update
		archives=${apt_conf%/*}/archives
		logged "${apt_conf%/*}/download.log" "Fetching QEMU $qemu_card_min or newer for the card of $1, and its libraries" \
			timeout 3600 apt-get -c "$apt_conf" -o Debug::NoLocking=1 -qq -y --no-install-recommends \
			--download-only -t "$DATA_SUITE" install "$qemu_package"
		rm -rf "$folder"
		mkdir -p "$folder"
		for file in "$archives"/*.deb; do
			dpkg-deb -x "$file" "$folder"
			rm "$file"
		done
		touch "$folder/complete"
	fi
fi

libraries=$(dirname "$(find "$folder/usr/lib" -name libc.so.6)")
loader=$(find "$folder/usr/lib64" "$libraries" -name 'ld-linux*.so.*' 2>/dev/null | head -n 1)
[ -n "$loader" ] || die "$folder has no program loader. Remove it and start again, or install QEMU $qemu_card_min or newer."
cat >"$folder/$program" <<-SH
	#!/bin/sh
	exec "$loader" --library-path "$libraries" "$folder/usr/bin/$program" -L "$folder/usr/share/qemu" "\$@"
SH
chmod +x "$folder/$program"
echo "$folder/$program"
