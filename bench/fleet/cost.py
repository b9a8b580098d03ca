"""What a command costs: time, and CPU time of itself, of the lab around it, and of the boards."""

import os
import resource
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab import Lab

# Of the counts in /proc.
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

# Fields of /proc/PID/stat behind the name of the program, which may have blanks.
PARENT = 1
# In user space and in the kernel, its own and that of children that have ended.
TICKS = slice(11, 15)

# Fields of the first line of /proc/stat in which a CPU does nothing, or waits.
IDLE = (3, 4)
# Not counted twice: what virtual machines take is in the first fields as well.
GUESTS = 8


@dataclass(frozen=True)
class Cost:
    """All in seconds; but for the first, of CPU time."""

    wall: float
    # The commands and all that they have started.
    command: float
    # Coordinator, exporters, and their servers of ports.
    lab: float
    boards: float
    # The rest of the machine, which is not ours.
    others: float

    def cores_of_others(self) -> float:
        """How many CPUs had other work."""
        return self.others / self.wall


def cost_of(lab: Lab, command: Callable[[], object]) -> Cost:
    """Runs it."""
    boards = {process.pid for process in lab.boards.values()}
    servers = {process.pid for process in lab.processes} - boards
    machine, begun = _machine(), time.monotonic()
    ours = _children(), _trees(servers), _trees(boards)
    command()
    wall = time.monotonic() - begun
    then = _children(), _trees(servers), _trees(boards)
    commands, lab_itself, played = (
        after - before for before, after in zip(ours, then, strict=True)
    )
    others = _machine() - machine - commands - lab_itself - played
    return Cost(wall, commands, lab_itself, played, max(0.0, others))


def _children() -> float:
    """Of commands that have ended, with what they have waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _trees(roots: set[int]) -> float:
    """Of these processes and all below them."""
    children: dict[int, list[int]] = defaultdict(list)
    ticks: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        fields = text.rpartition(")")[2].split()
        process = int(path.parent.name)
        children[int(fields[PARENT])].append(process)
        ticks[process] = sum(map(int, fields[TICKS]))
    total, todo = 0, list(roots)
    while todo:
        process = todo.pop()
        total += ticks.get(process, 0)
        todo.extend(children[process])
    return total / TICKS_PER_SECOND


def _machine() -> float:
    """What its CPUs were busy, or were taken away by the machine below."""
    line = Path("/proc/stat").read_text().partition("\n")[0]
    fields = list(map(int, line.split()[1:]))[:GUESTS]
    return sum(ticks for at, ticks in enumerate(fields) if at not in IDLE) / TICKS_PER_SECOND
