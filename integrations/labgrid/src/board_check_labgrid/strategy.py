"""The strategy that takes a board from off to verified."""

import enum
from typing import Any

import attr
from labgrid.factory import target_factory
from labgrid.step import step
from labgrid.strategy import Strategy, StrategyError, never_retry

from .report import Report


class Status(enum.Enum):
    """States of the board."""

    unknown = 0
    off = 1
    on = 2
    verified = 3


@target_factory.reg_driver
@attr.s(eq=False)
class BoardCheckStrategy(Strategy):
    """Takes a board to `off`, `on` (switched on, nobody has talked to it) or `verified`.

    Only a PASS is `verified`; any other verdict breaks the strategy, so that tests that come
    later do not run on that board. `report` is there in both cases.
    """

    bindings = {  # noqa: RUF012 # labgrid's form
        "power": "PowerProtocol",
        "board_check": "BoardCheckDriver",
    }

    status: Status = attr.ib(default=Status.unknown)

    @property
    def report(self) -> Report | None:
        """That of the last run."""
        report: Report | None = self.board_check.report
        return report

    @never_retry
    @step(args=["status"])
    def transition(self, status: Status | str, *, step: Any) -> None:  # noqa: ANN401 # labgrid's
        """Takes the board to `status`.

        Raises:
            StrategyError: there is no way to it, or the verdict is not PASS.
        """
        wanted = Status[status] if isinstance(status, str) else status
        if wanted is Status.unknown:
            raise StrategyError(f"can not transition to {wanted}")
        if wanted is self.status:
            step.skip("nothing to do")
            return
        if wanted is Status.off:
            self.target.deactivate(self.board_check)
            self.target.activate(self.power)
            self.power.off()
        elif wanted is Status.on:
            self.transition(Status.off)
            self.power.on()
        else:
            if self.status is not Status.on:
                self.transition(Status.on)
            self._verify()
        self.status = wanted

    def force(self, status: Status | str) -> None:
        """Says in which state the board is."""
        self.status = Status[status] if isinstance(status, str) else status

    def _verify(self) -> None:
        self.target.activate(self.board_check)
        report = self.board_check.run()
        if not report.is_pass:
            where = f" The capture is {report.capture}." if report.capture else ""
            raise StrategyError(f"{report.verdict.value}: {report.reason}{where}")
