"""The program as a process, and what else may be there in its place."""

import json
from pathlib import Path

import pytest

from board_check_labgrid import BoardCheckError
from board_check_labgrid.program import Program, Selection
from conftest import StartBoard


def script(path: Path, text: str) -> Program:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return Program(str(path))


def unheard(_: str) -> None:
    pass


def test_the_checks_are_those_that_it_lists(program: Path) -> None:
    names = Program(str(program)).names(Selection(only="seed.*", skip="*.pattern"))
    assert names == ["seed.device.bad-offset", "seed.device.describe"]


def test_patterns_that_select_none_are_no_empty_list(program: Path) -> None:
    with pytest.raises(BoardCheckError, match=r"^--only nosuch selects no check\.$"):
        Program(str(program)).names(Selection(only="nosuch"))


def test_a_program_that_is_not_there_is_named() -> None:
    missing = Program("/nosuch/board-check")
    for call in (
        lambda: missing.names(Selection()),
        lambda: missing.run(["--port", "x"], 5.0, unheard),
    ):
        with pytest.raises(
            BoardCheckError, match=r"^/nosuch/board-check cannot be started: No such"
        ):
            call()


def test_another_program_is_no_board_check(tmp_path: Path) -> None:
    with pytest.raises(BoardCheckError, match="Is it board-check"):
        Program("/bin/true").names(Selection())
    failing = script(tmp_path / "failing", "echo 'no list here' >&2; exit 3")
    with pytest.raises(BoardCheckError, match=r"ended with 3: no list here$"):
        failing.names(Selection())


def test_no_report_is_an_error_with_the_last_words(program: Path, tmp_path: Path) -> None:
    with pytest.raises(BoardCheckError, match=r"ended with 2 and left no report: .*--help"):
        Program(str(program)).run(["--nosuch"], 20.0, unheard)
    with pytest.raises(
        BoardCheckError, match=r"ended with -9 and left no report: it said nothing$"
    ):
        script(tmp_path / "killed", "kill -9 $$").run([], 20.0, unheard)


def test_a_report_that_the_exit_code_belies_proves_nothing(
    program: Path, start_board: StartBoard, tmp_path: Path
) -> None:
    good = tmp_path / "good.json"
    arguments = ["--port", str(start_board()), "--only", "seed.*", "--out", f"json={good}"]
    report = Program(str(program)).run(arguments, 60.0, unheard)
    assert report.is_pass
    assert json.loads(good.read_text())["verdict"] == "PASS"
    liar = script(tmp_path / "liar", f"cat {good}; exit 1")
    with pytest.raises(BoardCheckError, match="ended with 1, and its report says 0"):
        liar.run([], 20.0, unheard)


def test_a_run_ends_at_its_limit_and_says_what_it_has(
    program: Path, start_board: StartBoard
) -> None:
    console = start_board("--check-ms", "300")
    said: list[str] = []
    report = Program(str(program)).run(["--port", str(console)], 4.0, said.append)
    assert report.exit_code == 130
    assert not report.is_pass
    assert report.capture is not None
    assert any("Interrupted" in line for line in said)


def test_a_program_that_does_not_end_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("board_check_labgrid.program.GRACE_SECONDS", 0.5)
    stubborn = script(tmp_path / "stubborn", "trap '' INT; while :; do sleep 0.1; done")
    with pytest.raises(BoardCheckError, match="left no report"):
        stubborn.run([], 0.5, unheard)
