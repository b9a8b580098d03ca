#!/bin/bash
# Prints the folder of the kernel sources and, on a second line, what identifies them.
#
# KERNEL_SRC (an unpacked tree or a tarball), else the newest source package that was
# fetched before, else the newest one of the distribution. --refresh asks the
# distribution even if one was fetched before.
. "$(dirname "$0")/lib.sh"
. "$scripts/apt.sh"

sources=$cache/kernel-source
mkdir -p "$sources"
instead="Give a kernel of $KERNEL_MIN to $KERNEL_MAX with KERNEL_SRC=/path, an unpacked tree or a tarball."

at_most() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

# check_version VERSION NAME: stops below the range, warns above it.
check_version() {
	at_most "$KERNEL_MIN" "$1" || die "$2 is Linux $1; the oldest supported kernel is $KERNEL_MIN. $instead"
	at_most "$1" "$KERNEL_MAX" ||
		say "Warning: $2 is Linux $1, newer than $KERNEL_MAX, the newest tried one. If it does not build: $instead"
}

# tree_version TREE: VERSION.PATCHLEVEL of its Makefile.
tree_version() {
	awk -F ' *= *' '$1 == "VERSION" { v = $2 } $1 == "PATCHLEVEL" { print v "." $2; exit }' "$1/Makefile" 2>/dev/null
}

# best: of the versions on stdin, the newest in the range, else the oldest above it.
best() {
	local version newest='' above=''
	while read -r version; do
		at_most "$KERNEL_MIN" "$version" || continue
		if at_most "$version" "$KERNEL_MAX"; then newest=$version; else above=${above:-$version}; fi
	done < <(sort -V)
	echo "${newest:-$above}"
}

# unpack TARBALL FOLDER
unpack() {
	rm -rf "$2.new"
	mkdir -p "$2.new/tree"
	say "Unpacking the kernel sources (about 20 s)"
	tar -xf "$1" -C "$2.new/tree" --strip-components=1 || die "$1 cannot be unpacked. $instead"
}

if [ -n "${KERNEL_SRC:-}" ]; then
	[ -e "$KERNEL_SRC" ] || die "KERNEL_SRC=$KERNEL_SRC does not exist. $instead"
	if [ -d "$KERNEL_SRC" ]; then
		tree=$(cd "$KERNEL_SRC" && pwd)
		# Whether it was edited since the last build, the kernel's own make can tell.
		identity=tree-$tree
	else
		hold kernel-source
		identity=tarball-$(hash_of <"$KERNEL_SRC")
		tree=$sources/$identity/tree
		if [ ! -d "$tree" ]; then
			need_disk 4 "The kernel build"
			unpack "$KERNEL_SRC" "$sources/$identity"
			mv "$sources/$identity.new" "$sources/$identity"
		fi
	fi
	version=$(tree_version "$tree" || true)
	{ [ -n "$version" ] && [ -f "$tree/Kbuild" ]; } || die "KERNEL_SRC=$KERNEL_SRC is no kernel source. $instead"
	check_version "$version" "KERNEL_SRC=$KERNEL_SRC"
	printf '%s\n%s\n' "$tree" "$identity-$version"
	exit
fi

# fetched VERSION: prints the folder of the newest fetched package of this version.
fetched() {
	find "$sources" -mindepth 1 -maxdepth 1 -name "linux-source-${1}_*" ! -name '*.new' 2>/dev/null | sort -V | tail -n 1
}

version=
if [ "${1:-}" != --refresh ]; then
	version=$(find "$sources" -mindepth 1 -maxdepth 1 -name 'linux-source-*_*' ! -name '*.new' 2>/dev/null |
		sed 's/.*linux-source-\([0-9.]*\)_.*/\1/' | best)
fi
if [ -z "$version" ]; then
	hold kernel-source
	apt_setup data "$instead"
	apt_update
	there=$(apt-cache -c "$apt_conf" pkgnames linux-source- | sed -n 's/^linux-source-\([0-9.]*\)$/\1/p' | sort -V)
	version=$(best <<<"$there")
	[ -n "$version" ] || die "No kernel source of $KERNEL_MIN to $KERNEL_MAX in $DATA_SUITE;" \
		"there is: $(join "${there:-nothing}"). $(apt_complaint) $instead"
	package=$(apt-cache -c "$apt_conf" madison "linux-source-$version" | awk '{ print $3 }' | sort -V | tail -n 1)
	# The path is in compiler command lines, where the characters of a Debian version may be special.
	folder=$sources/linux-source-${version}_${package//[^0-9A-Za-z.-]/-}
	if [ ! -d "$folder" ]; then
		need_disk 4 "The kernel build"
		apt_download "linux-source-$version=$package" "Fetching the kernel sources: package linux-source-$version $package (170 MB)"
		mkdir -p "$sources"
		dpkg-deb -x "$apt_file" "$sources/package"
		rm "$apt_file"
		unpack "$sources/package/usr/src/linux-source-$version.tar.xz" "$folder"
		# Buildroot takes the tarball.
		mv "$sources/package/usr/src/linux-source-$version.tar.xz" "$folder.new/linux.tar.xz"
		rm -rf "$sources/package"
		mv "$folder.new" "$folder"
	fi
fi
folder=$(fetched "$version")
check_version "$version" "The package linux-source-$version"
printf '%s\n%s\n' "$folder/tree" "${folder##*/}"
