"""The verified console of board-check, in the place of labgrid's own."""

import shlex

import attr
from labgrid.driver import ExternalConsoleDriver
from labgrid.factory import target_factory

from .ports import line_arguments


@target_factory.reg_driver
@attr.s(eq=False)
class BoardCheckConsoleDriver(ExternalConsoleDriver):
    """A console on which what looks like a result of a check is a verified one.

    labgrid's ExternalConsoleDriver with the command `board-check console`, for a port whose
    address is only known when it is there, such as an exported one.
    """

    bindings = {"port": {"SerialPort", "NetworkSerialPort"}}  # noqa: RUF012 # labgrid's form

    cmd: str = attr.ib(default="", init=False)

    def on_activate(self) -> None:
        """Starts the command."""
        environment = self.target.env
        path = environment.config.get_tool("board-check") if environment else "board-check"
        self.cmd = shlex.join([path, "console", *line_arguments(self.port)])
        super().on_activate()
