"""The pytest plugin: each check of each board is an item of its own.

A test function that takes `board_check` becomes an item for each check that
`board-check list` names, and one more, `run.verdict`, which passes only if the run is a PASS.
The run is made when the first item of a board is due. An item that has no verified result is an
error, whatever the reason: there are never fewer items than checks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from labgrid import Environment, target_factory
from labgrid.pytestplugin.hooks import LABGRID_ENV_KEY

from .driver import BoardCheckDriver
from .errors import BoardCheckError
from .program import Program, Selection
from .report import Check, Outcome, Report, Verdict
from .runs import Asked, Runs

# The last item of a run, as in board-check's own formats.
VERDICT = "run.verdict"

# An error like any other, but pytest shows it as one line.
_NO_TRACE = False


@dataclass(frozen=True, slots=True)
class Item:
    """What an item stands for."""

    asked: Asked
    name: str


@dataclass(frozen=True, slots=True)
class BoardCheck:
    """What the fixture `board_check` gives: a check that passed, and the run that it is of."""

    name: str
    check: Check | None
    report: Report


RUNS = pytest.StashKey[Runs]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The one option."""
    parser.getgroup("board-check").addoption(
        "--board-check-dir",
        type=Path,
        metavar="DIR",
        help="keep capture, JSON report and page of each run in this folder",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Names the marker."""
    config.addinivalue_line(
        "markers",
        "board_check(only=None, skip=None, targets=None): patterns of the checks, and the targets"
        " of the environment, for which a test with the fixture board_check has items",
    )


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """After labgrid has loaded the environment."""
    environment = session.config.stash.get(LABGRID_ENV_KEY, None)
    if environment is not None:
        folder = session.config.getoption("board_check_dir")
        session.config.stash[RUNS] = Runs(environment, folder)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Makes the items."""
    if "board_check" not in metafunc.fixturenames:
        return
    environment = metafunc.config.stash.get(LABGRID_ENV_KEY, None)
    if environment is None:
        raise pytest.UsageError("board_check needs the environment of labgrid: --lg-env FILE.")
    marker = metafunc.definition.get_closest_marker("board_check")
    arguments: Mapping[str, str | list[str] | None] = marker.kwargs if marker else {}
    items = _items(environment, **arguments)  # type: ignore[arg-type] # what the user wrote
    metafunc.parametrize("board_check", items, indirect=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Notes which runs have an item for their verdict."""
    for item in items:
        stands_for = _stands_for(item)
        if stands_for is not None and stands_for.name == VERDICT:
            config.stash[RUNS].judged.add(stands_for.asked)


@pytest.fixture
def board_check(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> BoardCheck:
    """The check that the item is for; an error if no record of it verified."""
    item: Item = request.param
    runs = request.config.stash[RUNS]
    # Each worker of pytest-xdist has a folder in one that they share.
    has_workers = hasattr(request.config, "workerinput")
    shared = tmp_path_factory.getbasetemp().parent if has_workers else None
    report = runs.ended(item.asked, shared)
    if isinstance(report, str):
        pytest.fail(report, pytrace=_NO_TRACE)
    request.node.user_properties.extend(_properties(item, report))
    check = report.check(item.name)
    if item.name != VERDICT and (check is None or check.outcome is Outcome.MISSING):
        pytest.fail(f"No record of {item.name} verified. {_verdict(report)}", pytrace=_NO_TRACE)
    if report.verdict in (Verdict.CRASHED, Verdict.INCOMPLETE) and (
        item.name == VERDICT or item.asked not in runs.judged
    ):
        pytest.fail("\n".join([_verdict(report), *report.kernel.evidence]), pytrace=_NO_TRACE)
    return BoardCheck(item.name, check, report)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Judges the item, before the test function, which cannot forget it."""
    given = getattr(item, "funcargs", {}).get("board_check")
    if not isinstance(given, BoardCheck):
        return
    if given.check is None:
        if not given.report.is_pass:
            pytest.fail(_verdict(given.report), pytrace=_NO_TRACE)
    elif given.check.outcome is Outcome.SKIP:
        pytest.skip(given.check.detail or "no reason given")
    elif given.check.outcome is not Outcome.PASS:
        pytest.fail(f"{given.name}: {given.check.detail}", pytrace=_NO_TRACE)


def _items(
    environment: Environment,
    only: str | None = None,
    skip: str | None = None,
    targets: list[str] | None = None,
) -> list[object]:
    """One for each check of each board; xdist's loadgroup keeps those of a board together."""
    selection = Selection(only, skip)
    boards = list(_boards(environment))
    unknown = set(targets or ()) - set(boards)
    if unknown or not boards:
        raise pytest.UsageError(
            f"{environment.config_file} has no BoardCheckDriver"
            + (f" in the target {', '.join(sorted(unknown))}." if unknown else " in any target.")
        )
    program = Program(environment.config.get_tool("board-check"))
    try:
        names = [*program.names(selection), VERDICT]
    except BoardCheckError as error:
        raise pytest.UsageError(str(error)) from None
    return [
        pytest.param(
            Item(Asked(board, selection), name),
            id=f"{board}-{name}",
            marks=pytest.mark.xdist_group(board),
        )
        for board in targets or boards
        for name in names
    ]


def _boards(environment: Environment) -> Iterator[str]:
    """The targets that board-check can run on; none of them is touched yet."""
    for name, config in environment.config.get_targets().items():
        _, drivers = target_factory.normalize_config(config)
        if BoardCheckDriver.__name__ in drivers:
            yield name


def _stands_for(item: pytest.Item) -> Item | None:
    callspec = getattr(item, "callspec", None)
    stands_for = callspec.params.get("board_check") if callspec else None
    return stands_for if isinstance(stands_for, Item) else None


def _properties(item: Item, report: Report) -> list[tuple[str, object]]:
    """What the JUnit file of pytest has of an item."""
    check = report.check(item.name)
    if item.name != VERDICT:
        if check is None:
            return []
        measured = {"milliseconds": check.milliseconds, "detail": check.detail or None}
        return [
            (key, value)
            for key, value in {**measured, **check.figures}.items()
            if value is not None
        ]
    about = {
        "verdict": report.verdict.value,
        "reason": report.reason,
        "board": report.board,
        "machine": report.machine,
        "image": report.image,
        "kernel": report.kernel.release,
        "seconds": report.seconds,
        "records-resent": report.line.resent,
        "records-healed": report.line.healed,
        "lines-damaged": report.line.damaged,
        "capture": report.capture,
    }
    return [(key, value) for key, value in about.items() if value is not None]


def _verdict(report: Report) -> str:
    where = f" The capture is {report.capture}." if report.capture else ""
    return f"{report.verdict.value}: {report.reason}{where}"
