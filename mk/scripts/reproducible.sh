#!/bin/bash
# reproducible.sh BOARD CARD: builds the card of BOARD once more, of the last commit in another path, with an empty cache
# and the clock a day on, and compares it with sdcard.img of the folder CARD in the checkout.
. "$(dirname "$0")/lib.sh"
board_facts "$1"

[ -z "$(git -C "$root" status --porcelain)" ] ||
	die "There are changes that are not committed, and the other card is built of the last commit. Commit them first."
need_disk 6 "Building $1 with an empty cache"
again=$(mktemp -d "$cache/reproducible.XXXXXX")
checkout=$again/another/and/longer/path
git clone --quiet "$root" "$checkout"
cc -shared -fPIC -O2 -o "$again/tomorrow.so" "$root/tests/reproducible/tomorrow.c"
logged "$cache/log/reproducible-$1.log" "Building sdcard-$1 again, with an empty cache and the clock of tomorrow (10 min or more)" \
	env LD_PRELOAD="$again/tomorrow.so" XDG_CACHE_HOME="$again/cache" make -C "$checkout" "sdcard-$1"

image=$2/sdcard.img
cmp "$root/$image" "$checkout/$image" ||
	die "The two cards are not the same: $root/$image and $checkout/$image. Compare what is in them with diffoscope."
say "The same $(stat -c %s "$root/$image") bytes twice: $(sha256sum <"$root/$image" | cut -d' ' -f1) $image"
rm -rf "$again"
