"""The JSON report of board-check, schema version 1, as values with types.

`docs/json.md` of board-check says what the keys mean; the names are the same here. Keys that
this module does not know are ignored, as that page asks for.
"""

from dataclasses import dataclass
from enum import Enum

import msgspec

from .errors import BoardCheckError

SCHEMA_VERSION = 1


class Verdict(Enum):
    """What a run proves."""

    PASS = "PASS"
    INCOMPLETE = "INCOMPLETE"
    FAIL = "FAIL"
    CRASHED = "CRASHED"


class Outcome(Enum):
    """What came of a check; missing: no record of it verified."""

    PASS = "pass"
    FAIL = "fail"
    SKIP = "skip"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for."""

    only: str | None
    skip: str | None
    fault: int


@dataclass(frozen=True, slots=True)
class Run:
    """The run that was judged."""

    nonce: str
    boot: str
    count: int
    list: str | None


@dataclass(frozen=True, slots=True)
class Check:
    """A result that the run has, or should have had."""

    number: int
    name: str
    outcome: Outcome
    milliseconds: int | None
    arrived_ms: int | None
    detail: str | None
    figures: dict[str, int | float | str]


@dataclass(frozen=True, slots=True)
class Attribute:
    """The memory types of an area."""

    area: str
    asked_for: str | None
    outcome: Outcome
    expected: str | None
    page_table: str | None
    hardware: str | None
    kernel: str | None
    linear: str | None
    honoured: bool | None


@dataclass(frozen=True, slots=True)
class Kernel:
    """What is known of the board's kernel."""

    release: str | None
    tainted: int | None
    oops: int | None
    warn: int | None
    crash: str | None
    evidence: list[str]


@dataclass(frozen=True, slots=True)
class Line:
    """What was received, and what had to be mended."""

    bytes: int
    lines: int
    damaged: int
    healed: int
    resent: int
    rounds: int


@dataclass(frozen=True, slots=True)
class Link:
    """How the board was reached."""

    port: str
    baud: int


@dataclass(frozen=True, slots=True)
class Said:
    """A line that is no record."""

    ms: int
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of two runs that were compared."""

    verdict: Verdict
    image: str | None
    kernel: str | None
    started: str | None


@dataclass(frozen=True, slots=True)
class Compared:
    """How much two runs have in common."""

    checks: int
    attributes: int
    speeds: int


@dataclass(frozen=True, slots=True)
class Change:
    """What differs between two runs."""

    kind: str
    name: str
    before: str | int | float | None
    after: str | int | float | None
    percent: float | None
    direction: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of it since the baseline."""

    conclusion: str
    before: Side
    after: Side
    tolerance_percent: float
    compared: Compared
    changes: list[Change]
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Report:
    """A run, and what it proves."""

    schema_version: int
    verdict: Verdict
    exit_code: int
    reason: str
    subset: bool
    notes: list[str]
    place: str | None
    board: str | None
    machine: str | None
    image: str | None
    image_faults: bool
    cpu: str | None
    device_end: str | None
    request: Request | None
    run: Run | None
    checks: list[Check]
    attributes: list[Attribute]
    kernel: Kernel
    line: Line
    link: Link | None
    started: str | None
    seconds: float
    capture: str | None
    comparison: Comparison | None
    log: list[Said]
    log_left_out: int

    @classmethod
    def read(cls, text: bytes, source: str = "The report") -> "Report":
        """Reads a report; `source` is what errors call it.

        Raises:
            BoardCheckError: it is no report, or of another schema version.
        """
        try:
            version = msgspec.json.decode(text, type=_Version).schema_version
            if version == SCHEMA_VERSION:
                return msgspec.json.decode(text, type=cls)
        except msgspec.DecodeError as error:
            raise BoardCheckError(
                f"{source} is no JSON report of board-check: {error}. Was it written to its end?"
            ) from None
        newer = "board-check-labgrid" if version > SCHEMA_VERSION else "board-check"
        raise BoardCheckError(
            f"{source} has schema version {version}, and this release of board-check-labgrid reads"
            f" version {SCHEMA_VERSION}: install a newer {newer}."
        )

    @property
    def is_pass(self) -> bool:
        """True if the run proves that all is well."""
        return self.verdict is Verdict.PASS and self.exit_code == 0

    def check(self, name: str) -> Check | None:
        """The check of this name, if the run has it."""
        return next((check for check in self.checks if check.name == name), None)


@dataclass(frozen=True, slots=True)
class _Version:
    schema_version: int
