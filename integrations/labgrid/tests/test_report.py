"""The report, read from what the real program writes."""

import dataclasses
import json
import subprocess
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from board_check_labgrid import BoardCheckError, Outcome, Report, Verdict
from conftest import StartBoard


@pytest.fixture
def written(program: Path, start_board: StartBoard, tmp_path: Path) -> dict[str, Any]:
    """The report of a run with a baseline: it has every key."""
    console = start_board("--fails", "data.vmalloc.two-mappings")
    path = tmp_path / "report.json"
    command = [str(program), "--port", str(console), "--out", f"json={path}"]
    subprocess.run(command, capture_output=True, check=False)
    report = tmp_path / "second.json"
    command = [*command[:3], "--baseline", str(path), "--out", f"json={report}"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1
    content: dict[str, Any] = json.loads(report.read_text())
    return content


def test_a_report_is_read_whole(written: dict[str, Any]) -> None:
    report = Report.read(json.dumps(written).encode())
    assert report.verdict is Verdict.FAIL
    assert not report.is_pass
    failing = report.check("data.vmalloc.two-mappings")
    assert failing is not None
    assert failing.outcome is Outcome.FAIL
    assert failing.figures == {"offset": 64, "got": "0xdead"}
    assert report.check("no.such.check") is None
    assert len(report.checks) == len(written["checks"])
    assert report.comparison is not None


def test_there_is_no_key_that_is_not_known_here(written: dict[str, Any]) -> None:
    missing: set[str] = set()

    def look(value: object, kind: Any, where: str) -> None:  # noqa: ANN401
        kinds = [kind, *get_args(kind), *(k for a in get_args(kind) for k in get_args(a))]
        known = next((k for k in kinds if dataclasses.is_dataclass(k)), None)
        if isinstance(value, list):
            for each in value:
                look(each, kind, where)
        elif isinstance(value, dict) and known is not None:
            hints = get_type_hints(known)
            for key, inner in value.items():
                if key in hints:
                    look(inner, hints[key], f"{where}.{key}")
                else:
                    missing.add(f"{where}.{key}")

    look(written, Report, "report")
    assert missing == set()


@pytest.mark.parametrize(
    ("version", "words"),
    [
        (2, "schema version 2.*reads version 1: install a newer board-check-labgrid"),
        (0, "schema version 0.*reads version 1: install a newer board-check\\."),
    ],
)
def test_another_schema_version_is_refused(
    written: dict[str, Any], version: int, words: str
) -> None:
    text = json.dumps(written | {"schema_version": version}).encode()
    with pytest.raises(BoardCheckError, match=words):
        Report.read(text)


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b'{"schema_version": "1"}', b'{"schema_version": 1}', b"\xff"]
)
def test_what_is_no_report_is_refused(text: bytes) -> None:
    with pytest.raises(BoardCheckError, match=r"^x\.json is no JSON report of board-check: "):
        Report.read(text, "x.json")


def test_a_new_key_does_no_harm(written: dict[str, Any]) -> None:
    Report.read(json.dumps(written | {"new": 1}).encode())


def test_a_value_of_another_type_is_named(written: dict[str, Any]) -> None:
    written["checks"][2]["outcome"] = "maybe"
    with pytest.raises(BoardCheckError, match=r"\$\.checks\[2\]\.outcome|\$\.checks\[\.\.\.\]"):
        Report.read(json.dumps(written).encode())
