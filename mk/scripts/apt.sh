# Private apt configurations: the user's sources and lists are read, never changed.
#
# Kept apart: `tools` has the host's own suites and its backports, for what is
# installed; `data` has one newer suite, for architecture-independent packages that
# are only unpacked; `board-ARCH` has packages of another architecture, only unpacked,
# too; `newer` has programs for the host with all their libraries, only unpacked. With several suites in one list apt would pick packages for the host that need
# a newer libc.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # set here for the scripts, or by lib.sh

# host_codename: prints the Debian code name of this machine, nothing on another system.
host_codename() {
	[ -r /etc/os-release ] || return 0
	# shellcheck disable=SC1091 # a file of the system
	(. /etc/os-release && [ "${ID:-}" = debian ] && echo "${VERSION_CODENAME:-}") || true
}

# user_sources DATA COMPONENTS: prints the user's Debian sources, of these components and with
# suite DATA if that is not empty.
user_sources() {
	local list parts files=() stanzas keys
	eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
	for file in "$list" "$parts"/*.list "$parts"/*.sources; do
		[ -r "$file" ] && [ -f "$file" ] && files+=("$file")
	done
	[ ${#files[@]} -gt 0 ] || return 0
	for keys in 0 1; do
		stanzas=$(awk -v codename="$(host_codename)" -v data="$1" -v components="$2" -v all_keys=$keys \
			-f "$scripts/apt-sources.awk" "${files[@]}")
		[ -z "$stanzas" ] || break
	done
	printf '%s\n' "$stanzas"
}

# apt_setup NAME HELP: writes the configuration NAME (tools, data, board-ARCH or newer), leaves its
# path in $apt_conf. HELP is what to do where there is no apt.
apt_setup() {
	local dir=$cache/apt/$1 suite suites=('') components=main
	command -v apt-get >/dev/null || die "There is no apt-get on this machine. $2"
	case $1 in
	data) suites=("$DATA_SUITE") ;;
	# Some boards start with firmware that is not free.
	board-*) suites=("$BOARD_SUITE") components='main non-free-firmware' ;;
	newer) suites=("$BOARD_SUITE" "$DATA_SUITE") ;;
	esac
	mkdir -p "$dir/sources.d" "$dir/lists/partial" "$dir/archives/partial"
	for suite in "${suites[@]}"; do
		user_sources "$suite" "$components"
		echo
	done >"$dir/sources.d/private.sources"
	[ -n "$(tr -d '[:space:]' <"$dir/sources.d/private.sources")" ] ||
		die "No Debian mirror found: apt's sources have no 'main' entry of suite '$(host_codename)'. $2"
	apt_conf=$dir/apt.conf
	cat >"$apt_conf" <<-CONF
		Dir::Etc::sourcelist "/dev/null";
		Dir::Etc::sourceparts "$dir/sources.d";
		Dir::State::lists "$dir/lists";
		Dir::Cache::archives "$dir/archives";
		Dir::Cache::pkgcache "";
		Dir::Cache::srcpkgcache "";
		Acquire::Languages "none";
		Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
		Acquire::IndexTargets::deb::DEP-11-icons::DefaultEnabled "false";
		Acquire::IndexTargets::deb::DEP-11-icons-small::DefaultEnabled "false";
		Acquire::Retries "3";
		DPkg::Lock::Timeout "300";
		// Hooks of the user's system that follow its own lists.
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
	CONF
	if [[ $1 = board-* ]]; then
		printf 'APT::Architecture "%s";\nAPT::Architectures "%s";\n' "${1#board-}" "${1#board-}" >>"$apt_conf"
		# The user's entries may be for the host's architecture alone.
		sed -i '/^Architectures:/Id' "$dir/sources.d/private.sources"
	fi
	if [ "$1" != tools ]; then
		# What is installed here says nothing about packages that are only unpacked.
		: >"$dir/status"
		printf 'Dir::State::status "%s";\n' "$dir/status" >>"$apt_conf"
	fi
}

# apt_update: fetches the lists of $apt_conf. A source that fails is no error here:
# it counts only if a package is then missing, and the log tells why.
apt_update() {
	apt_log=${apt_conf%.conf}-update.log
	timeout 1200 apt-get -c "$apt_conf" update >"$apt_log" 2>&1 || true
}

# apt_complaint: what the last update complained of, for an error message.
apt_complaint() { grep -E '^(E|Err|W):' "$apt_log" | head -n 4 || true; }

# apt_download PACKAGE=VERSION TEXT: leaves the path of the file in $apt_file.
apt_download() {
	local dir=${apt_conf%/*}/download
	rm -rf "$dir"
	mkdir -p "$dir"
	logged "$dir/log" "$2" \
		env -C "$dir" timeout 3600 apt-get -c "$apt_conf" -qq download "$1"
	apt_file=$(echo "$dir"/*.deb)
}
