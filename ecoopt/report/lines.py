"""Lines of the gap table: each method on each instance, over its seeds, every gap to one best proven bound."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from ecoopt.comparison import Comparison, Row
from ecoopt.core.result import Result
from ecoopt.core.status import Status
from ecoopt.metrics.targets import target_value, time_to_target
from ecoopt.plot import tradeoff_terms
from ecoopt.report.material import Material

TARGET = 0.01
"""Relative distance to the best known value that counts as reached, where nobody says another."""


@dataclass(frozen=True)
class Line:
    """A method on an instance.

    Parameters
    ----------
    method, kind : str
        The method, and what it promises.
    status : str
        Statuses of its runs, with why they stopped.
    runs, solved, proven, broken : int
        Number of its runs, of those with a schedule, of those that proved optimality, of those that failed.
    objective, bound, gap, behind_best, wall_s : float, optional
        Means over the runs; None where any run has none. `gap` is to the best proven bound of the instance.
    worst_gap : float, optional
        Largest gap of a run.
    behind_median : float
        Median over the runs of the distance to the best known value, infinite where most runs have no schedule.
    run_gaps : tuple of float
        Gap of each run, infinite for one without.
    run_targets_s : tuple of float
        Seconds of each run to within the target of the best known value, infinite for never.
    primal_integral : float, optional
        Mean over the runs, as a share of the time there was.
    optimal, failed : bool
        Whether all runs proved optimality, whether any ended in an error.
    terms : tuple of float
        Means of the terms of the table; None without a feasible schedule.
    notes : tuple of str
        Of all runs.
    """

    method: str
    kind: str
    status: str
    runs: int
    solved: int
    proven: int
    broken: int
    objective: float | None
    bound: float | None
    gap: float | None
    worst_gap: float | None
    behind_best: float | None
    behind_median: float
    run_gaps: tuple[float, ...]
    run_targets_s: tuple[float, ...]
    primal_integral: float | None
    wall_s: float
    optimal: bool
    failed: bool
    terms: tuple[float | None, ...]
    notes: tuple[str, ...]

    @property
    def target_s(self) -> float:
        """Median over the runs of the seconds to within the target, infinite where most never are."""
        return median(self.run_targets_s)


@dataclass(frozen=True)
class Table:
    """The lines of an instance.

    Parameters
    ----------
    family, instance, digest : str
        The instance, by name and by content.
    best_bound, best_objective : float, optional
        The best of all its runs.
    terms : tuple of (str, str)
        Name and unit of the terms of the score that the family trades against each other.
    lines : tuple of Line
        One per method.
    """

    family: str
    instance: str
    digest: str
    best_bound: float | None
    best_objective: float | None
    terms: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]

    def line(self, method: str) -> Line | None:
        """Return a method's line, None where it was not run."""
        return next((line for line in self.lines if line.method == method), None)


def tables(material: Material, target: float = TARGET) -> list[Table]:
    """Return a table per instance, in order of appearance.

    Parameters
    ----------
    material : Material
        The results.
    target : float
        Relative distance to the best known value that counts as reached.
    """
    found = []
    for digest, results in material.groups().items():
        rows = Comparison.of(results, material.known).rows
        by_method: dict[str, list[tuple[Row, Result]]] = {}
        for row, result in zip(rows, results, strict=True):
            by_method.setdefault(row.label, []).append((row, result))
        first = rows[0]
        terms = _units(results, tradeoff_terms(first.family) or ())
        lines = tuple(_line(runs, [name for name, _ in terms], target) for runs in by_method.values())
        found.append(Table(first.family, first.instance, digest, first.best_bound, first.best_objective, terms, lines))
    return found


def methods_of(found: Sequence[Table]) -> list[tuple[str, str]]:
    """Return name and kind of every method in some tables, in order of appearance."""
    return list(dict.fromkeys((line.method, line.kind) for table in found for line in table.lines))


def _line(runs: list[tuple[Row, Result]], terms: Sequence[str], target: float) -> Line:
    """Return the line of a method's runs."""
    rows = [row for row, _ in runs]
    behind = [math.inf if row.behind_best is None else row.behind_best for row in rows]
    gaps = [row.gap for row in rows]
    notes = dict.fromkeys(note for row in rows for note in row.notes)
    return Line(
        method=rows[0].label, kind=rows[0].kind, runs=len(rows),
        status=", ".join(dict.fromkeys(f"{row.status} ({row.termination})" for row in rows)),
        objective=mean(row.objective for row in rows), bound=mean(row.bound for row in rows), gap=mean(gaps),
        worst_gap=None if None in gaps else max(gap for gap in gaps if gap is not None),
        behind_best=mean(row.behind_best for row in rows), behind_median=median(behind),
        primal_integral=mean(row.primal_integral for row in rows),
        run_gaps=tuple(math.inf if row.gap is None else row.gap for row in rows),
        run_targets_s=tuple(_target_s(row, result, target) for row, result in runs),
        wall_s=sum(row.wall_s for row in rows) / len(rows), solved=sum(row.objective is not None for row in rows),
        proven=sum(row.status is Status.OPTIMAL for row in rows),
        broken=sum(row.failed for row in rows),
        optimal=all(row.status is Status.OPTIMAL for row in rows),
        failed=any(row.status is Status.ERROR for row in rows),
        terms=tuple(mean(_term(result, name) for _, result in runs) for name in terms), notes=tuple(notes))


def _target_s(row: Row, result: Result, target: float) -> float:
    """Return the seconds to within a relative distance of the best known value, infinite for never."""
    points = [(p.seconds, p.incumbent) for p in result.trace if p.incumbent is not None]
    if row.best_objective is None or not points or row.objective is None:
        return math.inf
    seconds, incumbents = zip(*points, strict=True)
    return time_to_target(seconds, incumbents, target_value(row.best_objective, target, result.sense), result.sense)


def _units(results: Sequence[Result], names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the terms that some result has, with their units."""
    there = {name: term.unit for r in results if r.score is not None for name, term in r.score.terms.items()}
    return tuple((name, there[name]) for name in names if name in there)


def _term(result: Result, name: str) -> float | None:
    """Return a term of a result's score, None without a feasible schedule."""
    if result.score is None or not result.feasible or name not in result.score.terms:
        return None
    return result.score.terms[name].value


def mean(values: Iterable[float | None]) -> float | None:
    """Return the mean, None where there is no value or one is missing."""
    there = list(values)
    numbers = [value for value in there if value is not None]
    return sum(numbers) / len(numbers) if numbers and len(numbers) == len(there) else None
