"""Boards of a lab, each in its place, run beside each other."""

import json
from xml.etree import ElementTree

import pytest

from board_check_labgrid import Verdict
from lab import Lab

AT_ONCE = ("--numprocesses=2", "--dist=loadgroup")


def test_two_boards_in_qemu_pass(lab: Lab) -> None:
    consoles = {
        "arm": lab.start_qemu("arm", "qemu-aarch64", "arm64"),
        "riscv": lab.start_qemu("riscv", "qemu-riscv64", "riscv"),
    }
    lab.open(consoles)
    run = lab.pytest(lab.write_environment(consoles, timeout=120), "", *AT_ONCE)
    assert run.returncode == pytest.ExitCode.OK, run.stdout + run.stderr
    found = lab.reports()
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
    lab.close(consoles)


def test_each_board_has_the_verdict_that_is_its_own(lab: Lab) -> None:
    consoles = {
        "well": lab.start_made_up("well"),
        "ill": lab.start_made_up("ill", "--fails", "seed.kmalloc.pattern"),
        "panics": lab.start_made_up("panics", "--accident", "panic"),
        "hangs": lab.start_made_up("hangs", "--accident", "hang"),
    }
    lab.open(consoles)
    environment = lab.write_environment([*consoles, "absent"], timeout=20)
    run = lab.pytest(environment, "only='seed.*'", *AT_ONCE)
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr
    assert {board: report.verdict for board, report in lab.reports().items()} == {
        "well": Verdict.PASS,
        "ill": Verdict.FAIL,
        "panics": Verdict.CRASHED,
        "hangs": Verdict.INCOMPLETE,
    }
    # However the items are distributed, the board is asked once.
    asked = lab.reports()["well"].run
    assert asked is not None
    assert asked.count == 1
    assert "absent: place pattern absent matches nothing." in run.stdout
    page = lab.folder / "lab.html"
    made = lab.command("report", lab.folder / "results", "--out", f"html={page}")
    assert made.returncode == 0, made.stderr
    text = page.read_text()
    assert all(verdict.value in text for verdict in Verdict)
    lab.close(consoles)


def test_what_is_kept_is_what_was_judged(lab: Lab) -> None:
    consoles = {"desk": lab.start_made_up("desk")}
    lab.open(consoles)
    run = lab.pytest(lab.write_environment(consoles), "only='seed.*'")
    assert run.returncode == pytest.ExitCode.OK, run.stdout + run.stderr
    (capture,) = (lab.folder / "results").glob("*.capture")
    replayed = lab.command("replay", capture, "--out", "json=-")
    assert json.loads(replayed.stdout)["verdict"] == "PASS"
    lab.close(consoles)
