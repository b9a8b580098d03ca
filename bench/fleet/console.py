"""What the verified console costs beside the port itself."""

import os
import random
import re
import select
import subprocess
import threading
import time
import tty
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, quantiles

from judging import NotAPass
from lab import SECONDS, Lab, wait_until
from table import Budget, write

# What a board says that is no result.
LINE = b"[   12.345678] usb 1-1: new high-speed USB device number 2 using ehci-platform\r\n"
KEY = b"x"

# Of each way, in turn.
BLOCKS = 10
BLOCK = 40
# Longer than the pace of the console, so that no key comes at the same point of it.
PAUSE_SECONDS = 0.025

# Nothing is on its way any more.
QUIET_SECONDS = 0.5

MEGABYTES = 32
STREAMS = 5
READ_BYTES = 1 << 16

# A USB adapter gives what it has after this time.
KEY_SECONDS = 0.016
LINE_SECONDS = 0.001
# The fastest console of a board in board/, rock64's: 1500000 bit/s with start and stop bit.
FASTEST_BYTES = 150_000
TIMES_FASTEST = 20

# What a capture has of a byte that is not printed.
ESCAPED = re.compile(r"\\(?:x..|.)")
LINE_END = len("\r\n")
FRAME = ("KTAP version", "1..", "# board-check", "#r ")
RESULT = re.compile(rb"^((?:not )?ok \d+ [\w.-]+) # (pass|fail|SKIP) \d+ ms(.*) [0-9a-f]{8}$")


@dataclass
class Way:
    """A way to a board: what is typed goes in, and what it says comes out."""

    board: int
    into: int
    out: int
    # Between the two, if there is one.
    process: "subprocess.Popen[bytes] | None" = None

    def end(self) -> float:
        """Gives the CPU time of the process."""
        used = 0.0
        if self.process is not None:
            self.process.terminate()
            _, _, resources = os.wait4(self.process.pid, 0)
            self.process.returncode = 0
            used = resources.ru_utime + resources.ru_stime
        for end in {self.board, self.into, self.out}:
            os.close(end)
        return used


def measure(lab: Lab) -> list[Budget]:
    """A board on a pseudo terminal, that says what it is told to."""
    keys, lines = _latencies(lab)
    speeds = _streams(lab)
    _bytes(lab)
    key = median(keys[1]) - median(keys[0])
    line = median(lines[1]) - median(lines[0])
    speed = speeds["console"].speed / FASTEST_BYTES
    return [
        Budget(
            "console, a key on its way",
            f"{key * 1000:+.1f} ms",
            f"≤ {KEY_SECONDS * 1000:.0f} ms",
            key <= KEY_SECONDS,
        ),
        Budget(
            "console, a line on its way",
            f"{line * 1000:+.2f} ms",
            f"≤ {LINE_SECONDS * 1000:.0f} ms",
            line <= LINE_SECONDS,
        ),
        Budget(
            "console, lines as fast as it takes them",
            f"{speed:.0f} times 1500000 bit/s",
            f"≥ {TIMES_FASTEST} times",
            speed >= TIMES_FASTEST,
        ),
    ]


def _raw(_: Lab) -> Way:
    """The port, opened as any program does."""
    board, port = _terminal()
    return Way(board, port, port)


def _console(lab: Lab) -> Way:
    """`board-check console` on the port."""
    board, port = _terminal()
    way = _process(lab, board, str(lab.board_check), "console", "--port", os.ttyname(port))
    os.close(port)
    # It throws away what lay in a buffer when it came.
    wait_until(lambda: _passes(way), "the console")
    return way


def _cat(lab: Lab) -> Way:
    """A process that does nothing but read the port."""
    board, port = _terminal()
    way = _process(lab, board, "cat", os.ttyname(port))
    os.close(port)
    wait_until(lambda: _passes(way), "cat")
    return way


def _terminal() -> tuple[int, int]:
    board, port = os.openpty()
    tty.setraw(port)
    return board, port


def _process(lab: Lab, board: int, *command: str) -> Way:
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=lab.environment(),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    into, out = os.dup(process.stdin.fileno()), os.dup(process.stdout.fileno())
    process.stdin.close()
    process.stdout.close()
    return Way(board, into, out, process)


def _passes(way: Way) -> bool:
    """True if a line has come through, and nothing more is on its way."""
    os.write(way.board, LINE)
    came = b""
    while select.select([way.out], [], [], QUIET_SECONDS)[0]:
        came += os.read(way.out, READ_BYTES)
    return LINE in came


def _arrives(end: int, count: int) -> float:
    """When so many bytes have come."""
    while count > 0:
        came = os.read(end, READ_BYTES)
        if not came:
            raise NotAPass("The output ended before all bytes had come")
        count -= len(came)
    return time.monotonic()


def _latencies(lab: Lab) -> tuple[tuple[list[float], ...], tuple[list[float], ...]]:
    """Of keys and of lines, each by the port itself and by the console."""
    ways = (_raw(lab), _console(lab))
    keys: tuple[list[float], ...] = ([], [])
    lines: tuple[list[float], ...] = ([], [])
    for _ in range(BLOCKS):
        for way, key, line in zip(ways, keys, lines, strict=True):
            for _ in range(BLOCK):
                time.sleep(random.uniform(0, PAUSE_SECONDS))
                begun = time.monotonic()
                os.write(way.into, KEY)
                key.append(_arrives(way.board, len(KEY)) - begun)
                begun = time.monotonic()
                os.write(way.board, LINE)
                line.append(_arrives(way.out, len(LINE)) - begun)
    for way in ways:
        way.end()
    rows = [
        [name, *(f"{1000 * value:.3f}" for value in (*_of(key), *_of(line)))]
        for name, key, line in zip(("port", "console"), keys, lines, strict=True)
    ]
    write(
        f"A key on its way to the board, and a line of {len(LINE)} bytes on its way from it;"
        f" {BLOCKS * BLOCK} times each, in turn, ms:",
        ("", "key, median", "of 95 %", "line, median", "of 95 %"),
        rows,
    )
    return keys, lines


def _of(times: list[float]) -> tuple[float, float]:
    return median(times), quantiles(times, n=20)[-1]


@dataclass(frozen=True)
class Stream:
    """How fast bytes have passed."""

    # Bytes a second.
    speed: float
    # CPU time for a megabyte.
    cpu: float


def _streams(lab: Lab) -> dict[str, Stream]:
    """Lines as fast as they are taken, through a process that only reads, and the console."""
    ways: dict[str, Callable[[Lab], Way]] = {"cat": _cat, "console": _console}
    found: dict[str, list[Stream]] = {name: [] for name in ways}
    for _ in range(STREAMS):
        for name, start in ways.items():
            found[name].append(_stream(start(lab)))
    best = {
        name: Stream(max(each.speed for each in streams), min(each.cpu for each in streams))
        for name, streams in found.items()
    }
    rows = [
        [name, f"{each.speed / 1e6:.1f}", f"{each.speed / len(LINE):.0f}", f"{1000 * each.cpu:.2f}"]
        for name, each in best.items()
    ]
    write(
        f"{MEGABYTES} MB of such lines as fast as they are taken; best of {STREAMS}, in turn:",
        ("", "MB/s", "lines/s", "CPU ms a MB"),
        rows,
    )
    return best


def _stream(way: Way) -> Stream:
    chunk = LINE * 64
    chunks = MEGABYTES * 1_000_000 // len(chunk)

    def say() -> None:
        for _ in range(chunks):
            left = chunk
            while left:
                left = left[os.write(way.board, left) :]

    board = threading.Thread(target=say)
    begun = time.monotonic()
    board.start()
    size = chunks * len(chunk)
    took = _arrives(way.out, size) - begun
    board.join()
    return Stream(size / took, way.end() / (size / 1e6))


def _bytes(lab: Lab) -> None:
    """All checks of a board in QEMU, as the console shows them, and as plain KTAP."""
    port = lab.start_qemu("arm", "qemu-aarch64", "arm64").resolve()
    captures = f"--capture={lab.folder}/console-{{run}}.capture"
    done = subprocess.run(
        [lab.board_check, "console", f"--port={port}", captures, f"--timeout={SECONDS:.0f}"],
        # Without input it ends behind the run.
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=10 * SECONDS,
        check=False,
        env=lab.environment(),
    )
    if done.returncode != 0:
        raise NotAPass(f"The console ended with {done.returncode}: {done.stderr!r}")
    rows = _counted((lab.folder / "console-1.capture").read_text(), done.stdout)
    write("A run of all checks of a board in QEMU:", ("", "bytes", "of plain KTAP"), rows)


def _counted(capture: str, shown: bytes) -> list[list[str]]:
    """The bytes of one run."""
    results = [result for line in shown.splitlines() if (result := RESULT.match(line))]
    # The last one is the console's own.
    results.pop()
    sealed = sum(len(result[0]) + LINE_END for result in results)
    plain = sum(len(_plain(result)) + LINE_END for result in results)
    sent = received = frame = 0
    for line in capture.splitlines():
        match line.split(" ", 2):
            case [_, ">", text]:
                sent += _length(text)
            case [_, "<", text] if sent:
                received += _length(text)
                frame += _length(text) if text.startswith(FRAME) else 0
    rows = {
        "the results as plain KTAP": plain,
        "the results as they are on the line": sealed,
        "header, plan, end, and that it goes on": frame,
        "what is sent to the board": sent,
        "what its kernel says": received - frame - sealed,
        "all": sent + received,
    }
    return [[what, str(size), f"{size / plain:.2f}"] for what, size in rows.items()]


def _plain(result: re.Match[bytes]) -> bytes:
    """The line without what is there to verify it, and without its time."""
    name, outcome, detail = result.groups()
    words = (b" SKIP" if outcome == b"SKIP" else b"") + detail
    return name + (b" #" + words if words else b"")


def _length(text: str) -> int:
    """Of bytes in a capture."""
    return len(ESCAPED.sub(".", text))
