#!/bin/bash
# fleet-site.sh BIN: installs integrations/labgrid, as it is now, with the pip in BIN; prints the folder.
. "$(dirname "$0")/lib.sh"

site=$root/output/fleet/site
rm -rf "$site"
"$1/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
	--target "$site" "$root/integrations/labgrid" >&2
echo "$site"
