#!/bin/bash
# fleet.sh BOARD_CHECK TERMINAL_BOARD [TEST...]: checks integrations/ and tries them in a lab on the loopback.
#
# With TESTs, as pytest names them, only these of tests/fleet are run.
. "$(dirname "$0")/lib.sh"

tools=$("$scripts/fleet-tools.sh")
LAVA=$("$scripts/lava.sh")
labgrid=$root/integrations/labgrid
export BOARD_CHECK=$1 TERMINAL_BOARD=$2 LAVA
shift 2
# Nothing is written beside the sources.
export PYTHONDONTWRITEBYTECODE=1 RUFF_NO_CACHE=true MYPY_CACHE_DIR=$root/output/fleet/mypy

site=$("$scripts/fleet-site.sh" "$tools")
sources=("$labgrid" "$root/tests/fleet" "$root/bench/fleet")
"$tools/ruff" check --quiet "${sources[@]}" --config "$labgrid/pyproject.toml"
"$tools/ruff" format --quiet --check "${sources[@]}" --config "$labgrid/pyproject.toml"
(cd "$labgrid" && "$tools/mypy" --no-error-summary)
for folder in tests/fleet bench/fleet; do
	(cd "$root/$folder" && MYPYPATH=".:$root/tests/fleet:$labgrid/src" "$tools/mypy" --no-error-summary \
		--config-file "$labgrid/pyproject.toml" .)
done
"$tools/check-jsonschema" --quiet --builtin-schema vendor.github-workflows "$root/integrations/ci/github.yaml"
"$tools/check-jsonschema" --quiet --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci "$root/integrations/ci/gitlab.yaml"
# The package as it is installed, with its entry point.
export PYTHONPATH=$site:$LAVA/usr/lib/python3/dist-packages
run_tests() { (cd "$1" && shift && "$tools/pytest" --quiet -p no:cacheprovider "$@"); }
[ $# -ne 0 ] || run_tests "$labgrid"
run_tests "$root/tests/fleet" "$@"
