#!/bin/bash
# Builds a kernel in the cache; leaves a link to its build tree in output/KERNEL/kernel.
#
# kernel.sh KERNEL [--refresh-config]: KERNEL is ARCH or ARCH-debug. With the option only
# brings board/kernel/ARCH.config into the form that savedefconfig gives it.
. "$(dirname "$0")/lib.sh"
arch_facts "$1"

# Goes up when this script builds the same inputs in another way.
RECIPE=2
configs=("$root/board/kernel/$arch.config")
# What a debug kernel has besides; the last line for an option counts.
[ -z "$debug" ] || configs+=("$root/board/kernel/debug.config" "$root/board/kernel/$arch-debug.config")
{
	read -r source
	read -r identity
} < <("$scripts/kernel-source.sh")
RUST_LIB_SRC=$("$scripts/rust-src.sh")
bindgen=$("$scripts/bindgen.sh")
kernel_environment

kernel_make() { make -C "$source" O="$tree" LLVM="$LLVM" ARCH="$arch" "$@"; }

# refuse MESSAGE: the configuration is no good, so nothing of it stays.
refuse() {
	rm -rf "$tree"
	die "$@"
}

# configure: makes .config of our config, and what savedefconfig makes of that.
configure() {
	local log=$cache/log/kernel-$kernel-config.log
	mkdir -p "$tree" "$cache/log"
	cat "${configs[@]}" >"$tree/.config"
	kernel_make olddefconfig >"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		refuse "The kernel's configuration failed. The whole log is $log."
	}
	if grep -qx 'CONFIG_RUST=y' "${configs[0]}" && ! grep -qx 'CONFIG_RUST=y' "$tree/.config"; then
		kernel_make rustavailable >&2 || true
		refuse "The kernel cannot be built with Rust: its own diagnosis is above."
	fi
	kernel_make savedefconfig >>"$log" 2>&1
}

if [ "${2:-}" = --refresh-config ]; then
	tree=$(mktemp -d)
	trap 'rm -rf "$tree"' EXIT
	configure
	cp "$tree/defconfig" "${configs[0]}"
	say "Wrote ${configs[0]}. Compare it with the old one before you commit it."
	exit
fi

key=$({
	echo "$RECIPE $source $identity $RUST_LIB_SRC"
	cat "${configs[@]}"
	rustc -vV
	bindgen --version
	"clang$LLVM" --version
} | hash_of)
tree=$cache/kernel/$kernel-$key
# finish: what the other scripts see of the kernel.
finish() {
	mkdir -p "$root/output/$kernel"
	ln -sfn "$tree" "$root/output/$kernel/kernel"
	exit
}
# Of a tree that the user may edit, only the kernel's make knows what has changed.
finished() { [ -f "$tree/complete" ] && [[ $identity != tree-* ]]; }
if finished; then finish; fi

hold "kernel-$kernel"
if finished; then finish; fi
work="Bringing the $arch kernel up to date"
if [ ! -f "$tree/complete" ]; then
	work="Building the $kernel kernel, $identity (5 to 9 min on 2 cores, 1150 lines${debug:+; twice that with sanitizers})"
	need_disk 2 "The kernel build"
	configure
	# A debug kernel may take something of the release's back.
	asked=("${configs[@]:${debug:+1}}")
	lost=$(grep -h '^CONFIG_' "${asked[@]}" | grep -vxFf "$tree/.config" || true)
	[ -z "$lost" ] || refuse "${asked[-1]} asks for what this kernel (${identity}) does not take: $(join "$lost")."
	# Another version has other options; the file is in the form of the newest one.
	if [ -z "$debug" ] && [[ $identity == *"-$KERNEL_MAX"* ]] && ! diff -u "${configs[0]}" "$tree/defconfig" >&2; then
		refuse "board/kernel/$arch.config is not what savedefconfig makes of it." \
			"See the difference above and run: make kernel-config-$arch"
	fi
fi
logged "$cache/log/kernel-$kernel-$key.log" "$work" \
	kernel_make -j"$(nproc)" "$(basename "$kernel_image")" modules
# The last act: an interrupted build has no such file.
touch "$tree/complete"
finish
