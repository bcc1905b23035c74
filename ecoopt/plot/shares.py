"""Shares: step curves of a share in 0..1 over a quantity, one per method."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.plot.scales import log_scale, span, zero_scale
from ecoopt.plot.style import OTHERS, SERIES, legend_below, new_figure, style
from ecoopt.plot.words import legend_columns, one_line

_WIDTH_IN, _HEIGHT_IN = 4.8, 3.35
_ROW_IN = 0.17
_LONGEST_TITLE = 64


def shares(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]], *, x_label: str, y_label: str, title: str, logarithmic: bool,
    alt: str,
) -> Figure:
    """Return the figure of some step curves.

    A curve jumps at each of its x to the share there, is 0 before the first and goes on at the last share to the right
    edge of the axes. The left edge is the first x of all curves. The first ten curves have a colour of their own and
    lie above the others, which share one.

    Parameters
    ----------
    curves : mapping of str to (x [K], share [K])
        By name, in the order of the legend: x ascending, shares in 0..1. K may be 0, for a curve of zeros.
    x_label, y_label, title : str
        Words at the axes and above.
    logarithmic : bool
        Whether x is scaled logarithmically; linearly near 0 where an x is 0.
    alt : str
        What the picture shows, in words.

    Raises
    ------
    InputError
        When there are no curves, or one has other than finite, ascending x and a share in 0..1 for each.
    """
    given = _checked(curves)
    low, high = span(x for x, _ in given.values()) or ((0.1, 1.0) if logarithmic else (0.0, 1.0))
    with style():
        figure = new_figure(_WIDTH_IN, _HEIGHT_IN, alt)
        axes = figure.subplots()
        _scale(axes, low, high, [x for x, _ in given.values()], logarithmic)
        axes.set_ylim(-0.02, 1.02)
        axes.yaxis.set_major_locator(MultipleLocator(0.2))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f} %"))
        edges = axes.get_xlim()
        draw_curves(axes, {name: _edge_to_edge(x, share, *edges) for name, (x, share) in given.items()})
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        axes.set_title(one_line(title, _LONGEST_TITLE))
        explain_curves(figure, axes)
    return figure


def draw_curves(axes: Axes, curves: Mapping[str, tuple[FloatArray, FloatArray]]) -> None:
    """Draw step curves of all points given: the first ten in colours of their own, above the others in one."""
    beyond = len(curves) - len(SERIES)
    for number, (name, (x, y)) in enumerate(curves.items()):
        own = number < len(SERIES)
        label = one_line(name) if own or beyond == 1 else f"{beyond} others" if number == len(SERIES) else None
        axes.step(x, y, where="post", color=(SERIES[number] if own else OTHERS).light, linewidth=1.4 if own else 0.9,
                  zorder=3 - number / 100 if own else 2, label=label or "_nolegend_")


def explain_curves(figure: Figure, axes: Axes) -> None:
    """Put the legend below the figure, and make the figure as high as it needs to be for it."""
    names = axes.get_legend_handles_labels()[1]
    columns = legend_columns(names, _WIDTH_IN)
    figure.set_size_inches(_WIDTH_IN, _HEIGHT_IN + _ROW_IN * -(-len(names) // columns))
    legend_below(figure, axes, columns)


def _edge_to_edge(x: FloatArray, share: FloatArray, left: float, right: float) -> tuple[FloatArray, FloatArray]:
    """Return a curve's points with one at each edge of the axes."""
    before = 0.0 if not len(x) or x[0] > left else float(share[0])
    last = float(share[-1]) if len(x) else 0.0
    return np.concatenate([[left], x, [right]]), np.concatenate([[before], share, [last]])


def _scale(axes: Axes, low: float, high: float, x: list[FloatArray], logarithmic: bool) -> None:
    """Let the axis begin at the first x and end a little after the last."""
    if not logarithmic:
        axes.set_xlim(low, high + (0.04 * (high - low) or 1.0))
    elif low > 0:
        log_scale(axes, "x", low, high * max((high / low) ** 0.04, 1.1) if high > low else 10 * low)
    else:
        zero_scale(axes, "x", np.concatenate(x))


def _checked(curves: Mapping[str, tuple[ArrayLike, ArrayLike]]) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Return the curves as arrays, or raise InputError with all that cannot be drawn."""
    if not curves:
        raise InputError.one("plot", "curves", "there are none", "give at least one")
    given = {name: (np.asarray(x, dtype=np.float64), np.asarray(share, dtype=np.float64))
             for name, (x, share) in curves.items()}
    problems = [Problem(f"curves[{name}]", "is none of finite, ascending x with a share in 0..1 each", "correct it")
                for name, (x, share) in given.items()
                if x.ndim != 1 or x.shape != share.shape or not np.isfinite(x).all() or (np.diff(x) < 0).any()
                or not ((share >= 0) & (share <= 1)).all()]
    if problems:
        raise InputError("plot", problems)
    return given
