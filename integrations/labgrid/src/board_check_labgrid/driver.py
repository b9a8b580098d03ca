"""The driver that runs board-check on the serial console of a target."""

from pathlib import Path

import attr
from labgrid.driver import Driver
from labgrid.factory import target_factory
from labgrid.step import step

from .ports import line_arguments, place_of
from .program import Program, Selection, report_arguments
from .report import Report

_optional_text = attr.validators.optional(attr.validators.instance_of(str))


@target_factory.reg_driver
@attr.s(eq=False)
class BoardCheckDriver(Driver):
    """Runs board-check on a serial port, of this machine or exported.

    The port is opened for a run only. Other drivers of the same port are deactivated before.

    Args:
        board (str): rules of the board: a name that board-check knows, or the path of a
            board.toml; without it, those of the board that the image names
        shell (str): the user to log in as, where a login owns the console
        timeout (float): longest wait for the board to be ready, and then for each result, in
            seconds
        limit (float): after this time a run is interrupted, in seconds
    """

    bindings = {"port": {"SerialPort", "NetworkSerialPort"}}  # noqa: RUF012 # labgrid's form

    board: str | None = attr.ib(default=None, validator=_optional_text)
    shell: str | None = attr.ib(default=None, validator=_optional_text)
    timeout: float = attr.ib(default=30.0, converter=float)
    limit: float = attr.ib(default=1800.0, converter=float)

    def __attrs_post_init__(self) -> None:
        """Finds the program."""
        super().__attrs_post_init__()
        environment = self.target.env
        path = environment.config.get_tool("board-check") if environment else "board-check"
        self.program = Program(path)
        # The last report, for whoever asks later.
        self.report: Report | None = None

    def run(
        self, *, only: str | None = None, skip: str | None = None, save_as: Path | None = None
    ) -> Report:
        """Runs the checks and gives the report, whatever the verdict is.

        Args:
            only: only the checks that fit one of these patterns
            skip: not the checks that fit one of these patterns
            save_as: a path without suffix; `.capture`, `.json` and `.html` of the run are
                written beside each other

        Raises:
            BoardCheckError: there is no report. A port that cannot be opened is one in the report.
        """
        report: Report = self._run(Selection(only, skip), save_as)
        self.report = report
        return report

    @Driver.check_active
    @step(args=["selection"])
    def _run(self, selection: Selection, save_as: Path | None) -> Report:
        for other in self.port.clients - {self}:
            self.target.deactivate(other)
        arguments = [
            *line_arguments(self.port),
            "--timeout",
            f"{self.timeout:g}",
            "--place",
            place_of(self.target),
            *(["--board", self._rules(self.board)] if self.board else []),
            *(["--shell", self.shell] if self.shell else []),
            *selection.arguments(),
            *report_arguments(save_as),
        ]
        return self.program.run(arguments, self.limit, self.logger.info)

    def _rules(self, board: str) -> str:
        """A path is one from the folder of the environment."""
        if board.endswith(".toml") and self.target.env:
            return str(self.target.env.config.resolve_path(board))
        return board
