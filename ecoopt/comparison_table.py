"""The comparison as a table for people: one line per instance and method, over its seeds."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ecoopt.core.status import Status

if TYPE_CHECKING:
    from rich.table import Table

    from ecoopt.comparison import Comparison, Row

_STYLES = {Status.OPTIMAL: "green", Status.ERROR: "red", Status.NONE: "yellow", Status.INFEASIBLE: "yellow"}


def table(comparison: "Comparison") -> "Table":
    """Return the table of a comparison; columns that would only repeat are left out."""
    from rich.table import Table
    from rich.text import Text

    groups = _groups(comparison.rows)
    seeds = max((len(rows) for rows in groups), default=1) > 1
    heads = ["instance", "method", "status", *(["runs"] if seeds else []), "objective", "best bound", "gap %",
             *(["worst %"] if seeds else []), "behind best %", "seconds"]
    result = Table(*heads, title="gap to the best proven bound" + (", mean over the seeds" if seeds else ""))
    for column in result.columns[3:]:
        column.justify = "right"
    seen = ""
    for rows in groups:
        first = rows[0]
        status = _status(rows)
        cells = [first.instance if first.instance_digest != seen else "", first.label, status,
                 *([str(len(rows))] if seeds else []), _number(_mean, (r.objective for r in rows)),
                 "-" if first.best_bound is None else f"{first.best_bound:.6g}",
                 _percent(_mean, (r.gap for r in rows)), *([_percent(max, (r.gap for r in rows))] if seeds else []),
                 _percent(_mean, (r.behind_best for r in rows)), f"{_mean([r.wall_s for r in rows]):.2f}"]
        style = next((style for status, style in _STYLES.items() if any(r.status is status for r in rows)), "")
        result.add_row(*(Text(cell, style=style if index == 2 else "") for index, cell in enumerate(cells)))
        seen = first.instance_digest
    return result


def _groups(rows: Iterable["Row"]) -> list[list["Row"]]:
    """Return the rows by instance and method, in order of appearance."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.instance_digest, row.label), []).append(row)
    return list(groups.values())


def _status(rows: list["Row"]) -> str:
    """Return the statuses of some runs, each once, with why they stopped."""
    return ", ".join(dict.fromkeys(f"{row.status} ({row.termination})" for row in rows))


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _number(summary: Callable[[list[float]], float], values: Iterable[float | None]) -> str:
    """Return the summary of the values there are."""
    there = [value for value in values if value is not None]
    return f"{summary(there):.6g}" if there else "-"


def _percent(summary: Callable[[list[float]], float], values: Iterable[float | None]) -> str:
    """Return the summary of the shares there are, in percent; ``-`` when one run has none."""
    there = list(values)
    shares = [value for value in there if value is not None]
    return f"{100 * summary(shares):.3f}" if shares and len(shares) == len(there) else "-"
