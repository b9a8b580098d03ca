"""`make test-fleet` says where the programs are; without them nothing is skipped."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import Lab


def _program(variable: str) -> Path:
    path = os.environ.get(variable)
    if not path:
        pytest.exit(f"{variable} must be the path of a program; `make test-fleet` sets it", 2)
    return Path(path).resolve(strict=True)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A lab without coordinator, exporters and boards."""
    lab = Lab(tmp_path, _program("BOARD_CHECK"), _program("TERMINAL_BOARD"))
    yield lab
    lab.end()
