#!/bin/sh
# rustc.sh RUSTC ARGUMENT...: becomes RUSTC.
#
# cargo gives each crate a number, which all its symbols carry. It makes it of the crate's path
# where that is outside of the workspace, as that of protocol/ is, and of the numbers of what the
# crate uses: so another checkout would have other symbols, another order of functions, another
# program. Our crates have their names alone.
compiler=$1
shift
case " $* " in
*" --crate-name board_"*)
	for argument; do
		shift
		case $argument in metadata=*) argument=metadata=board-check ;; esac
		set -- "$@" "$argument"
	done
	;;
esac
exec "$compiler" "$@"
