"""Prints name|version|licence of what Buildroot puts into an image, from its show-info."""

import json
import sys

OURS = {"linux", "mmap-areas", "board-verify"}

for name, package in sorted(json.load(sys.stdin).items()):
    if package.get("install_target") and not package["virtual"] and name not in OURS:
        print(name, package.get("version") or "-", package.get("licenses") or "?", sep="|")
