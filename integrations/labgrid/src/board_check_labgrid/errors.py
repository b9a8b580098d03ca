"""What goes wrong before there is a report."""

from labgrid.driver import ExecutionError


class BoardCheckError(ExecutionError):
    """board-check could not be run, or what it wrote cannot be used: one sentence."""
