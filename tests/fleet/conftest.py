"""`make test-fleet` says where the programs are; without them nothing is skipped."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab import Lab, wait_until

ROOT = Path(__file__).resolve().parents[2]

# Starts a board, and gives the path of its console.
StartBoard = Callable[..., Path]


def _program(variable: str) -> Path:
    path = os.environ.get(variable)
    if not path:
        pytest.exit(f"{variable} must be the path of a program; `make test-fleet` sets it", 2)
    return Path(path).resolve(strict=True)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A lab without coordinator, exporters and boards."""
    lab = Lab(tmp_path, _program("BOARD_CHECK"))
    yield lab
    lab.end()


@pytest.fixture
def start_made_up(lab: Lab) -> StartBoard:
    """Starts a made-up board."""
    program = _program("TERMINAL_BOARD")

    def start(name: str, *arguments: str) -> Path:
        console = lab.folder / name
        lab.start(f"{name}-board", program, console, *arguments)
        wait_until(console.is_symlink, name)
        return console

    return start


@pytest.fixture
def start_qemu(lab: Lab) -> StartBoard:
    """Starts QEMU with the image of a board, and maybe more on the kernel's command line."""

    def start(name: str, board: str, image: str, more: str = "") -> Path:
        console = lab.folder / name
        script = ROOT / "mk" / "scripts" / "qemu.sh"
        words = (script, board, ROOT / "output" / image, console)
        lab.start(f"{name}-qemu", "env", f"CMDLINE_EXTRA={more}", *words)
        wait_until(console.exists, name)
        return console

    return start
