"""The gap matrix: methods down, instances across, for the terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ecoopt.core.method import Kind
from ecoopt.report.lines import Line, Table, mean, methods_of
from ecoopt.report.numbers import MISSING, number_text, percent

if TYPE_CHECKING:
    from rich.table import Table as RichTable


def gap_matrix(found: Sequence[Table]) -> "RichTable":
    """Return the gaps in percent to each instance's best proven bound, with mean terms and seconds, by mean gap.

    A method that gives a bound alone shows how far below the best objective that bound is, in brackets.
    """
    from rich.table import Table as RichTable
    from rich.text import Text

    terms = list(dict.fromkeys(term for table in found for term in table.terms))
    result = RichTable(title="gap to the best proven bound, %", caption="(in brackets: bound alone, its distance to "
                       "the best objective)", pad_edge=False)
    for head in ("method", "kind"):
        result.add_column(head, no_wrap=True)
    for head in [*(table.instance for table in found), *(words(*term) for term in terms), "seconds"]:
        result.add_column(head, justify="right", overflow="fold")
    for method, kind in sorted_methods(found):
        lines = [table.line(method) for table in found]
        cells = [method, kind, *(matrix_cell(table, line) for table, line in zip(found, lines, strict=True))]
        for term in terms:
            value = mean(line.terms[table.terms.index(term)] if line and term in table.terms else None
                         for table, line in zip(found, lines, strict=True))
            cells.append(number_text(value, 4))
        seconds = sum(line.wall_s for line in lines if line)
        cells.append(f"{seconds:.2f}")
        result.add_row(*(Text(cell, style="green" if cell.endswith("*") else "") for cell in cells))
    return result


def sorted_methods(found: Sequence[Table]) -> list[tuple[str, str]]:
    """Return name and kind of every method by rising mean gap, those without one first; of equals, proofs first."""

    def place(entry: tuple[str, str]) -> tuple[float, int]:
        gaps = [line.gap for table in found if (line := table.line(entry[0])) is not None and line.gap is not None]
        return (sum(gaps) / len(gaps) if gaps else -1.0, kind_rank(entry[1]))

    return sorted(methods_of(found), key=place)


def kind_rank(kind: str) -> int:
    """Return the place of a kind of method, those with proofs first."""
    order = [known.value for known in Kind]
    return order.index(kind) if kind in order else len(order)


def matrix_cell(table: Table, line: Line | None) -> str:
    """Return a method's gap on an instance: an asterisk says proven optimal, brackets that there is a bound alone."""
    if line is None:
        return ""
    if line.failed:
        return "error"
    if line.gap is not None:
        return percent(line.gap) + (" *" if line.optimal else "")
    if line.bound is not None and table.best_objective is not None:
        return f"({percent(abs(table.best_objective - line.bound) / max(abs(table.best_objective), 1e-9))})"
    return MISSING


def words(term: str, unit: str) -> str:
    """Return the name of a term as the head of a column."""
    base, _, last = term.rpartition("_")
    name = base if base and last == unit.lower() else term
    return name.replace("_", " ") + (f" ({unit})" if unit else "")
