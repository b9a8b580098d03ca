#!/bin/bash
# Prints the folder of the Buildroot tree: BUILDROOT, else the pinned release, cloned by git the first time.
. "$(dirname "$0")/lib.sh"

instead="Give an unpacked Buildroot of $BUILDROOT_MIN or newer with BUILDROOT=/path."

if [ -n "${BUILDROOT:-}" ]; then
	[ -f "$BUILDROOT/support/scripts/br2-external" ] ||
		die "BUILDROOT=$BUILDROOT is no Buildroot tree. $instead"
	version=$(sed -n 's/^export BR2_VERSION := //p' "$BUILDROOT/Makefile")
	[ "$(printf '%s\n%s\n' "$BUILDROOT_MIN" "$version" | sort -V | head -n 1)" = "$BUILDROOT_MIN" ] ||
		die "BUILDROOT=$BUILDROOT is Buildroot ${version:-of no version}; the oldest supported one is $BUILDROOT_MIN. $instead"
	tree=$(cd "$BUILDROOT" && pwd)
	[[ $tree != *[[:space:]]* ]] || die "BUILDROOT=$tree: Buildroot takes no path with a space. Move it."
	echo "$tree"
	exit
fi

tree=$cache/buildroot/$BUILDROOT_TAG
if [ ! -d "$tree" ]; then
	command -v git >/dev/null || die "There is no git to clone Buildroot with. Install it. Or: $instead"
	hold buildroot
	if [ ! -d "$tree" ]; then
		need_disk 1 "Buildroot"
		rm -rf "$tree.new"
		logged "$cache/log/buildroot-clone.log" "Cloning Buildroot $BUILDROOT_TAG from $BUILDROOT_URL (instead of it you can give a tree: BUILDROOT=/path)" \
			timeout 1800 git -c advice.detachedHead=false clone --quiet --depth 1 --branch "$BUILDROOT_TAG" "$BUILDROOT_URL" "$tree.new"
		commit=$(git -C "$tree.new" rev-parse HEAD)
		[ "$commit" = "$BUILDROOT_COMMIT" ] ||
			die "The tag $BUILDROOT_TAG of $BUILDROOT_URL is commit $commit, and mk/versions says $BUILDROOT_COMMIT. $instead"
		mv "$tree.new" "$tree"
	fi
fi
echo "$tree"
