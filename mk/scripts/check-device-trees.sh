#!/bin/bash
# check-device-trees.sh BOARD...: checks our bindings, their examples, and our nodes in output/BOARD/board.dtb.
. "$(dirname "$0")/lib.sh"

tools=$("$scripts/dtschema.sh")
bindings=$root/board/dts
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# complaints DTB: what dt-validate says of our nodes, which all have mmap-areas in their
# names. The trees of the boards have other faults, and nodes that no binding here knows.
complaints() {
	local said
	said=$("$tools/dt-validate" --show-unmatched --schema "$bindings" "$1" 2>&1) ||
		die "dt-validate does not work: $(tail -n 5 <<<"$said")"
	grep -F mmap-areas <<<"$said" || true
}

"$tools/dt-doc-validate" "$bindings"/*.yaml || die "A binding is wrong; dt-doc-validate's words are above."

trees=()
for binding in "$bindings"/*.yaml; do
	name=$(basename "$binding" .yaml)
	"$tools/dt-extract-example" "$binding" | dtc -q -I dts -O dtb -o "$work/$name.dtb" -
	trees+=("$work/$name.dtb")
done
for board in "$@"; do
	trees+=("$root/output/$board/board.dtb")
done
for tree in "${trees[@]}"; do
	found=$(complaints "$tree")
	[ -z "$found" ] || die "$tree is not as its binding says: $found"
done

# A check that finds nothing where there is something would pass all the same.
cp "${trees[-1]}" "$work/wrong.dtb"
fdtput "$work/wrong.dtb" /mmap-areas-0 dma-noncoherent
[ -n "$(complaints "$work/wrong.dtb")" ] || die "dt-validate does not see a node that is coherent and is not."
say "${#trees[@]} device trees are as the bindings say"
