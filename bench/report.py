"""Rows of numbers with their budgets and baselines, as a table for people and as JSON for machines."""

import json
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """One number. budget: not to be passed, from docs/design.md. baseline: the same thing without the gateway, or the
    number that `value` is to be seen against; against: what that is.
    """

    name: str
    value: float
    unit: str
    budget: float | None = None
    baseline: float | None = None
    against: str = ""

    @property
    def budget_ratio(self) -> float | None:
        """Value over budget: 1.0 is just within."""
        return None if self.budget is None else self.value / self.budget

    @property
    def baseline_ratio(self) -> float | None:
        """Value over baseline."""
        return None if not self.baseline else self.value / self.baseline


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}x"


def print_heading(title: str) -> None:
    """The head of one group of rows."""
    print(f"\n{title}")
    print(f"  {'':<46}{'value':>9} {'unit':<9}{'budget':>8}{'ratio':>8}{'baseline':>10}{'ratio':>8}")


def print_row(row: Row) -> None:
    """One line, marked when over its budget."""
    over = " OVER" if row.budget_ratio is not None and row.budget_ratio > 1 else ""
    against = f"  vs {row.against}" if row.against else ""
    print(
        f"  {row.name:<46}{_number(row.value):>9} {row.unit:<9}{_number(row.budget):>8}{_ratio(row.budget_ratio):>8}"
        f"{_number(row.baseline):>10}{_ratio(row.baseline_ratio):>8}{against}{over}",
        flush=True,
    )


def write_json(path: Path, rows: Iterable[Row], *, is_quick: bool) -> None:
    """Everything printed, with the machine it was measured on."""
    machine = {"python": platform.python_version(), "kernel": platform.release(), "machine": platform.machine()}
    rendered = [asdict(row) | {"budget_ratio": row.budget_ratio, "baseline_ratio": row.baseline_ratio} for row in rows]
    path.write_text(json.dumps({"machine": machine, "quick": is_quick, "rows": rendered}, indent=2) + "\n")
