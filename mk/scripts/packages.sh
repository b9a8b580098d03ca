#!/bin/bash
# packages.sh [fuzz|buildroot|fleet]: installs the system packages that are missing; says nothing when none is.
# With an argument also those that no other goal needs.
. "$(dirname "$0")/lib.sh"
. "$scripts/apt.sh"

kernel_build=(bc bison clang-19 cpio flex kmod libc6-dev libclang-19-dev libelf-dev libssl-dev
	lld-19 llvm-19 rsync xz-utils)
# The device trees of the boards, and the tools that check them.
device_trees=(device-tree-compiler python3-libfdt python3-venv)
cards=(bmap-tools dosfstools fdisk genimage mtools)
checks=(chromium perl shellcheck)
# libFuzzer is C++.
[ "${1:-}" != fuzz ] || checks+=(g++)
# What Buildroot wants to find, and its check-package.
[ "${1:-}" != buildroot ] || checks+=(bzip2 diffutils file g++ git patch python3-flake8 python3-magic unzip wget)
# labgrid's exporter starts ser2net; LAVA's runner needs the library of file.
[ "${1:-}" != fleet ] || checks+=(file ser2net)
mapfile -t qemu < <(sed -n 's/^qemu_package=//p' "$root"/mk/arch/* | sort -u)
all="${kernel_build[*]} ${device_trees[*]} ${cards[*]} ${checks[*]} ${qemu[*]} (version $QEMU_MIN or newer)"
by_hand="Install these packages yourself: $all."

command -v dpkg-query >/dev/null ||
	die "This machine has no dpkg, so nothing can be installed for you. $by_hand"

# installed PACKAGE...: prints "name version" of those that are installed.
installed() {
	dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\n' "$@" 2>/dev/null |
		sed -n 's/^installed //p' || true
}

# wanted: prints the packages that are missing or too old.
wanted() {
	local have package version
	have=$(installed "${kernel_build[@]}" "${device_trees[@]}" "${cards[@]}" "${checks[@]}" "${qemu[@]}")
	for package in "${kernel_build[@]}" "${device_trees[@]}" "${cards[@]}" "${checks[@]}"; do
		grep -q "^$package " <<<"$have" || echo "$package"
	done
	for package in "${qemu[@]}"; do
		version=$(sed -n "s/^$package //p" <<<"$have")
		dpkg --compare-versions "${version:-0}" ge "1:$QEMU_MIN" || echo "$package"
	done
}

missing=$(wanted)
[ -n "$missing" ] || exit 0
missing=$(join "$missing")

command -v apt-get >/dev/null ||
	die "These packages are missing: $missing. There is no apt-get. $by_hand"
[ -n "$(host_codename)" ] ||
	die "These packages are missing: $missing. Only on Debian are they installed for you. $by_hand"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null ||
		die "These packages are missing: $missing. You are not root and there is no sudo. $by_hand"
	sudo -n true 2>/dev/null || [ -t 0 ] ||
		die "These packages are missing: $missing. sudo asks for a password, and there is no terminal for it. $by_hand"
	as_root=(sudo)
fi

hold packages
say "Installing with apt, from your own Debian mirror: $missing."
say "Your apt sources and lists stay as they are (private lists in $cache/apt/tools)."
apt_setup tools "$by_hand"
apt_update

# QEMU may have to come from the backports; nothing else shall.
from_backports=()
from_main=()
for package in $missing; do
	# Not apt's candidate: of a package that only the backports have, that is the backports' one.
	in_main=$(apt-cache -c "$apt_conf" madison "$package" |
		awk -v backports="$(host_codename)-backports/main" '$6 != backports { print $3 }' | sort -V | tail -n 1)
	if [[ " ${qemu[*]} " == *" $package "* ]] && ! dpkg --compare-versions "${in_main:-0}" ge "1:$QEMU_MIN"; then
		from_backports+=("$package")
	else
		from_main+=("$package")
	fi
done

# install OPTION... PACKAGE...
install() {
	local log=$cache/apt/tools/install.log
	${as_root[@]+"${as_root[@]}"} timeout 3600 env DEBIAN_FRONTEND=noninteractive \
		apt-get -c "$apt_conf" -qq -y --no-install-recommends install "$@" >"$log" 2>&1 && return
	tail -n 15 "$log" >&2
	apt_complaint >&2
	die "apt could not install $*. Its output is in $log. $by_hand"
}
[ ${#from_main[@]} -eq 0 ] || install "${from_main[@]}"
[ ${#from_backports[@]} -eq 0 ] || install -t "$(host_codename)-backports" "${from_backports[@]}"
rm -f "$cache/apt/tools/archives/"*.deb

missing=$(wanted | tr '\n' ' ')
[ -z "$missing" ] || die "After apt had installed all it could, these are still missing or too old: $missing. $by_hand"
