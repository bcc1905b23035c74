"""Overview: each method of a family over all instances, in the figures that people publish."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.metrics.bootstrap import mean_interval
from ecoopt.metrics.means import shifted_geometric_mean
from ecoopt.report.lines import Line, Table

TIME_SHIFT_S = 10.0
"""Shift of the geometric mean of seconds, so that runs of a moment do not rule it."""

_ROUNDING = 9


@dataclass(frozen=True)
class MethodSummary:
    """A method over the instances of a family.

    Gaps and distances are shares. An instance counts with the mean over its seeds; those on which a run has no schedule
    have no gap, and are told by `solved`.

    Parameters
    ----------
    method, kind : str
        The method, and what it promises.
    instances, solved : int
        Instances it ran on, and those on which every run has a schedule.
    runs, proven, broken : int
        Its runs, those that proved optimality, those that failed: with an error, by a crash, or ended from outside.
    mean_gap, median_gap, worst_gap : float, optional
        Of the gaps to the best proven bound; the worst is that of a single run.
    interval : tuple of float, optional
        Bootstrap interval of the mean gap at 95 %.
    behind_best : float, optional
        Mean distance to the best known value.
    primal_integral : float, optional
        Mean, as a share of the time there was.
    reached : float
        Share of the instances on which the median run comes within the target.
    seconds : float
        Shifted geometric mean of the seconds per instance.
    bound_distance, worst_bound_distance : float, optional
        Mean and worst distance of its own bound to the best known value; None where it proves none.
    """

    method: str
    kind: str
    instances: int
    solved: int
    runs: int
    proven: int
    broken: int
    mean_gap: float | None
    median_gap: float | None
    worst_gap: float | None
    interval: tuple[float, float] | None
    behind_best: float | None
    primal_integral: float | None
    reached: float
    seconds: float
    bound_distance: float | None
    worst_bound_distance: float | None

    @property
    def gives_schedules(self) -> bool:
        """Whether it found a schedule at all, so that it has a place among the gaps."""
        return self.behind_best is not None or self.solved > 0


@dataclass(frozen=True, eq=False)
class Overview:
    """The methods of a family over its instances.

    Parameters
    ----------
    family : str
        The family.
    tables : tuple of Table [I]
        One per instance.
    methods : tuple of MethodSummary [M]
        By rising mean gap, those without one last.
    target : float
        Relative distance to the best known value that counts as reached.
    """

    family: str
    tables: tuple[Table, ...]
    methods: tuple[MethodSummary, ...]
    target: float

    @property
    def searchers(self) -> tuple[MethodSummary, ...]:
        """Those that give schedules, in the same order."""
        return tuple(method for method in self.methods if method.gives_schedules)

    def grid(self, names: Sequence[str], value: Callable[[Line], float | None]) -> FloatArray:
        """Return a value of each method on each instance, float array [I, M]; NaN where it is missing."""
        rows = [[_number(value, table.line(name)) for name in names] for table in self.tables]
        return np.array(rows, dtype=np.float64).reshape(len(self.tables), len(names))

    def ranked(self, names: Sequence[str]) -> FloatArray:
        """Return values to be small for tests of rank, float array [I, M]: 1 and the distance to the best known value.

        The median over the seeds, infinite for a failure, without what rounding leaves; instances on which a method did
        not run at all are left out.
        """
        found = self.grid(names, lambda line: 1 + round(line.behind_median, _ROUNDING))
        return found[~np.isnan(found).any(axis=1)]


def overviews(found: Sequence[Table], target: float) -> list[Overview]:
    """Return an overview per family, in order of appearance."""
    families = dict.fromkeys(table.family for table in found)
    return [_overview(family, tuple(t for t in found if t.family == family), target) for family in families]


def _overview(family: str, found: tuple[Table, ...], target: float) -> Overview:
    names = dict.fromkeys(line.method for table in found for line in table.lines)
    summaries = [_summary([(table, line) for table in found if (line := table.line(name)) is not None])
                 for name in names]
    summaries.sort(key=lambda s: (not s.gives_schedules, math.inf if s.mean_gap is None else s.mean_gap,
                                  math.inf if s.behind_best is None else s.behind_best, -s.solved))
    return Overview(family, found, tuple(summaries), target)


def _summary(places: list[tuple[Table, Line]]) -> MethodSummary:
    """Return the summary of a method's lines."""
    lines = [line for _, line in places]
    gaps = np.array([line.gap for line in lines if line.gap is not None])
    distances = [distance for table, line in places if (distance := _bound_distance(table, line)) is not None]
    interval = mean_interval(gaps) if len(gaps) > 1 else None
    return MethodSummary(
        method=lines[0].method, kind=lines[0].kind, instances=len(lines),
        solved=sum(line.solved == line.runs for line in lines), runs=sum(line.runs for line in lines),
        proven=sum(line.proven for line in lines), broken=sum(line.broken for line in lines),
        mean_gap=float(gaps.mean()) if len(gaps) else None, median_gap=float(np.median(gaps)) if len(gaps) else None,
        worst_gap=max((line.worst_gap for line in lines if line.worst_gap is not None), default=None),
        interval=interval, behind_best=_mean([line.behind_best for line in lines]),
        primal_integral=_mean([line.primal_integral for line in lines if line.solved]),
        reached=sum(math.isfinite(line.target_s) for line in lines) / len(lines),
        seconds=float(shifted_geometric_mean([line.wall_s for line in lines], TIME_SHIFT_S)),
        bound_distance=_mean(distances), worst_bound_distance=max(distances, default=None))


def _bound_distance(table: Table, line: Line) -> float | None:
    """Return how far a method's own bound is from the best known value, relative to that; None where it has none."""
    if line.bound is None or table.best_objective is None:
        return None
    return abs(table.best_objective - line.bound) / max(abs(table.best_objective), 1e-9)


def _mean(values: Sequence[float | None]) -> float | None:
    """Return the mean of the values there are."""
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else None


def _number(value: Callable[[Line], float | None], line: Line | None) -> float:
    found = None if line is None else value(line)
    return math.nan if found is None else found
