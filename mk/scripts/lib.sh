# What the scripts of this folder share: messages, the cache folder, locks, logged commands.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # set here for the scripts, or by them

set -euo pipefail
# A function whose output is taken ends where it fails, too.
shopt -s inherit_errexit
# Messages of the tools are compared in places.
export LC_ALL=C.UTF-8
# The outer make's job server does not reach this far, and what the user gave is in the environment.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scripts=$root/mk/scripts
cache=${XDG_CACHE_HOME:-$HOME/.cache}/board-check
# shellcheck source=mk/versions
. "$root/mk/versions"

say() { printf 'board-check: %s\n' "$*" >&2; }

die() {
	printf 'board-check: error: %s\n' "$*" >&2
	exit 1
}

[[ $cache == /* ]] || die "XDG_CACHE_HOME is '$XDG_CACHE_HOME', and must be a path from / on."
case $root$cache in
*[[:space:]:]*) die "The kernel's make takes no path with a space or a colon, and these are" \
	"the checkout '$root' and the cache '$cache'. Move the one, or set XDG_CACHE_HOME for the other." ;;
esac
mkdir -p "$cache"

# arch_facts NAME: sets the facts of `mk/arch/ARCH`. NAME is ARCH, ARCH-debug (with the kernel
# that has the sanitizers), or one of the two and `-faults` (with the deliberate faults).
# $kernel is NAME without that.
arch_facts() {
	kernel=${1%-faults}
	faults=
	[ "$kernel" = "$1" ] || faults=y
	arch=${kernel%-debug}
	debug=
	[ "$arch" = "$kernel" ] || debug=y
	[ -f "$root/mk/arch/$arch" ] ||
		die "No architecture '$arch'. There are: $(cd "$root/mk/arch" && echo *)."
	rust_options=
	# shellcheck source=mk/arch/arm64
	. "$root/mk/arch/$arch"
}

# board_facts BOARD: sets the facts of `board/BOARD/build` and of its architecture.
board_facts() {
	local boards nearest
	if [ ! -f "$root/board/$1/build" ]; then
		boards=$(cd "$root/board" && dirname -- */build)
		nearest=$(awk -v word="$1" -f "$scripts/nearest.awk" <<<"$boards")
		die "No board '$1'. ${nearest:+Do you mean $nearest? }There are: $(join "$boards")."
	fi
	cache_operations='' device_tree='' card='' boot=''
	package='' package_licence='' raw_files='' fat_files='' qemu_files=''
	qemu_card_min=$QEMU_MIN qemu_card_console=pty
	# shellcheck source=board/orangepi-pc/build
	. "$root/board/$1/build"
	arch_facts "$arch"
}

# qemu_command BOARD FILE...: sets $command to the words of these files of board/BOARD that
# are there: the program and its arguments, one or more words a line.
qemu_command() {
	local board=$1 file
	command=()
	shift
	for file in "$@"; do
		file=$root/board/$board/$file
		[ ! -f "$file" ] || mapfile -t -O ${#command[@]} command < <(sed '/^#/d; s/  *$//; s/  */\n/g' "$file")
	done
	[ ${#command[@]} -ne 0 ] || die "No QEMU machine '$board': there is no file board/$board/$1."
	command -v "${command[0]}" >/dev/null || die "There is no ${command[0]} on this machine. Run: make setup"
}

# kernel_command_line BOARD: prints it, one line.
kernel_command_line() { join "$(grep -v '^#' "$root/board/$1/cmdline")"; }

# hold NAME: one build at a time of what NAME stands for; the lock ends with the script.
hold() {
	mkdir -p "$cache/locks"
	exec 9>"$cache/locks/$1"
	flock -n 9 && return
	say "Waiting, at most an hour, for another make that works on the same thing ($1)."
	flock -w 3600 9 ||
		die "Another make has held $cache/locks/$1 for an hour. End it and start again."
}

# hold_output NAME: the same for output/NAME of this checkout.
hold_output() { hold "output-$1-$(hash_of <<<"$root")"; }

# need_disk GIB WHAT: WHAT is about to put GIB into the cache.
need_disk() {
	local free_kib
	free_kib=$(df -Pk "$cache" | awk 'NR == 2 { print $4 }')
	[ "$free_kib" -ge $(($1 * 1024 * 1024)) ] ||
		die "$2 needs $1 GiB in $cache, and $((free_kib / 1024)) MiB are free there." \
			"Free some, or choose another disk with XDG_CACHE_HOME=/path."
}

# join WORD...: the words of the arguments, also of several lines, in one line.
join() { tr -s '[:space:]' ' ' <<<"$*" | sed 's/ $//'; }

# logged LOG TEXT COMMAND...: runs COMMAND with its output in LOG, tells each
# half minute how far it is, and shows the end of LOG if it fails.
logged() {
	local log=$1 text=$2 started=$SECONDS code=0 job ticker
	shift 2
	mkdir -p "$(dirname "$log")"
	say "$text (log: $log)"
	# Each in a process group of its own, so that Ctrl-C ends all that they have started.
	set -m
	"$@" </dev/null >"$log" 2>&1 9>&- &
	job=$!
	(
		while sleep 30; do
			printf '  %d s, %d lines in the log\n' $((SECONDS - started)) "$(wc -l <"$log")" >&2
		done
	) </dev/null >/dev/null 9>&- &
	ticker=$!
	set +m
	# shellcheck disable=SC2064 # the ids of now
	trap "kill -- -$job -$ticker 2>/dev/null || true" EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	wait $job || code=$?
	kill -- -$ticker 2>/dev/null || true
	trap - EXIT INT TERM HUP
	if [ $code -ne 0 ]; then
		tail -n 25 "$log" >&2
		die "$text: failed with code $code after $((SECONDS - started)) s. The whole log is $log."
	fi
	say "… done in $((SECONDS - started)) s"
}

# hash_of: 16 hexadecimal digits for the text on stdin.
hash_of() { sha256sum | cut -c1-16; }

# find_rust: sets $rust_sysroot, $rustc and $rust_version. Kernel and sysroot are built in
# the cache, where rustup could choose another toolchain than in the checkout.
find_rust() {
	command -v rustc >/dev/null || die "There is no rustc. Install Rust's stable toolchain with rustup."
	rust_sysroot=$(cd "$root" && rustc --print sysroot) || die "rustc does not start; its own words are above."
	rustc=$rust_sysroot/bin/rustc
	rust_version=$("$rustc" --version | cut -d' ' -f2)
}

# kernel_environment: what the kernel's make and rustc need besides arguments. Takes
# $RUST_LIB_SRC and $bindgen. Fixed names and times make two builds equal.
kernel_environment() {
	find_rust
	PATH=$rust_sysroot/bin:$bindgen:$PATH
	# bindgen would take whichever libclang it finds first.
	LIBCLANG_PATH=$("llvm-config$LLVM" --libdir)
	export PATH RUST_LIB_SRC LIBCLANG_PATH
	# The kernel takes the path of its own sources out of what it builds, but not this one.
	export KRUSTFLAGS="--remap-path-prefix=$RUST_LIB_SRC=library"
	export KBUILD_BUILD_TIMESTAMP='1970-01-01 00:00:00 UTC' KBUILD_BUILD_USER=board-check KBUILD_BUILD_HOST=board-check KBUILD_BUILD_VERSION=1
	# What the user's shell says is not for the kernel's make.
	unset KBUILD_OUTPUT CROSS_COMPILE LOCALVERSION KCFLAGS KAFLAGS KCPPFLAGS
}
