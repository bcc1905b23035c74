"""Sheet: a table of values with what each column holds, written as text, CSV or LaTeX."""

import csv
import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ecoopt.report.numbers import MISSING, percent

Value = str | int | float | tuple[float, float] | None
Holds = Literal["text", "count", "share", "interval", "rank", "seconds", "probability"]


@dataclass(frozen=True)
class Column:
    """A column: its head, and what its values are.

    A share is written in percent, an interval is one of shares.
    """

    head: str
    holds: Holds = "text"


@dataclass(frozen=True)
class Sheet:
    """A table.

    Parameters
    ----------
    name : str
        Name in files.
    caption : str
        What it shows, in a sentence.
    columns : tuple of Column
        Its columns; the first names the rows.
    rows : tuple of tuple
        Values, None where there is none.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]

    def cells(self) -> list[list[str]]:
        """Return the values as text for people."""
        return [[shown(value, column.holds) for value, column in zip(row, self.columns, strict=True)]
                for row in self.rows]

    def csv(self) -> str:
        """Return the values as CSV; shares are shares there, and their heads without the percent sign."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        heads = [[f"{c.head} low", f"{c.head} high"] if c.holds == "interval" else [c.head.removesuffix(" %")]
                 for c in self.columns]
        writer.writerow([head for part in heads for head in part])
        for row in self.rows:
            parts = [(value if isinstance(value, tuple) else (None, None)) if column.holds == "interval" else (value,)
                     for value, column in zip(row, self.columns, strict=True)]
            writer.writerow(["" if value is None else value for part in parts for value in part])
        return text.getvalue()

    def latex(self) -> str:
        """Return the table for a document that uses the package booktabs."""
        layout = "".join("l" if column.holds == "text" else "r" for column in self.columns)
        lines = [rf"% {self.name}, written by ecoopt", r"\begin{table}", r"\centering",
                 rf"\caption{{{_latex(self.caption)}}}", rf"\label{{tab:{self.name}}}",
                 rf"\begin{{tabular}}{{{layout}}}", r"\toprule",
                 rf"{' & '.join(_latex(column.head) for column in self.columns)} \\", r"\midrule"]
        lines += [rf"{' & '.join(map(_latex, cells))} \\" for cells in self.cells()]
        return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}", ""])


def shown(value: Value, holds: Holds) -> str:
    """Return a value as text."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return MISSING if math.isnan(value[0]) else f"{percent(value[0])} to {percent(value[1])}"
    return _WRITTEN[holds](value)


def _seconds(value: float) -> str:
    return f"{value:.2f}" if value < 100 else f"{value:,.0f}"


def _probability(value: float) -> str:
    return "< 0.0001" if value < 1e-4 else f"{value:.4f}" if value < 0.1 else f"{value:.2f}"


_WRITTEN: dict[Holds, Callable[[float], str]] = {
    "text": str, "count": lambda value: f"{value:,.0f}", "share": percent, "interval": percent,
    "rank": lambda value: f"{value:.2f}", "seconds": _seconds, "probability": _probability}

_ESCAPES = {"\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{",
            "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"$<$", ">": r"$>$",
            MISSING: "--"}


def _latex(text: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in text)
