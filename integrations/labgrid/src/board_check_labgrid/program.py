"""The program board-check, as a process."""

import signal
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import msgspec

from .errors import BoardCheckError
from .report import Report

EXIT_USAGE = 2
EXIT_NO_CHECKS = 5

# To say what it has when it is interrupted, and to close its port.
GRACE_SECONDS = 10.0
LIST_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Selection:
    """Patterns of checks, as `--only` and `--skip` take them."""

    only: str | None = None
    skip: str | None = None

    def arguments(self) -> list[str]:
        """For the command line."""
        only = ["--only", self.only] if self.only is not None else []
        skip = ["--skip", self.skip] if self.skip is not None else []
        return only + skip


@dataclass(frozen=True, slots=True)
class _Listed:
    name: str


@dataclass(frozen=True, slots=True)
class Program:
    """Where it is."""

    path: str

    def names(self, selection: Selection) -> list[str]:
        """The checks that a run has, in their order.

        Raises:
            BoardCheckError: it cannot be started, or none is selected.
        """
        command = [self.path, "list", "--format", "json", *selection.arguments()]
        try:
            done = subprocess.run(command, capture_output=True, timeout=LIST_SECONDS, check=False)
        except OSError as error:
            raise self._not_started(error) from None
        except subprocess.TimeoutExpired:
            raise BoardCheckError(
                f"{self.path} list did not end within {LIST_SECONDS:.0f} s. Is it board-check?"
            ) from None
        if done.returncode == EXIT_NO_CHECKS:
            raise BoardCheckError(f"{' '.join(selection.arguments())} selects no check.")
        if done.returncode != 0:
            raise BoardCheckError(
                f"{self.path} list ended with {done.returncode}: {_last_line(done.stderr)}"
            )
        try:
            return [listed.name for listed in msgspec.json.decode(done.stdout, type=list[_Listed])]
        except msgspec.DecodeError as error:
            raise BoardCheckError(
                f"{self.path} list wrote no list of checks: {error}. Is it board-check?"
            ) from None

    def run(
        self, arguments: Sequence[str], limit_seconds: float, log: Callable[[str], None]
    ) -> Report:
        """Runs the checks of a board. `log` gets each line that is meant for people.

        After `limit_seconds` it is interrupted, and says what it has till then.

        Raises:
            BoardCheckError: it cannot be started, or leaves no report.
        """
        command = [self.path, *arguments, "--out", "json=-"]
        said: list[str] = []
        with tempfile.TemporaryFile() as out:
            try:
                process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE
                )
            except OSError as error:
                raise self._not_started(error) from None
            reader = Thread(target=_read_lines, args=(process, said, log), daemon=True)
            reader.start()
            try:
                _wait(process, limit_seconds)
            finally:
                # Also after Ctrl-C in the test run: the port must be free for the next one.
                if process.poll() is None:
                    process.kill()
                    process.wait()
                reader.join(GRACE_SECONDS)
            out.seek(0)
            text = out.read()
        if not text.strip():
            last = said[-1] if said else "it said nothing"
            raise BoardCheckError(
                f"{self.path} ended with {process.returncode} and left no report: {last}"
            )
        report = Report.read(text, f"What {self.path} wrote")
        if report.exit_code != process.returncode:
            raise BoardCheckError(
                f"{self.path} ended with {process.returncode}, and its report says"
                f" {report.exit_code}: nothing can be concluded."
            )
        return report

    def _not_started(self, error: OSError) -> BoardCheckError:
        return BoardCheckError(
            f"{self.path} cannot be started: {error.strerror}. Is board-check installed on this"
            " machine? `tools: {board-check: PATH}` of the environment says where it is."
        )


def report_arguments(save_as: Path | None) -> list[str]:
    """Keeps capture, JSON report and page of a run beside each other."""
    if save_as is None:
        return []
    save_as.parent.mkdir(parents=True, exist_ok=True)
    outputs = [f"--out={name}={save_as}.{name}" for name in ("json", "html")]
    return [*outputs, f"--capture={save_as}.capture"]


def _wait(process: "subprocess.Popen[bytes]", limit_seconds: float) -> None:
    try:
        process.wait(limit_seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _read_lines(
    process: "subprocess.Popen[bytes]", said: list[str], log: Callable[[str], None]
) -> None:
    assert process.stderr is not None
    with process.stderr:
        for line in process.stderr:
            text = line.decode(errors="backslashreplace").rstrip()
            if text:
                said.append(text)
                log(text)


def _last_line(text: bytes) -> str:
    lines = text.decode(errors="backslashreplace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
