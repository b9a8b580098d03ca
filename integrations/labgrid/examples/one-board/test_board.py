"""Each check of the board is an item of its own."""

import pytest

from board_check_labgrid import BoardCheckStrategy
from board_check_labgrid.plugin import BoardCheck


@pytest.fixture(scope="session", autouse=True)
def switched_on(strategy: BoardCheckStrategy) -> None:
    """The board starts before its run, whatever it was doing."""
    strategy.transition("on")


def test_board(board_check: BoardCheck) -> None:
    """The plugin judges before this is called; here a board can be asked for more."""
    assert not board_check.report.image_faults
