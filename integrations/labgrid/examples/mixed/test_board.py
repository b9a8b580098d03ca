"""Each check of each board is an item of its own, on machines in QEMU and on boards."""

import pytest
from labgrid import Environment

from board_check_labgrid.plugin import BoardCheck


@pytest.fixture(scope="session", autouse=True)
def switched_on(env: Environment) -> None:
    """All are switched on first: they start beside each other.

    Not for `pytest -n`: each worker would switch off what the others are judging.
    """
    for name in env.config.get_targets():
        env.get_target(name).get_strategy().transition("on")


def test_board(board_check: BoardCheck) -> None:
    """The plugin has judged it when this is called."""
