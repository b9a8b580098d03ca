#!/bin/bash
# kselftest.sh NAME: builds the kernel's test of mapped page frames into output/NAME/kselftest/pfnmap.
#
# It is the one of the kernel that is tested, as it is.
. "$(dirname "$0")/lib.sh"
arch_facts "$1"

{ read -r source; } < <("$scripts/kernel-source.sh")
tests=$source/tools/testing/selftests
hold_output "$1"
mkdir -p "$root/output/$1/kselftest"
say "Building the kernel's mm/pfnmap for $1"
"$scripts/c-program.sh" "$arch" "$root/output/$1/kselftest/pfnmap" -D_GNU_SOURCE= -Wno-extra -I "$tests" -I "$tests/mm" \
	"$tests/mm/pfnmap.c" "$tests/mm/vm_util.c"
