"""Gap spread: how the gaps of each method scatter over runs, as boxes and as single dots."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cbook import boxplot_stats
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.words import counted
from ecoopt.plot.scales import zero_scale
from ecoopt.plot.style import INK, KINDS, MUTED, OTHERS, new_figure, style
from ecoopt.plot.words import one_line, percent

_WIDTH_IN = 6.4
_ROW_IN = 0.26
_GOLDEN = (np.sqrt(5) - 1) / 2


def gap_spread_figure(gaps_by_name: Mapping[str, ArrayLike], kinds: Mapping[str, str]) -> Figure:
    """Return a box plot per method, from the smallest median gap down.

    A box reaches from quartile to quartile around the median, whiskers to the last value within 1.5 times that width
    (Tukey); dots are single runs. The axis is in percent, linear near 0 and logarithmic beyond. Runs that found nothing
    are not in the box; they are counted at the right.

    Parameters
    ----------
    gaps_by_name : mapping of str to float array [runs]
        Gap of each run as a share, 0.01 for one percent; infinite or NaN for a run that found nothing.
    kinds : mapping of str to str
        Kind of each method, which gives dots their colour; others than those of `KINDS` are drawn in ink.

    Raises
    ------
    InputError
        When there are no methods, one has no run, or gaps are negative.
    """
    gaps = {name: np.asarray(gap, dtype=np.float64) for name, gap in gaps_by_name.items()}
    _check(gaps)
    found = {name: 100 * gap[np.isfinite(gap)] for name, gap in gaps.items()}
    middle = {name: float(np.median(gap)) if len(gap) else np.inf for name, gap in found.items()}
    rows = sorted(gaps, key=lambda name: middle[name])
    lost = {name: len(gaps[name]) - len(found[name]) for name in rows}
    with style():
        figure = new_figure(_WIDTH_IN, 1.0 + _ROW_IN * len(rows), _alt(rows, found, lost))
        axes = figure.subplots()
        zero_scale(axes, "x", np.concatenate(list(found.values())))
        for place, name in enumerate(rows):
            if len(found[name]):
                _box(axes, place, found[name])
                _dots(axes, place, found[name], kinds.get(name, ""))
            if lost[name]:
                axes.annotate(f"{lost[name]} found nothing", (1, place), xycoords=("axes fraction", "data"),
                              xytext=(3, 0), textcoords="offset points", va="center", fontsize=7.5)
        axes.set_yticks(range(len(rows)), [one_line(name) for name in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("gap (%)")
        _legend(figure, [kinds.get(name, "") for name in rows])
    return figure


def _box(axes: Axes, place: int, gap: FloatArray) -> None:
    """Draw box, median and whiskers of one method."""
    box = boxplot_stats(gap)[0]
    axes.barh(place, box["q3"] - box["q1"], left=box["q1"], height=0.62, color=OTHERS.light, alpha=0.5, linewidth=0,
              zorder=1)
    for low, high in ((box["whislo"], box["q1"]), (box["q3"], box["whishi"])):
        axes.plot([low, high], [place, place], color=MUTED.light, linewidth=0.8, zorder=2)
    axes.plot([box["med"]] * 2, [place - 0.36, place + 0.36], color=INK.light, linewidth=1.6, zorder=4,
              solid_capstyle="butt")


def _dots(axes: Axes, place: int, gap: FloatArray, kind: str) -> None:
    """Draw the single values, moved up and down by multiples of the golden ratio so that few cover each other."""
    shade, marker = KINDS.get(kind, (INK, "v"))
    offset = (np.arange(len(gap)) * _GOLDEN % 1 - 0.5) * 0.44
    axes.scatter(np.sort(gap), place + offset, s=9, marker=marker, color=shade.light, alpha=0.65, linewidths=0,
                 zorder=3)


def _legend(figure: Figure, kinds: list[str]) -> None:
    """Explain the colours of the dots."""
    shown = [kind for kind in (*KINDS, *sorted(set(kinds) - KINDS.keys())) if kind in kinds]
    handles = [Line2D([], [], linestyle="", marker=marker, markersize=4, markeredgewidth=0, color=shade.light,
                      label=kind or "method") for kind in shown for shade, marker in [KINDS.get(kind, (INK, "v"))]]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))


def _check(gaps: Mapping[str, FloatArray]) -> None:
    """Raise InputError with all that cannot be drawn."""
    problems = [] if gaps else [Problem("gaps_by_name", "is empty", "give at least one method")]
    problems += [Problem(f"gaps_by_name[{name}]", "is empty, negative or no row of numbers", "give one per run")
                 for name, gap in gaps.items() if gap.ndim != 1 or not len(gap) or (gap < 0).any()]
    if problems:
        raise InputError("plot", problems)


def _alt(rows: list[str], found: Mapping[str, FloatArray], lost: Mapping[str, int]) -> str:
    """Return what the picture shows, in words."""
    each = []
    for name in rows:
        middle = "no gap at all"
        if len(found[name]):
            middle = "{} ({} to {})".format(*map(percent, np.quantile(found[name], [0.5, 0.25, 0.75]) / 100))
        each.append(f"{name} {middle}{f', {lost[name]} found nothing' if lost[name] else ''}")
    return f"Gaps of {counted(len(rows), 'method')}, by rising median. Median and quartiles: {'; '.join(each)}."
