"""Progress: the primal gap of many runs over time, median and quartiles of each method."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.words import counted
from ecoopt.plot.scales import log_scale, zero_scale
from ecoopt.plot.shares import draw_curves, explain_curves
from ecoopt.plot.style import SERIES, new_figure, style
from ecoopt.plot.words import percent

_FEW = 3
"""Bands that may be as dense as is seen well; more are drawn fainter, as they cover each other."""


def progress_figure(times_s: ArrayLike, gaps_by_name: Mapping[str, ArrayLike]) -> Figure:
    """Return median (line) and quartiles (band) over runs of the primal gap in percent.

    The axis of gaps is logarithmic down to its linear part next to 0. The first ten methods have a colour and a band of
    their own, all others a line in one colour.

    Parameters
    ----------
    times_s : array_like [T]
        Seconds, ascending; those that are not positive have no place on the logarithmic axis.
    gaps_by_name : mapping of str to float array [runs, T]
        Primal gap of each run at these seconds as a share in 0..1, 1 where there is no incumbent.

    Raises
    ------
    InputError
        When seconds do not ascend, or gaps are none of that shape.
    """
    times = np.asarray(times_s, dtype=np.float64)
    gaps = {name: np.asarray(gap, dtype=np.float64) for name, gap in gaps_by_name.items()}
    _check(times, gaps)
    seen = times > 0
    times = times[seen]
    quartiles = {name: 100 * np.quantile(gap[:, seen], [0.25, 0.5, 0.75], axis=0) for name, gap in gaps.items()}
    if len(times) == 1:  # a line needs a length to be seen
        times = np.append(times, 10 * times)
        quartiles = {name: np.repeat(three, 2, axis=1) for name, three in quartiles.items()}
    runs = sorted({len(gap) for gap in gaps.values()})
    number = f"{runs[0]} to {runs[-1]} runs" if len(runs) > 1 else counted(runs[0], "run")
    end_s = float(np.max(times_s))
    with style():
        figure = new_figure(4.8, 3.5, _alt(end_s, quartiles, number))
        axes = figure.subplots()
        for shade, (low, _, high) in zip(SERIES, quartiles.values(), strict=False):
            axes.fill_between(times, low, high, step="post", color=shade.light, linewidth=0,
                              alpha=0.2 if len(gaps) <= _FEW else 0.1)
        draw_curves(axes, {name: (times, middle) for name, (_, middle, _) in quartiles.items()})
        log_scale(axes, "x", float(times[0]), float(times[-1]))
        zero_scale(axes, "y", np.stack(list(quartiles.values())))
        axes.set_xlabel("time (s)")
        axes.set_ylabel("primal gap (%)")
        axes.set_title(f"median and quartiles of {number}")
        explain_curves(figure, axes)
    return figure


def _check(times: FloatArray, gaps: Mapping[str, FloatArray]) -> None:
    """Raise InputError with all that cannot be drawn."""
    problems = []
    if times.ndim != 1 or not np.isfinite(times).all() or (np.diff(times) <= 0).any() or not (times > 0).any():
        problems.append(Problem("times_s", "are no ascending seconds above 0", "give a grid of seconds"))
    if not gaps:
        problems.append(Problem("gaps_by_name", "is empty", "give at least one method"))
    problems += [Problem(f"gaps_by_name[{name}]", "is no table of gaps in 0..1, a row per run and a column per second",
                         "give 1 where there is no incumbent") for name, gap in gaps.items()
                 if gap.ndim != 2 or not len(gap) or gap.shape[1:] != times.shape
                 or not ((gap >= 0) & (gap <= 1)).all()]
    if problems:
        raise InputError("plot", problems)


def _alt(end_s: float, quartiles: Mapping[str, FloatArray], number: str) -> str:
    """Return what the picture shows, in words."""
    ends = "; ".join(f"{name} {percent(middle / 100)} ({percent(low / 100)} to {percent(high / 100)})"
                     for name, (low, middle, high) in ((n, q[:, -1]) for n, q in quartiles.items()))
    return f"Primal gap over seconds, median and quartiles of {number}. After {end_s:.3g} s: {ends}."
