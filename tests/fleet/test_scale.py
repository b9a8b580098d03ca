"""Eight boards in QEMU behind two exporters, half of them in trouble, all at once."""

import stat
import threading
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from labgrid.util import get_free_port

from board_check_labgrid import Report, Verdict
from lab import Lab, wait_until

# The board and its image. One CPU each: there are more boards than CPUs to play them.
BOARDS = {
    "arm64-1": ("qemu-aarch64", "arm64"),
    "arm64-2": ("qemu-aarch64", "arm64"),
    "arm-1": ("qemu-arm", "arm"),
    "riscv-1": ("qemu-riscv64", "riscv"),
    "panics": ("qemu-aarch64", "arm64-faults"),
    "hangs": ("qemu-aarch64", "arm64-faults"),
    "unplugged": ("qemu-riscv64", "riscv"),
    "absent": ("qemu-riscv64", "riscv"),
}
VERDICTS = {
    "arm64-1": Verdict.PASS,
    "arm64-2": Verdict.PASS,
    "arm-1": Verdict.PASS,
    "riscv-1": Verdict.PASS,
    "panics": Verdict.CRASHED,
    "hangs": Verdict.INCOMPLETE,
    # It goes on where it was.
    "unplugged": Verdict.PASS,
    "absent": Verdict.INCOMPLETE,
}
# Without the checks that need two CPUs, and those that take long.
CHECKS = "only='seed.*,data.*,speed.*'"
# How long a board that hangs is waited for.
PATIENCE = 90

# In the place of board-check: asks two boards for a fault.
WITH_FAULTS = """#!/bin/sh
case "$*" in
*"--place panics "*) set -- "$@" --fault 400 ;;
*"--place hangs "*) set -- "$@" --fault 300 ;;
esac
exec {program} "$@"
"""


def capture_of(lab: Lab, board: str) -> str:
    """What was said so far."""
    captures = (lab.folder / "results").glob(f"{board}-*.capture")
    return "".join(path.read_text() for path in captures)


def end(report: Report) -> datetime:
    """When the run was over."""
    assert report.started is not None
    return datetime.fromisoformat(report.started) + timedelta(seconds=report.seconds)


def test_eight_boards_have_verdicts_of_their_own(lab: Lab) -> None:
    consoles = {name: lab.start_qemu(name, *board, "nr_cpus=1") for name, board in BOARDS.items()}
    port = get_free_port()
    server = lab.start_ser2net("unplugged", consoles["unplugged"], port)
    exported: dict[str, Path | int] = {**consoles, "unplugged": port}
    lab.start_coordinator()
    names = list(BOARDS)
    for exporter, boards in (("shelf", names[::2]), ("rack", names[1::2])):
        lab.start_exporter(exporter, {board: exported[board] for board in boards})
    for board in names:
        lab.make_place(board)
        lab.acquire(board)
    # It was switched off when its port was exported already.
    lab.boards["absent"].terminate()
    lab.boards["absent"].wait()

    program = lab.folder / "with-faults"
    program.write_text(WITH_FAULTS.format(program=lab.board_check))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    environment = lab.write_environment(names, timeout=PATIENCE)
    text = environment.read_text().replace(str(lab.board_check), str(program))
    environment.write_text(text)

    def unplug() -> None:
        """Takes the server of one port away in the middle of the run, for a while."""
        wait_until(lambda: "< ok 2 " in capture_of(lab, "unplugged"), "its run", 0.01)
        server.kill()
        server.wait()
        lab.start_ser2net("unplugged", consoles["unplugged"], port)

    hand = threading.Thread(target=unplug)
    hand.start()
    run = lab.pytest(environment, CHECKS, "--numprocesses=8", "--dist=loadgroup")
    hand.join()
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr

    reports = lab.reports()
    assert {board: report.verdict for board, report in reports.items()} == VERDICTS, {
        board: report.reason for board, report in reports.items()
    }
    capture = capture_of(lab, "unplugged")
    assert " ! lost " in capture
    assert " ! back" in capture
    # Nobody has waited for the board that hangs.
    hung = reports.pop("hangs")
    assert all(end(report) < end(hung) for report in reports.values())
    combined(lab)
    for board in names:
        lab.release(board)


def combined(lab: Lab) -> None:
    """The page and the JUnit file of the lab have the same verdicts."""
    page, junit = lab.folder / "lab.html", lab.folder / "lab.xml"
    outputs = ("--out", f"html={page}", "--out", f"junit={junit}")
    made = lab.command("report", lab.folder / "results", *outputs)
    assert made.returncode == 0, made.stderr
    suites = ElementTree.parse(junit).iter("testsuite")
    verdicts = {
        suite.get("name"): next(
            each.get("value") for each in suite.iter("property") if each.get("name") == "verdict"
        )
        for suite in suites
    }
    assert verdicts == {board: verdict.value for board, verdict in VERDICTS.items()}
    assert "8 boards, 8 runs" in page.read_text()
