#!/bin/bash
# buildroot.sh NAME [GOAL...]: builds kernel and initramfs of the board NAME with Buildroot, in output/buildroot/NAME.
#
# With GOALs, Buildroot makes only these. BUILDROOT is the tree, else the pinned release is cloned.
# BUILDROOT_FRAGMENT is a file with options that count more than ours: another toolchain, a
# mirror, more packages; @ARCH@ in its name stands for the architecture. KERNEL_SRC is
# another kernel, as for the direct builder.
. "$(dirname "$0")/lib.sh"
board_facts "$1"

board=$1
shift
goals=("$@")
config=$root/br2-external/configs/${board}_defconfig
out=$root/output/buildroot/$board
log=$cache/log/buildroot-$board.log
fragment=${BUILDROOT_FRAGMENT:-/dev/null}
fragment=${fragment//@ARCH@/$arch}
[ -r "$fragment" ] ||
	die "BUILDROOT_FRAGMENT=$fragment does not exist. It must be a file with lines of a Buildroot .config."
tree=$("$scripts/buildroot-tree.sh")
hold_output "buildroot-$board"
mkdir -p "$out"
[ -O "$out" ] || die "$out is of the user $(stat -c %U "$out"), and you are $(id -un)." \
	"Build as that user, or remove it: rm -rf $out"

{
	read -r source
	read -r identity
} < <("$scripts/kernel-source.sh")
library=$("$scripts/rust-src.sh")
bindgen=$("$scripts/bindgen.sh")
find_rust

br() { make -s -C "$tree" O="$out" BR2_EXTERNAL="$root/br2-external" "$@"; }

# The kernel is the one that the direct builder would take. Of a tree, which the user may edit,
# only its own make knows what has changed.
overrides=()
[ ${#goals[@]} -ne 0 ] || goals=(mmap-areas-rebuild board-verify-rebuild all)
tarball=$(dirname "$source")/linux.tar.xz
if [[ $identity == tree-* ]]; then
	tarball=
	overrides=(LINUX_OVERRIDE_SRCDIR="$source")
	goals=(linux-rebuild "${goals[@]}")
elif [ -n "${KERNEL_SRC:-}" ]; then
	tarball=$KERNEL_SRC
fi
# Buildroot tells by the end of a name how to unpack it.
case $tarball in
*.tar.*) kernel_file=$identity.tar.${tarball##*.} ;;
*) kernel_file=$identity.${tarball##*.} ;;
esac

# What this machine has.
ours() {
	local prefix=BR2_LINUX_KERNEL_EXT_BOARD_CHECK_RUST
	cat <<-CONFIG
		${prefix}_RUSTC="$rustc"
		${prefix}_LIBRARY="$library"
		${prefix}_BINDGEN="$bindgen/bindgen"
		${prefix}_LIBCLANG="$("llvm-config$LLVM" --libdir)"
		BR2_DL_DIR="$cache/buildroot/dl"
	CONFIG
	[ -z "$tarball" ] || cat <<-CONFIG
		BR2_LINUX_KERNEL_CUSTOM_TARBALL=y
		BR2_LINUX_KERNEL_CUSTOM_TARBALL_LOCATION="file://$(dirname "$(realpath "$tarball")")/$kernel_file"
	CONFIG
	[ "$arch" != riscv ] || echo "${prefix}_CLANG=\"$(command -v "clang$LLVM")\""
}

# Buildroot does not see that an option or a tool has changed, so then all is built anew.
ours=$(ours && cat "$fragment")
tools=$("$rustc" -vV && "clang$LLVM" --version)
inputs=$({ echo "$tree $ours ${overrides[*]-} $tools"; grep '^export BR2_VERSION ' "$tree/Makefile"; cat "$config" "$root/board/kernel/$arch.config"; } | hash_of)
if [ "$(cat "$out/inputs" 2>/dev/null)" != "$inputs" ]; then
	rm -rf "${out:?}"/*
	{ cat "$config"; echo "$ours"; } >"$out/defconfig"
	br BR2_DEFCONFIG="$out/defconfig" defconfig >"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		die "Buildroot does not take this configuration. The whole log is $log."
	}
	# What of the defconfig itself is kept, its test says; the fragment may replace some.
	lost=$({ echo "$ours" | grep '^BR2_' | tac | sort -u -t= -k1,1; grep '^BR2_PACKAGE_' "$config"; } | grep -vxFf "$out/.config" || true)
	[ -z "$lost" ] || die "Buildroot drops what it is asked for: $(join "$lost")." \
		"Look for what these options depend on, and add that to BUILDROOT_FRAGMENT."
	echo "$inputs" >"$out/inputs"
fi

# What the direct builder has fetched is not fetched again, and a machine without a network can build.
downloads=${BR2_DL_DIR:-$(sed -n 's/^BR2_DL_DIR="\(.*\)"/\1/p' "$out/.config")}
if [ -n "$tarball" ] && [ ! -e "$downloads/linux/$kernel_file" ]; then
	mkdir -p "$downloads/linux"
	cp --reflink=auto "$tarball" "$downloads/linux/$kernel_file.new.$$"
	mv "$downloads/linux/$kernel_file.new.$$" "$downloads/linux/$kernel_file"
fi

# Nor does it see that a file of ours has changed.
logged "$log" "Building $board with Buildroot: ${goals[*]} (the first time 20 min or more on 2 cores, besides downloads)" \
	make -C "$tree" O="$out" "${overrides[@]}" "${goals[@]}"
[ $# -eq 0 ] || exit 0
ln -sf rootfs.cpio.gz "$out/images/initramfs.cpio.gz"
# For the card's manifest, which knows of our own parts already.
cp "$out"/build/linux-*/include/config/kernel.release "$out/images"
br show-info 2>/dev/null | python3 "$scripts/buildroot-packages.py" >"$out/images/packages"
kernel=$(basename "$kernel_image")
say "output/buildroot/$board/images: $kernel $(stat -c %s "$out/images/$kernel"), initramfs $(stat -L -c %s "$out/images/initramfs.cpio.gz") bytes"
