"""The two ways to judge boards: by hand, and by labgrid."""

import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from board_check_labgrid import Report
from board_check_labgrid.program import Selection, report_arguments
from lab import SECONDS, Lab

# As the driver has it.
TIMEOUT = "120"

# What labgrid says of the port of a place that is acquired.
PORT = re.compile(r"'port': (\d+)")


class NotAPass(Exception):
    """What is measured must be well."""


def addresses(lab: Lab, boards: Iterable[str]) -> dict[str, str]:
    """Where the ports are now, by board."""
    found = {}
    for board in boards:
        shown = lab.client("-p", board, "show", check=True).stdout
        port = PORT.search(shown)
        if port is None:
            raise NotAPass(f"{board} has no port:\n{shown}")
        found[board] = f"rfc2217://127.0.0.1:{port[1]}"
    return found


@dataclass(frozen=True)
class Judging:
    """Some boards, and which of their checks."""

    lab: Lab
    ports: Mapping[str, str]
    selection: Selection

    def by_hand(self, *, at_once: bool) -> None:
        """A command for each board, one after the other or all at once; no labgrid."""
        self._forget()
        running = []
        for board, port in self.ports.items():
            running.append(self._start(board, port))
            if not at_once:
                running[-1].wait(10 * SECONDS)
        for board, process in zip(self.ports, running, strict=True):
            if process.wait(10 * SECONDS) != 0:
                raise NotAPass(f"By hand, {board} ended with {process.returncode}")

    def by_labgrid(self, *, at_once: bool) -> None:
        """One test run of pytest."""
        self._forget()
        environment = self.lab.write_environment(self.ports, timeout=float(TIMEOUT))
        only = self.selection.only
        options = (f"--numprocesses={len(self.ports)}", "--dist=loadgroup") if at_once else ()
        run = self.lab.pytest(environment, f"only={only!r}" if only else "", *options)
        if run.returncode != 0:
            raise NotAPass(run.stdout + run.stderr)

    def reports(self) -> list[Report]:
        """Those of the last judging; all of them are a PASS."""
        reports = self.lab.reports()
        if reports.keys() != self.ports.keys() or not all(
            each.is_pass for each in reports.values()
        ):
            raise NotAPass({board: report.reason for board, report in reports.items()})
        return list(reports.values())

    def items(self) -> ElementTree.Element:
        """What pytest says of the time of its last run."""
        suite = ElementTree.parse(self.lab.folder / "junit.xml").find("testsuite")
        if suite is None:
            raise NotAPass("pytest has written no results")
        return suite

    def _forget(self) -> None:
        shutil.rmtree(self._results(), ignore_errors=True)

    def _results(self) -> Path:
        return self.lab.folder / "results"

    def _start(self, board: str, port: str) -> "subprocess.Popen[bytes]":
        """What a person would type, with the same files as labgrid's driver leaves."""
        command = [
            str(self.lab.board_check),
            *("--port", port, "--timeout", TIMEOUT, "--place", board),
            *self.selection.arguments(),
            *report_arguments(self._results() / board),
        ]
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self.lab.environment(),
        )
