"""Measures what a lab costs, and compares it with the budgets.

Usage: python bench/fleet BOARD-CHECK TERMINAL-BOARD [PART...]

`make bench-fleet` says where the programs are. Each part has a lab of its own on the loopback,
as in tests/fleet. Other work of the machine makes all of it slower; so what is compared is
measured in turn, and what the others took is said.
"""

import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import console
import overhead
import throughput
from lab import Lab
from table import Budget, write_budgets

PARTS: dict[str, Callable[[Lab], list[Budget]]] = {
    "overhead": overhead.measure,
    "qemu": throughput.measure_qemu,
    "lines": throughput.measure_made_up,
    "console": console.measure,
}


def main(board_check: str, terminal_board: str, *parts: str) -> int:
    """Gives the exit code: 1 where a budget is missed, 2 for a part that there is not."""
    unknown = set(parts) - set(PARTS)
    if unknown:
        print(f"No part {', '.join(sorted(unknown))}. There are: {', '.join(PARTS)}.")
        return 2
    budgets = []
    for part in parts or PARTS:
        with tempfile.TemporaryDirectory(prefix="bench-fleet-") as folder:
            lab = Lab(Path(folder), Path(board_check), Path(terminal_board))
            try:
                budgets += PARTS[part](lab)
            finally:
                lab.end()
    write_budgets(budgets)
    return 0 if all(each.met for each in budgets) else 1


if __name__ == "__main__":
    # The boards must not stay behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main(*sys.argv[1:]))
