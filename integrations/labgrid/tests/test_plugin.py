"""The pytest plugin, in test runs of its own."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conftest import StartBoard, WriteEnvironment

TEST = """
import pytest

@pytest.mark.board_check({arguments})
def test_board(board_check):
    pass
"""

RunItems = Callable[..., pytest.RunResult]


@pytest.fixture
def run_items(pytester: pytest.Pytester, write_environment: WriteEnvironment) -> RunItems:
    """Runs the items of boards on these consoles."""

    def run(arguments: str, *options: str, **consoles: Path) -> pytest.RunResult:
        targets = {
            name: {
                "resources": {"RawSerialPort": {"port": str(console)}},
                "drivers": {"BoardCheckDriver": {"timeout": 3}},
            }
            for name, console in consoles.items()
        }
        environment = write_environment(**targets)
        pytester.makepyfile(TEST.format(arguments=arguments))
        return pytester.runpytest_subprocess(
            "--lg-env", environment, "--junitxml=junit.xml", "-p", "no:cacheprovider", *options
        )

    return run


def seeds(program: Path) -> int:
    """How many checks `seed.*` has."""
    command = [str(program), "list", "--only", "seed.*"]
    listed = subprocess.run(command, capture_output=True, check=True)
    return len(listed.stdout.splitlines())


def test_each_check_of_each_board_is_an_item(
    run_items: RunItems, start_board: StartBoard, program: Path, pytester: pytest.Pytester
) -> None:
    result = run_items(
        "only='seed.*'",
        "--board-check-dir=kept",
        well=start_board(),
        ill=start_board("--fails", "seed.kmalloc.pattern"),
    )
    result.assert_outcomes(passed=2 * (seeds(program) + 1) - 2, failed=2)
    result.stdout.fnmatch_lines(["seed.kmalloc.pattern: offset=64 got=0xdead", "FAIL: 1 of *"])
    cases = {
        case.get("name"): {p.get("name"): p.get("value") for p in case.iter("property")}
        for case in ElementTree.parse(pytester.path / "junit.xml").iter("testcase")
    }
    assert cases["test_board[ill-seed.kmalloc.pattern]"]["got"] == "0xdead"
    assert cases["test_board[well-run.verdict]"]["verdict"] == "PASS"
    kept = sorted(path.name for path in (pytester.path / "kept").glob("*.json"))
    assert [name.partition("-")[0] for name in kept] == ["ill", "well"]


@pytest.mark.parametrize("accident", ["panic", "hang"])
def test_what_never_came_is_an_error(
    run_items: RunItems, start_board: StartBoard, program: Path, accident: str
) -> None:
    console = start_board("--accident", accident, "--at", "3")
    result = run_items("only='seed.*'", desk=console)
    result.assert_outcomes(passed=2, errors=seeds(program) + 1 - 2)
    verdict = "CRASHED: *panic*" if accident == "panic" else "INCOMPLETE: *"
    result.stdout.fnmatch_lines(["No record of seed.* verified. *", verdict])
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_no_selection_of_items_turns_a_crash_green(
    run_items: RunItems, start_board: StartBoard
) -> None:
    console = start_board("--accident", "panic", "--at", "3")
    result = run_items("only='seed.*'", "-k", "seed.vmalloc.pattern", desk=console)
    result.assert_outcomes(errors=1, deselected=4)


def test_a_board_that_is_not_there_does_not_end_the_others(
    run_items: RunItems, start_board: StartBoard, program: Path, tmp_path: Path
) -> None:
    result = run_items("only='seed.*'", gone=tmp_path / "nosuch", well=start_board())
    result.assert_outcomes(passed=seeds(program) + 1, errors=seeds(program) + 1)
    result.stdout.fnmatch_lines(["INCOMPLETE: No port *nosuch*"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("only='nosuch'", "--only nosuch selects no check."),
        ("targets=['other']", "has no BoardCheckDriver in the target other."),
    ],
)
def test_a_marker_without_items_is_an_error(
    run_items: RunItems, tmp_path: Path, arguments: str, words: str
) -> None:
    result = run_items(arguments, desk=tmp_path / "nosuch")
    result.stdout.fnmatch_lines([f"*{words}*"])
    assert result.ret == pytest.ExitCode.INTERRUPTED


def test_the_environment_is_needed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TEST.format(arguments=""))
    result = pytester.runpytest_subprocess()
    result.stdout.fnmatch_lines(["*board_check needs the environment of labgrid: --lg-env FILE.*"])
    assert result.ret == pytest.ExitCode.INTERRUPTED


@pytest.mark.parametrize("distribution", ["loadgroup", "load"])
def test_a_board_runs_once_however_its_items_are_distributed(
    run_items: RunItems, start_board: StartBoard, program: Path, distribution: str
) -> None:
    options = ["--numprocesses=2", f"--dist={distribution}", "--board-check-dir=kept"]
    result = run_items("only='seed.*'", *options, one=start_board(), two=start_board())
    result.assert_outcomes(passed=2 * (seeds(program) + 1))
