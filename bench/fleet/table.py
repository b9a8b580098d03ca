"""Tables and budgets, for the terminal and for docs/performance.md."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """How much of something there may be."""

    what: str
    measured: str
    budget: str
    met: bool


def write(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints a table."""
    print(f"{title}\n")
    # Names on the left, figures on the right.
    rule = ["---", *["---:"] * (len(head) - 1)]
    for row in (head, rule, *rows):
        print(f"| {' | '.join(row)} |")
    print(flush=True)


def write_budgets(budgets: Sequence[Budget]) -> None:
    """Prints how each is met."""
    rows = [
        [each.what, each.measured, each.budget, "yes" if each.met else "NO"] for each in budgets
    ]
    write("The budgets:", ("figure", "measured", "budget", "met"), rows)
