"""Boards of a lab, each in its place, run beside each other."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from board_check_labgrid import Report, Verdict
from conftest import StartBoard
from lab import Lab

AT_ONCE = ("--numprocesses=2", "--dist=loadgroup")


def open_lab(lab: Lab, consoles: dict[str, Path]) -> None:
    """Every board is exported, and in a place that the tester has."""
    lab.start_coordinator()
    lab.start_exporter("exporter", consoles)
    for board in consoles:
        lab.make_place(board)
        lab.client("-p", board, "acquire", check=True)


def reports(lab: Lab) -> dict[str, Report]:
    """Those that the test run left, by board."""
    paths = (lab.folder / "results").glob("*.json")
    return {path.name.split("-")[0].split(".")[0]: Report.read(path.read_bytes()) for path in paths}


def close_lab(lab: Lab, consoles: dict[str, Path]) -> None:
    """No place is stuck."""
    for board in consoles:
        lab.client("-p", board, "release", check=True)
        lab.client("-p", board, "delete", check=True)


def test_two_boards_in_qemu_pass(lab: Lab, start_qemu: StartBoard) -> None:
    consoles = {
        "arm": start_qemu("arm", "qemu-aarch64", "arm64"),
        "riscv": start_qemu("riscv", "qemu-riscv64", "riscv"),
    }
    open_lab(lab, consoles)
    run = lab.pytest(lab.write_environment(consoles, timeout=120), "", *AT_ONCE)
    assert run.returncode == pytest.ExitCode.OK, run.stdout + run.stderr
    found = reports(lab)
    assert {board: report.board for board, report in found.items()} == {
        "arm": "qemu-aarch64",
        "riscv": "qemu-riscv64",
    }
    for report in found.values():
        assert report.is_pass
        assert not report.subset
        assert report.link is not None
        assert report.link.port.startswith("rfc2217://127.0.0.1:")
    cases = list(ElementTree.parse(lab.folder / "junit.xml").iter("testcase"))
    assert len(cases) == sum(len(report.checks) + 1 for report in found.values())
    close_lab(lab, consoles)


def test_each_board_has_the_verdict_that_is_its_own(lab: Lab, start_made_up: StartBoard) -> None:
    consoles = {
        "well": start_made_up("well"),
        "ill": start_made_up("ill", "--fails", "seed.kmalloc.pattern"),
        "panics": start_made_up("panics", "--accident", "panic"),
        "hangs": start_made_up("hangs", "--accident", "hang"),
    }
    open_lab(lab, consoles)
    environment = lab.write_environment([*consoles, "absent"], timeout=20)
    run = lab.pytest(environment, "only='seed.*'", *AT_ONCE)
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr
    assert {board: report.verdict for board, report in reports(lab).items()} == {
        "well": Verdict.PASS,
        "ill": Verdict.FAIL,
        "panics": Verdict.CRASHED,
        "hangs": Verdict.INCOMPLETE,
    }
    # However the items are distributed, the board is asked once.
    asked = reports(lab)["well"].run
    assert asked is not None
    assert asked.count == 1
    assert "absent: place pattern absent matches nothing." in run.stdout
    page = lab.folder / "lab.html"
    made = lab.command("report", lab.folder / "results", "--out", f"html={page}")
    assert made.returncode == 0, made.stderr
    text = page.read_text()
    assert all(verdict.value in text for verdict in Verdict)
    close_lab(lab, consoles)


def test_what_is_kept_is_what_was_judged(lab: Lab, start_made_up: StartBoard) -> None:
    consoles = {"desk": start_made_up("desk")}
    open_lab(lab, consoles)
    run = lab.pytest(lab.write_environment(consoles), "only='seed.*'")
    assert run.returncode == pytest.ExitCode.OK, run.stdout + run.stderr
    (capture,) = (lab.folder / "results").glob("*.capture")
    replayed = lab.command("replay", capture, "--out", "json=-")
    assert json.loads(replayed.stdout)["verdict"] == "PASS"
    close_lab(lab, consoles)
