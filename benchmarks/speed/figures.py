"""Figures: what a case measured next to its reference or the clock, whether that is enough, and the table of all."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One number that counts; seconds are those of the fastest round, per `unit` where there is one."""

    case: str
    ours_s: float
    value: float
    measure: str
    reference: str = ""
    reference_s: float | None = None
    unit: str = ""
    wanted: str = ""
    met: bool | None = None

    def __str__(self) -> str:
        digits = ",.0f" if self.value >= 100 else ".3g"
        return f"{self.value:{digits}} {self.measure} {self.reference}".rstrip()


def ratio(
    case: str, ours_s: float, reference: str, reference_s: float, unit: str = "", *, at_least: float | None = None,
    at_most: float | None = None,
) -> Figure:
    """Return how many times as fast as its reference a case is, or as long; without a limit, whichever is above 1."""
    if at_least is not None and at_most is not None:
        raise ValueError(f"{case}: a ratio has one limit, at_least or at_most")
    fast, long = reference_s / ours_s, ours_s / reference_s
    if at_least is not None:
        value, wanted, met = fast, f"at least {at_least:g}", fast >= at_least
    elif at_most is not None:
        value, wanted, met = long, f"at most {at_most:g}", long <= at_most
    else:
        value, wanted, met = max(fast, long), "", None
    measure = "times as fast as" if value == fast else "times as long as"
    return Figure(case, ours_s, value, measure, reference, reference_s, unit, wanted, met)


def ceiling(case: str, ours_s: float, unit: str = "", *, ms: float) -> Figure:
    """Return the milliseconds of a case next to the most that it may take."""
    measure = f"ms per {unit}" if unit else "ms"
    return Figure(case, ours_s, 1e3 * ours_s, measure, unit=unit, wanted=f"at most {ms:g}", met=1e3 * ours_s <= ms)


def table(figures: Iterable[Figure]) -> Iterator[str]:
    """Yield the lines of the table for people."""
    verdict = {True: "met", False: "MISSED", None: ""}
    rows = [("case", "ours", "reference", "figure", "passes", "")] + [
        (f.case, duration(f.ours_s, f.unit), "" if f.reference_s is None else duration(f.reference_s, f.unit),
         str(f), f.wanted, verdict[f.met]) for f in figures]
    yield from aligned(rows)


def duration(seconds: float, unit: str = "") -> str:
    """Return seconds with three digits and a fitting prefix."""
    scale, prefix = next((s for s in ((1.0, ""), (1e-3, "m"), (1e-6, "u")) if seconds >= s[0]), (1e-9, "n"))
    return f"{seconds / scale:.3g} {prefix}s" + f"/{unit}" * bool(unit)


def aligned(rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Yield rows as lines whose columns begin below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
