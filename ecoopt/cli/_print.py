"""Printing: JSON for machines, tables for people."""

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from ecoopt.core.record import Record
    from ecoopt.core.result import Result
    from ecoopt.core.score import Score


def say(text: str) -> None:
    """Write one line to stderr, unprintable characters replaced."""
    line = " ".join(text.split())
    typer.echo("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line), err=True)


def print_json(content: "Record | Mapping[str, Any]") -> None:
    """Write a record as JSON to stdout."""
    from ecoopt.core.files import encode

    typer.echo(encode(content, "output").decode(), nl=False)


def print_table(table: "Table") -> None:
    """Write a table to stdout, as wide as it needs when that is no terminal."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=400)
    console.print(table)


def print_facts(title: str, rows: Iterable[tuple[str, ...]], heads: tuple[str, ...] = ()) -> None:
    """Write a titled table of plain text to stdout."""
    from rich.table import Table
    from rich.text import Text

    typer.echo(title)
    table = Table(*(heads or ("", "")), show_header=bool(heads))
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    print_table(table)


def number(value: float | None) -> str:
    """Return a number for people."""
    return "-" if value is None or not math.isfinite(value) else f"{value:.9g}"


def result_rows(result: "Result") -> list[tuple[str, str]]:
    """Return what people want to know of a result."""
    gap = result.gap
    rows = [
        ("instance", result.instance_name), ("method", f"{result.method}, seed {result.seed}"),
        ("status", f"{result.status} ({result.termination})"), ("objective", number(result.objective)),
        ("bound", number(result.bound)), ("gap", f"{100 * gap:.4f} %" if math.isfinite(gap) else "-"),
        ("seconds", f"{result.wall_s:.2f}"), ("iterations", str(result.iterations))]
    if "reason" in result.details:
        rows.append(("reason", str(result.details["reason"])))
    return rows + [("note", note) for note in result.notes]


def score_rows(score: "Score") -> list[tuple[str, str, str]]:
    """Return objective, terms and violations as rows of name, value and unit."""
    rows = [("objective", number(score.objective), "")]
    rows += [(name, number(term.value), term.unit) for name, term in score.terms.items()]
    return rows + [(f"VIOLATION {v.what} at {v.where}", f"by {number(v.by)}", v.unit) for v in score.violations]
