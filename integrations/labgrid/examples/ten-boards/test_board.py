"""Each check of each board is an item of its own."""

from board_check_labgrid.plugin import BoardCheck


def test_board(board_check: BoardCheck) -> None:
    """The plugin has judged it when this is called."""
