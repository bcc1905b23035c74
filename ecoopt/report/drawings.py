"""Drawings: the figures of a family over all its instances, for the page and for a paper."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.result import Result
from ecoopt.metrics.primal import primal_curve
from ecoopt.metrics.profiles import pairwise_profile, performance_profile
from ecoopt.report.material import Material
from ecoopt.report.overview import Overview
from ecoopt.report.significance import Significance

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_CURVES = 8
"""Most methods in a figure of curves: those with the smallest mean gaps."""

FIRST_S = 1e-3
"""Shortest time that is told from none."""

_PAIRS, _GRID = 3, 120


@dataclass(frozen=True)
class Drawing:
    """A figure with its name in files and its heading."""

    name: str
    title: str
    figure: "Figure"


def drawings(overview: Overview, tests: Significance | None, material: Material) -> Iterator[Drawing]:
    """Yield the figures of a family, those that its runs allow.

    Parameters
    ----------
    overview : Overview
        The family's methods over its instances.
    tests : Significance, optional
        Their tests.
    material : Material
        The results, for their traces.
    """
    names = [method.method for method in overview.searchers]
    if not names:
        return
    yield from _gaps(overview, names)
    few = names[:MOST_CURVES]
    yield from _times(overview, few)
    yield from _progress(overview, few, material)
    if tests is not None:
        yield from _ranks(overview, tests)


def _gaps(overview: Overview, names: Sequence[str]) -> Iterator[Drawing]:
    from ecoopt.plot.distributions import gap_distribution_figure
    from ecoopt.plot.gap_spread import gap_spread_figure

    kinds = {method.method: method.kind for method in overview.searchers}
    means = overview.grid(names, lambda line: math.inf if line.gap is None else line.gap)
    if np.isfinite(means).any():
        spread = {name: column[~np.isnan(column)] for name, column in zip(names, means.T, strict=True)}
        yield Drawing("gaps", "Gaps to the best proven bound, an instance each", gap_spread_figure(spread, kinds))
        runs = {name: np.concatenate([np.asarray(line.run_gaps) for table in overview.tables
                                      if (line := table.line(name)) is not None]) for name in names[:MOST_CURVES]}
        yield Drawing("gap-distribution", "Share of runs within a gap", gap_distribution_figure(runs))


def _times(overview: Overview, names: Sequence[str]) -> Iterator[Drawing]:
    from ecoopt.plot.distributions import profile_figure, target_figure

    words = f"within {100 * overview.target:g} % of the best known value"
    times = {name: np.concatenate([np.asarray(line.run_targets_s) for table in overview.tables
                                   if (line := table.line(name)) is not None]) for name in names}
    if any(np.isfinite(column).any() for column in times.values()):
        yield Drawing("time-to-target", f"Time to {words}", target_figure(times, target_text=words))
    costs = overview.grid(names, lambda line: max(line.target_s, FIRST_S))
    costs = costs[~np.isnan(costs).any(axis=1)]
    if len(names) < 2 or len(costs) < 2 or not np.isfinite(costs).any():
        return
    yield Drawing("profile", f"Performance profile of the time to {words}",
                  profile_figure(performance_profile(costs), names))
    for other in range(1, min(len(names), 1 + _PAIRS)):
        pair = [names[0], names[other]]
        yield Drawing(f"profile-{other}", f"{pair[0]} and {pair[1]} alone",
                      profile_figure(pairwise_profile(costs, 0, other), pair))


def _progress(overview: Overview, names: Sequence[str], material: Material) -> Iterator[Drawing]:
    """Yield the primal gaps over time of the methods that take time."""
    from ecoopt.plot.progress import progress_figure

    best = {table.digest: table.best_objective for table in overview.tables}
    runs: dict[str, list[Result]] = {name: [] for name in names}
    for result in material.results:
        if result.family == overview.family and result.name in runs and best[result.instance_digest] is not None:
            runs[result.name].append(result)
    moving = {name: own for name, own in runs.items() if any(len(result.trace) > 1 for result in own)}
    if not moving:
        return
    end_s = max(max(result.wall_s, *(p.seconds for p in result.trace), FIRST_S)
                for own in moving.values() for result in own if result.trace)
    times_s = np.geomspace(FIRST_S, max(end_s, 10 * FIRST_S), _GRID)
    gaps = {name: np.array([_gap_over_time(result, best[result.instance_digest], times_s) for result in own])
            for name, own in moving.items()}
    yield Drawing("progress", "Primal gap over time, median and quartiles of all runs", progress_figure(times_s, gaps))


def _gap_over_time(result: Result, best: float | None, times_s: FloatArray) -> FloatArray:
    points = [(p.seconds, p.incumbent) for p in result.trace if p.incumbent is not None]
    seconds, incumbents = zip(*points, strict=True) if points else ((), ())
    assert best is not None
    return primal_curve(seconds, incumbents, best).at(times_s)


def _ranks(overview: Overview, tests: Significance) -> Iterator[Drawing]:
    from ecoopt.plot.critical_difference import critical_difference_figure
    from ecoopt.plot.win_matrix import win_matrix_figure

    if tests.ranks is not None:
        yield Drawing("ranks", "Mean ranks, and what cannot be told apart",
                      critical_difference_figure(tests.ranks, tests.names))
    yield Drawing("wins", "Share of instances on which the row beats the column",
                  win_matrix_figure(tests.tally, tests.names))
