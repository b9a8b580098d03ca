#!/bin/bash
# manifest.sh BOARD FAT RAW IMAGE: prints what is on the card of BOARD, an SPDX 2.3 document of tags and values.
#
# FAT and RAW are the folders with the files of the FAT partition and of those outside of it, IMAGE
# is that of kernel and initramfs. If Buildroot has made these, it has told what else is in them.
#
# manifest.sh --image IMAGE MANIFEST: prints the same with the hash of the whole image.
. "$(dirname "$0")/lib.sh"

# file_entry NAME FILE ID: what is known of one file.
file_entry() {
	printf '\nFileName: ./%s\nSPDXID: SPDXRef-%s\nFileChecksum: SHA1: %s\nFileChecksum: SHA256: %s\n' "$1" "$3" \
		"$(sha1sum <"$2" | cut -d' ' -f1)" "$(sha256sum <"$2" | cut -d' ' -f1)"
}

if [ "$1" = --image ]; then
	# Behind the head: a file that follows a package is a part of it.
	sed '/^$/Q' "$3"
	file_entry sdcard.img "$2" Image
	sed -n '/^$/,$p' "$3"
	exit
fi

board_facts "$1"
fat=$2
raw=$3
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml" | head -n 1)
image=$4
release=$(cat "$image/kernel.release" 2>/dev/null || cat "$root/output/$arch/kernel/include/config/kernel.release")
{
	read -r
	read -r source
} < <("$scripts/kernel-source.sh")
find_rust

# package NAME VERSION LICENCE [LINE...]: a part of the card. Its ID is its name's, which may have
# no underscores there.
package() {
	printf '\nPackageName: %s\nSPDXID: SPDXRef-Package-%s\nPackageVersion: %s\n' "$1" "${1//_/-}" "$2"
	printf 'PackageDownloadLocation: NOASSERTION\nFilesAnalyzed: false\nPackageLicenseDeclared: %s\n' "$3"
	shift 3
	[ $# -eq 0 ] || printf '%s\n' "$@"
}

parts() {
	package linux "$release" 'GPL-2.0-only WITH Linux-syscall-note' "PackageSourceInfo: $source"
	package rust-core "$rust_version" 'MIT OR Apache-2.0'
	package mmap_areas "$version" GPL-2.0-only
	package board-verify "$version" 'MIT OR Apache-2.0'
	# The crates in board-verify: those of others have no path behind their version.
	"$scripts/target-cargo.sh" tree --package board-verify --edges normal,no-proc-macro --prefix none --no-dedupe \
		--format '{p}|{l}' | sed -n 's/^\([^ ]*\) v\([^ |]*\)|/\1|\2|/p' | sort -u |
		while IFS='|' read -r name number licence; do
			# Crates of old write "MIT/Apache-2.0".
			package "$name" "$number" "${licence//\// OR }"
		done
	# Buildroot's licences have no form that SPDX knows.
	[ ! -f "$image/packages" ] || while IFS='|' read -r name number licence; do
		package "$name" "$number" NOASSERTION "PackageLicenseComments: <text>Buildroot says: $licence</text>"
	done <"$image/packages"
	[ -z "$raw_files$fat_files" ] || {
		read -r name number architecture hash <"$("$scripts/board-package.sh" "$arch" "$package")/package"
		package "$name" "$number" "$package_licence" "PackageSourceInfo: Debian package of $architecture" \
			"PackageChecksum: SHA256: $hash"
	}
}

files() {
	local number=0 file
	while read -r file; do
		file_entry "$file" "$fat/$file" "File-$((++number))"
	done < <(cd "$fat" && find . -type f ! -name manifest.spdx -printf '%P\n' | sort)
	for file in "$raw"/*; do
		[ ! -f "$file" ] || file_entry "outside-of-the-partition/$(basename "$file")" "$file" "File-$((++number))"
	done
}

parts=$(parts)
files=$(files)
cat <<SPDX
SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: board-check-$1
DocumentNamespace: https://spdx.org/spdxdocs/board-check-$1-$(hash_of <<<"$parts$files")
Creator: Tool: board-check-$version
Created: $(date --utc --date="@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
$files
$parts
SPDX
sed -n 's/^SPDXID: \(SPDXRef-Package-.*\)/Relationship: SPDXRef-DOCUMENT DESCRIBES \1/p' <<<"$parts" | sed '1s/^/\n/'
if [[ $package_licence = *LicenseRef-* ]]; then
	printf '\nLicenseID: %s\nLicenseName: %s\nExtractedText: <text>%s</text>\n' \
		"$package_licence" "$package" "$(<"$fat/licences/$package")"
fi
