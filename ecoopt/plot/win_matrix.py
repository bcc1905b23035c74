"""Win matrix: on what share of the instances the method of a row beats that of a column."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from ecoopt.core.arrays import FloatArray
from ecoopt.core.words import counted
from ecoopt.metrics import Tally
from ecoopt.plot.distributions import check_names
from ecoopt.plot.style import GRID, SERIES, new_figure, style
from ecoopt.plot.words import one_line, percent, width_in

_DARKEST = 0.55
"""Opacity of a cell that wins everything, with the numbers in ink still legible."""


def win_matrix_figure(tally: Tally, names: Sequence[str]) -> Figure:
    """Return the heat map of wins in percent, rows and columns from most to fewest wins.

    What is missing to 100 % between a cell and its mirror image are ties.

    Parameters
    ----------
    tally : Tally
        Of M methods.
    names : sequence of str [M]
        Their names, all different.

    Raises
    ------
    InputError
        When the names are not M different ones.
    """
    methods = len(tally.wins)
    check_names(names, methods)
    instances = int(tally.ties[0, 0])
    share = tally.wins / instances
    order = np.argsort(-share.sum(axis=1), kind="stable")
    share = share[np.ix_(order, order)]
    labels = [one_line(names[m]) for m in order]
    cell_in, size_pt = (0.42, 8.0) if methods <= 8 else (0.34, 7.0) if methods <= 14 else (0.28, 6.0)
    with style():
        side = cell_in * methods + width_in(labels, 8) + 0.35
        label = f"row beats column on % of {counted(instances, 'instance')}"
        width = max(side, width_in([label], 8.5) + 0.2)
        figure = new_figure(width, side + 0.3, _alt([names[m] for m in order], share, instances))
        axes = figure.subplots()
        _cells(axes, share, size_pt)
        axes.set_xticks(range(methods), labels, rotation=90)
        axes.set_yticks(range(methods), labels)
        axes.tick_params(length=0, labeltop=True, labelbottom=False)
        axes.set(xlim=(-0.5, methods - 0.5), ylim=(methods - 0.5, -0.5), aspect="equal")
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        figure.supxlabel(label, fontsize=8.5)
    return figure


def _cells(axes: Axes, share: FloatArray, size_pt: float) -> None:
    """Draw the cells and their numbers; a method is not compared with itself."""
    methods = len(share)
    row, column = np.divmod(np.arange(methods * methods), methods)
    corners = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
    squares = np.stack([column, row], axis=1)[:, None] + corners
    same = row == column
    colours = [(*to_rgba(SERIES[0].light)[:3], _DARKEST * value) for value in share.ravel()[~same]]
    axes.add_collection(PolyCollection(list(squares[~same]), facecolors=colours, edgecolors=GRID.light, linewidths=0.5))
    axes.add_collection(PolyCollection(list(squares[same]), facecolors=GRID.light, edgecolors=GRID.light,
                                       linewidths=0.5))
    for i, j in zip(row[~same].tolist(), column[~same].tolist(), strict=True):
        axes.text(j, i, f"{100 * share[i, j]:.0f}", ha="center", va="center", fontsize=size_pt)


def _alt(names: Sequence[str], share: FloatArray, instances: int) -> str:
    """Return what the picture shows, in words."""
    against = max(len(names) - 1, 1)
    each = "; ".join(f"{name} {percent(wins)}" for name, wins in zip(names, share.sum(axis=1) / against, strict=True))
    return (f"Share of {counted(instances, 'instance')} on which the method of a row beats that of a column, for "
            f"{counted(len(names), 'method')}. Mean over the others: {each}.")
