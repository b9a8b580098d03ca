"""How many boards a lab judges in a minute, by how many are judged at once."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from operator import attrgetter
from pathlib import Path

from board_check_labgrid.program import Selection
from cost import Cost, cost_of
from judging import Judging, addresses
from lab import Lab
from table import Budget, write

ROUNDS = 3

# Boards in QEMU take the CPUs that judge them. They have one CPU each, and the checks that
# need no second one, as in tests/fleet.
QEMU_BOARDS = (1, 2, 4, 8)
QEMU_CHECKS = Selection(only="seed.*,data.*,speed.*")

# Made-up boards take next to nothing, and say all they have as fast as a line takes it.
MADE_UP_BOARDS = (1, 2, 4, 8, 16)
MADE_UP_CHECKS = Selection()


def measure_qemu(lab: Lab) -> list[Budget]:
    """Boards in QEMU."""
    _measure(
        lab,
        "Boards in QEMU (`nr_cpus=1`), `seed.*,data.*,speed.*`",
        lambda name: lab.start_qemu(name, "qemu-aarch64", "arm64", "nr_cpus=1"),
        QEMU_BOARDS,
        QEMU_CHECKS,
    )
    return []


def measure_made_up(lab: Lab) -> list[Budget]:
    """Boards on lines of 115200 bit/s, for which checks are no work."""
    _measure(
        lab,
        "Made-up boards on lines of 115200 bit/s, 235 checks",
        lambda name: lab.start_made_up(name, "--paced"),
        MADE_UP_BOARDS,
        MADE_UP_CHECKS,
    )
    return []


def _measure(
    lab: Lab,
    title: str,
    start: Callable[[str], Path],
    numbers: Sequence[int],
    selection: Selection,
) -> None:
    boards = [f"board-{number:02}" for number in range(max(numbers))]
    lab.open({board: start(board) for board in boards})
    ports = addresses(lab, boards)
    hands: dict[int, list[Cost]] = defaultdict(list)
    labgrids: dict[int, list[Cost]] = defaultdict(list)
    for _ in range(ROUNDS):
        for number in numbers:
            some = {board: ports[board] for board in boards[:number]}
            judging = Judging(lab, some, selection)
            hands[number].append(cost_of(lab, partial(judging.by_hand, at_once=True)))
            judging.reports()
            labgrids[number].append(cost_of(lab, partial(judging.by_labgrid, at_once=True)))
            judging.reports()
    by_time = attrgetter("wall")
    for way, costs in (("by hand", hands), ("by labgrid and pytest-xdist", labgrids)):
        rows = [_row(number, min(costs[number], key=by_time)) for number in numbers]
        write(
            f"{title}, {way}; best of {ROUNDS}:",
            (
                "boards at once",
                "time s",
                "boards a minute",
                "CPU s a board: board-check, pytest",
                "ser2net, labgrid's servers",
                "the board",
                "CPUs of others",
            ),
            rows,
        )


def _row(number: int, cost: Cost) -> list[str]:
    return [
        str(number),
        f"{cost.wall:.1f}",
        f"{60 * number / cost.wall:.1f}",
        f"{cost.command / number:.2f}",
        f"{cost.lab / number:.2f}",
        f"{cost.boards / number:.2f}",
        f"{cost.cores_of_others():.1f}",
    ]
