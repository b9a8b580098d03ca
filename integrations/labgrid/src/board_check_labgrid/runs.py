"""The runs of a test session: each is made once, whichever item asks first."""

import fcntl
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

import attr
import msgspec
from labgrid import Environment
from labgrid.exceptions import NoResourceFoundError

from .driver import BoardCheckDriver
from .program import Selection
from .report import Report

# labgrid does not say which one.
NO_COORDINATOR = "Could not connect to coordinator"

# Some errors of labgrid have all that it knows of a place.
_PLACE = re.compile(r"Place\(name='([^']*)', .*\)(?= has )", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asked:
    """A run: of which board, and with which checks."""

    target: str
    selection: Selection

    def file_name(self) -> str:
        """For what is kept of the run; patterns have letters that file names have not."""
        if self.selection == Selection():
            return self.target
        patterns = hashlib.sha256(repr(self.selection).encode()).hexdigest()[:8]
        return f"{self.target}-{patterns}"


class Runs:
    """The runs, also of several workers of pytest-xdist."""

    def __init__(self, environment: Environment, folder: Path | None) -> None:
        """Captures and reports are kept in `folder`."""
        self._environment = environment
        self._folder = folder
        self._ended: dict[Asked, Report | str] = {}
        # Runs whose verdict has an item: not those where `-k` left it out.
        self.judged: set[Asked] = set()

    def ended(self, asked: Asked, shared: Path | None) -> Report | str:
        """Makes the run, unless it has been made, here or by another worker.

        Args:
            asked: the run
            shared: a folder that the workers share

        Returns:
            The report, or one sentence why there is none.
        """
        if asked not in self._ended:
            self._ended[asked] = self._shared(asked, shared) if shared else self._run(asked)
        return self._ended[asked]

    def _shared(self, asked: Asked, folder: Path) -> Report | str:
        """Workers that need the same run wait; the lock of one that dies is free."""
        path = folder / f"board-check-{asked.file_name()}.json"
        with path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if path.exists():
                return msgspec.json.decode(path.read_bytes(), type=Report | str)
            ended = self._run(asked)
            path.write_bytes(msgspec.json.encode(ended))
            return ended

    def _run(self, asked: Asked) -> Report | str:
        save_as = self._folder / asked.file_name() if self._folder else None
        try:
            target = self._environment.get_target(asked.target)
            driver = target.get_driver(BoardCheckDriver)
            report: Report = driver.run(
                only=asked.selection.only, skip=asked.selection.skip, save_as=save_as
            )
        except NoResourceFoundError as error:
            missing = ", ".join(sorted(str(each.display_name) for each in error.filter or ()))
            return f"{asked.target}: not available: {missing or error.msg}."
        # Whatever labgrid raises: it must not end the runs of the other boards.
        except Exception as error:
            return f"{asked.target}: {self._sentence(error)}"
        return report

    def _sentence(self, error: Exception) -> str:
        """Some errors of labgrid are attrs classes, which have their words in a field."""
        message = getattr(error, "msg", None) if attr.has(type(error)) else None
        text = message or " ".join(map(str, error.args)) or type(error).__name__
        if text == NO_COORDINATOR:
            address = self._environment.config.get_option(
                "coordinator_address", os.environ.get("LG_COORDINATOR", "127.0.0.1:20408")
            )
            return f"{text} {address}. Is it running there?"
        text = _PLACE.sub(r"\1", text)
        return text if text.endswith((".", "?", "!")) else f"{text}."
