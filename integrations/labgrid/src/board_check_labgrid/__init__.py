"""board-check in labgrid: a driver, a verified console, a strategy, and a report with types.

Name the module under `imports:` of an environment; pytest finds the plugin by itself.
"""

from .console import BoardCheckConsoleDriver
from .driver import BoardCheckDriver
from .errors import BoardCheckError
from .report import Check, Outcome, Report, Verdict
from .strategy import BoardCheckStrategy, Status

__all__ = [
    "BoardCheckConsoleDriver",
    "BoardCheckDriver",
    "BoardCheckError",
    "BoardCheckStrategy",
    "Check",
    "Outcome",
    "Report",
    "Status",
    "Verdict",
]
