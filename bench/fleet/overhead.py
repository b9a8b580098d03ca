"""What labgrid adds to the time that the same boards take by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from board_check_labgrid.program import Selection
from cost import Cost, cost_of
from judging import Judging, addresses
from lab import Lab
from table import Budget, write

BOARDS = {"arm": ("qemu-aarch64", "arm64"), "riscv": ("qemu-riscv64", "riscv")}

ALL = Selection()
FEW = Selection(only="seed.*")

ROUNDS = 3

# Share of the time by hand that labgrid may add to a run of all checks.
MOST = 0.10


@dataclass(frozen=True)
class Judged:
    """Boards that were judged, one after the other."""

    cost: Cost
    # What board-check says of its runs, from the opening of the port on.
    runs: float

    @property
    def besides(self) -> float:
        """What it took besides the runs, whose own time differs more from one to the next."""
        return self.cost.wall - self.runs


@dataclass(frozen=True)
class ByLabgrid(Judged):
    """The same, and what pytest says of the time."""

    # Python, its modules, the environment, and the end of the process.
    start: float
    # Of the suite besides its items: collection, and the JUnit file.
    collection: float
    # Of the first item of each board besides the run: the place, the driver, and the process.
    first: float
    # Of the items that found the run made.
    items: float
    count: int


def measure(lab: Lab) -> list[Budget]:
    """Two boards in QEMU, one after the other."""
    lab.open({name: lab.start_qemu(name, *board) for name, board in BOARDS.items()})
    acquired, released = [], []
    hands: dict[Selection, list[Judged]] = {ALL: [], FEW: []}
    labgrids: dict[Selection, list[ByLabgrid]] = {ALL: [], FEW: []}
    for number in range(ROUNDS):
        for board in BOARDS:
            released.append(cost_of(lab, partial(lab.release, board)).wall)
            acquired.append(cost_of(lab, partial(lab.acquire, board)).wall)
        ports = addresses(lab, BOARDS)
        for selection in (ALL, FEW):
            judging = Judging(lab, ports, selection)
            # Who is first has no advantage.
            for by_hand in (number % 2 == 0, number % 2 != 0):
                if by_hand:
                    hands[selection].append(_by_hand(judging))
                else:
                    labgrids[selection].append(_by_labgrid(judging))
    checks = labgrids[ALL][0].count // len(BOARDS) - 1
    share = _write(f"{checks} checks", hands[ALL], labgrids[ALL])
    _write(f"`{FEW.only}`", hands[FEW], labgrids[FEW])
    place = [f"{min(acquired):.2f}", f"{min(released):.2f}"]
    write("`labgrid-client`, seconds for a board:", ("acquire", "release"), [place])
    return [
        Budget("labgrid, two boards, all checks", f"{share:+.1%}", f"≤ {MOST:.0%}", share <= MOST)
    ]


def _by_hand(judging: Judging) -> Judged:
    cost = cost_of(judging.lab, partial(judging.by_hand, at_once=False))
    return Judged(cost, sum(report.seconds for report in judging.reports()))


def _by_labgrid(judging: Judging) -> ByLabgrid:
    cost = cost_of(judging.lab, partial(judging.by_labgrid, at_once=False))
    runs = sum(report.seconds for report in judging.reports())
    suite = judging.items()
    took = [float(case.get("time", "nan")) for case in suite.iter("testcase")]
    of_suite = float(suite.get("time", "nan"))
    # The items of a board are one behind the other.
    first = took[:: len(took) // len(BOARDS)]
    return ByLabgrid(
        cost,
        runs,
        start=cost.wall - of_suite,
        collection=of_suite - sum(took),
        first=sum(first) - runs,
        items=sum(took) - sum(first),
        count=len(took),
    )


def _write(checks: str, hands: list[Judged], labgrids: list[ByLabgrid]) -> float:
    """Prints the tables of the best; gives the share that labgrid adds."""
    hand = min(hands, key=lambda judged: judged.besides)
    labgrid = min(labgrids, key=lambda judged: judged.besides)
    added = labgrid.besides - hand.besides
    quickest = min(judged.cost.wall for judged in hands)
    share = added / quickest
    write(
        f"Two boards in QEMU, one after the other, {checks}, seconds; best of {len(hands)}:",
        ("", "time", "of it the runs", "labgrid adds", "CPU time, without QEMU", "CPUs of others"),
        [
            ["by hand", *_row(hands, hand, "")],
            ["labgrid", *_row(labgrids, labgrid, f"{added:.2f}, {share:.1%}")],
        ],
    )
    rows = [
        ["Python, its modules, the environment", f"{labgrid.start:.2f}"],
        ["collection, and the JUnit file", f"{labgrid.collection:.2f}"],
        ["the places and the drivers", f"{labgrid.first:.2f}"],
        ["the items", f"{labgrid.items:.2f}"],
    ]
    write(f"What labgrid's {labgrid.count} items took besides the runs:", ("", "seconds"), rows)
    return share


def _row(judgings: Sequence[Judged], best: Judged, added: str) -> list[str]:
    return [
        f"{min(judged.cost.wall for judged in judgings):.2f}",
        f"{min(judged.runs for judged in judgings):.2f}",
        added,
        f"{best.cost.command + best.cost.lab:.2f}",
        f"{best.cost.cores_of_others():.1f}",
    ]
