"""Critical difference diagram: methods by mean rank, with bars over those that cannot be told apart."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ecoopt.core.arrays import FloatArray
from ecoopt.core.words import counted
from ecoopt.metrics import RankTest
from ecoopt.plot.distributions import check_names
from ecoopt.plot.style import INK, MUTED, new_figure, style
from ecoopt.plot.words import listed, one_line, width_in

_WIDTH_IN = 7.2
_MARGIN_IN = 0.1
_AXIS_LEAST_IN = 3.0
_SCALE_IN = 0.3
_AXIS_IN = 0.72
_BAR_IN = 0.11
_NAME_IN = 0.19
_NAME_PT = 8.5
_AXIS_LABEL = "mean rank"


class Place(NamedTuple):
    """Where the axis of ranks lies, in inches from the left of the figure, and how wide that is."""

    low: float
    high: float
    begin_in: float
    per_rank_in: float
    width_in: float

    def of(self, rank: float) -> float:
        """Return where a rank lies."""
        return self.begin_in + (rank - self.low) * self.per_rank_in


def critical_difference_figure(test: RankTest, names: Sequence[str]) -> Figure:
    """Return the diagram of Demšar (2006), figure 1: the best methods at the left.

    Methods hang from the axis of mean ranks, the better half's names at the left, the others' at the right. A bar joins
    each group of methods whose mean ranks differ by less than the critical difference, which is drawn above.

    Parameters
    ----------
    test : RankTest
        Of M methods.
    names : sequence of str [M]
        Their names, all different.

    Raises
    ------
    InputError
        When the names are not M different ones.

    References
    ----------
    J. Demšar (2006), Statistical comparisons of classifiers over multiple data sets, Journal of Machine Learning
    Research 7, 1-30, section 3.2.4.
    """
    methods = len(test.mean_ranks)
    check_names(names, methods)
    order = np.argsort(test.mean_ranks, kind="stable").tolist()
    left, right = order[:(methods + 1) // 2], order[:(methods + 1) // 2 - 1:-1]
    bars = bar_levels(test)
    below_in = _AXIS_IN + 0.14 + _BAR_IN * (1 + max((level for *_, level in bars), default=-1)) + 0.14
    with style():
        labels = [f"{one_line(name)}  {rank:.2f}" for name, rank in zip(names, test.mean_ranks, strict=True)]
        place = _place(test, width_in([*labels, _AXIS_LABEL], _NAME_PT))
        figure = new_figure(place.width_in, below_in + _NAME_IN * (len(left) - 1) + 0.16, _alt(test, names, order))
        figure.set_layout_engine("none")
        axes = figure.add_axes((0, 0, 1, 1))  # in inches from the upper left corner, for names need their room
        axes.set_axis_off()
        axes.set(xlim=(0, place.width_in), ylim=(figure.get_figheight(), 0))
        _axis(axes, place, test.critical_difference)
        for low, high, level in bars:
            y = _AXIS_IN + 0.14 + _BAR_IN * level
            axes.plot([place.of(low) - 0.03, place.of(high) + 0.03], [y, y], color=INK.light, linewidth=3.2,
                      solid_capstyle="butt", zorder=3)
        for side, columns in ((-1, left), (1, right)):
            for level, m in enumerate(columns):
                _hang(axes, place, float(test.mean_ranks[m]), one_line(names[m]), side, below_in + _NAME_IN * level)
    return figure


def bar_levels(test: RankTest) -> list[tuple[float, float, int]]:
    """Return the ends of each group's bar and the level it lies on, counted from the axis so that none overlap."""
    ends: list[float] = []
    bars = []
    for group in test.groups:
        low, high = float(test.mean_ranks[group[0]]), float(test.mean_ranks[group[-1]])
        level = next((k for k, end in enumerate(ends) if end < low - 1e-9), len(ends))
        ends[level:level + 1] = [high]
        bars.append((low, high, level))
    return bars


def _place(test: RankTest, label_in: float) -> Place:
    """Return where ranks lie, so that names fit at both sides and the critical difference fits above."""
    ranks: FloatArray = test.mean_ranks
    low, high = float(np.floor(ranks.min())), float(np.ceil(ranks.max()))
    if test.critical_difference > high - low:
        low, high = 1.0, float(len(ranks))
    begin = _MARGIN_IN + label_in + 0.2
    width = max(_WIDTH_IN, 2 * begin + _AXIS_LEAST_IN)
    return Place(low, high, begin, (width - 2 * begin) / max(high - low, test.critical_difference), width)


def _axis(axes: Axes, place: Place, difference: float) -> None:
    """Draw the axis of ranks with its ticks, and the critical difference above it."""
    axes.plot([place.of(place.low), place.of(place.high)], [_AXIS_IN] * 2, color=MUTED.light, linewidth=0.8)
    step = next(step for step in (1, 2, 5, 10) if step * place.per_rank_in >= 0.24 or step == 10)
    for rank in range(int(place.low), int(place.high) + 1):
        labelled = (rank - int(place.low)) % step == 0
        axes.plot([place.of(rank)] * 2, [_AXIS_IN - (0.06 if labelled else 0.035), _AXIS_IN], color=MUTED.light,
                  linewidth=0.8)
        if labelled:
            axes.text(place.of(rank), _AXIS_IN - 0.09, str(rank), ha="center", va="bottom", fontsize=8)
    axes.text(place.begin_in - 0.12, _AXIS_IN, _AXIS_LABEL, ha="right", va="center")
    ends = place.begin_in, place.begin_in + difference * place.per_rank_in
    axes.plot(ends, [_SCALE_IN] * 2, color=INK.light, linewidth=1.2)
    for end in ends:
        axes.plot([end] * 2, [_SCALE_IN - 0.05, _SCALE_IN + 0.05], color=INK.light, linewidth=1.2)
    axes.text(place.begin_in, _SCALE_IN - 0.09, f"critical difference {difference:.2f}", ha="left", va="bottom")


def _hang(axes: Axes, place: Place, rank: float, name: str, side: int, y: float) -> None:
    """Draw a method's elbow from the axis down and out to its name, at the left (-1) or at the right (1)."""
    end = place.begin_in - 0.12 if side < 0 else place.width_in - place.begin_in + 0.12
    axes.plot([place.of(rank), place.of(rank), end], [_AXIS_IN, y, y], color=MUTED.light, linewidth=0.8, zorder=2)
    text = f"{name}  {rank:.2f}" if side < 0 else f"{rank:.2f}  {name}"
    axes.text(end + side * 0.05, y, text, ha="right" if side < 0 else "left", va="center", fontsize=_NAME_PT)


def _alt(test: RankTest, names: Sequence[str], order: Sequence[int]) -> str:
    """Return what the picture shows, in words."""
    ranks = "; ".join(f"{names[m]} {test.mean_ranks[m]:.2f}" for m in order)
    groups = "; ".join(listed([names[m] for m in group]) for group in test.groups)
    alike = f"Not told apart: {groups}." if groups else "All are told apart."
    return (f"Mean ranks of {counted(len(names), 'method')}, from best to worst: {ranks}. Friedman's p is "
            f"{test.p_value:.2g}; ranks {test.critical_difference:.2f} apart differ significantly. {alike}")
