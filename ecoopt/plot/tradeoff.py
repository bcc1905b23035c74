"""Trade-off: every method's schedule by two terms of its score, and the Pareto front of those that no other beats."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import AutoLocator, NullLocator, ScalarFormatter

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.core.result import Result
from ecoopt.plot.labels import place_labels
from ecoopt.plot.style import INK, KINDS, MUTED, PAPER, legend_below, new_figure, style

SAME = 0.02
"""Points closer than this share of the picture share a label."""

_WIDE_RATIO = 4.0


@dataclass(frozen=True)
class Point:
    """A method's place in the picture: both terms, the smaller the better."""

    name: str
    kind: str
    x: float
    y: float


def tradeoff(results: Sequence[Result], x_term: str, y_term: str) -> Figure:
    """Return the scatter of some results on one instance.

    Results without a feasible schedule are left out; of several seeds of a method the best objective is shown.

    Parameters
    ----------
    results : sequence of Result
        Of one instance.
    x_term, y_term : str
        Terms of the score, both to be small.

    Raises
    ------
    InputError
        When no result has a feasible schedule with both terms.
    """
    points = _points(results, x_term, y_term)
    if not points:
        raise InputError.one("plot", "results", f"none has a feasible schedule with {x_term} and {y_term}",
                             "give results of methods that find schedules")
    units = [next(r.score.terms[t].unit for r in results if r.score and t in r.score.terms) for t in (x_term, y_term)]
    place = np.array([(p.x, p.y) for p in points])
    front = pareto(place)
    names = ", ".join(points[i].name for i in front)
    with style():
        figure = new_figure(4.8, 4.3, (
            f"{_words(x_term).capitalize()} against {_words(y_term)} of {len(points)} methods; none beats these "
            f"in both: {names}."))
        axes = figure.subplots()
        _scale(axes, place)
        stairs = _stairs(axes, place[front])
        axes.plot(*stairs.T, color=MUTED.light, linewidth=1.0, linestyle=(0, (4, 2)), label="Pareto front", zorder=1)
        _markers(axes, points)
        axes.set_xlabel(_axis_label(x_term, units[0]))
        axes.set_ylabel(_axis_label(y_term, units[1]))
        legend_below(figure, axes, 3)
        place_labels(axes, place, _labels(axes, points, place), stairs)
    return figure


def pareto(points: FloatArray) -> list[int]:
    """Return the indices of the points [N, 2] that none other beats in one column without losing in the other.

    By rising first column; of equal points the first. O(N log N).
    """
    order = np.lexsort((points[:, 1], points[:, 0]))
    best = np.minimum.accumulate(points[order, 1])
    leads = np.concatenate([[True], points[order[1:], 1] < best[:-1]]) if len(order) else np.zeros(0, dtype=bool)
    return [int(i) for i in order[leads]]


def _points(results: Sequence[Result], x_term: str, y_term: str) -> list[Point]:
    """Return one point per method, in order of appearance."""
    best: dict[str, Result] = {}
    for result in results:
        if result.score is None or not result.feasible or not {x_term, y_term} <= result.score.terms.keys():
            continue
        held = best.get(result.name)
        sign = 1 if result.sense == "min" else -1
        if held is None or sign * result.score.objective < sign * held.score.objective:  # type: ignore[union-attr]
            best[result.name] = result
    return [Point(name, r.kind, r.score.terms[x_term].value, r.score.terms[y_term].value)
            for name, r in best.items() if r.score is not None]


def _scale(axes: Axes, place: FloatArray) -> None:
    """Set limits with room for labels; logarithmic where the values spread widely."""
    for values, axis, limit in ((place[:, 0], "x", axes.set_xlim), (place[:, 1], "y", axes.set_ylim)):
        low, high = float(values.min()), float(values.max())
        if low > 0 and high > _WIDE_RATIO * low:
            getattr(axes, f"set_{axis}scale")("log")
            part = getattr(axes, f"{axis}axis")
            part.set_major_locator(AutoLocator())
            part.set_major_formatter(ScalarFormatter())
            part.set_minor_locator(NullLocator())
            room = (high / low) ** 0.12
            limit(low / room, high * room)
        else:
            room = 0.12 * (high - low) or 0.05 * abs(high) or 1.0
            limit(low - room, high + room)


def _stairs(axes: Axes, front: FloatArray) -> FloatArray:
    """Return the corners of the Pareto front's staircase, out to the edges of the picture, float array [M, 2]."""
    x = np.concatenate([front[:, 0], [axes.get_xlim()[1]]])
    y = np.concatenate([[axes.get_ylim()[1]], front[:, 1]])
    return np.stack([np.repeat(x, 2)[:-1], np.repeat(y, 2)[1:]], axis=1)


def _markers(axes: Axes, points: Sequence[Point]) -> None:
    """Draw each kind in its colour and its marker, the smaller markers of proofs above the others."""
    for kind in [*sorted({p.kind for p in points} - KINDS.keys()), *reversed(KINDS)]:
        own = [p for p in points if p.kind == kind]
        shade, marker = KINDS.get(kind, (INK, "v"))
        if own:
            size = 22 if kind in ("exact", "bound") else 38
            axes.scatter([p.x for p in own], [p.y for p in own], s=size, marker=marker, color=shade.light,
                         edgecolors=PAPER.light, linewidths=0.5, label=kind or "method", zorder=3)


def _labels(axes: Axes, points: Sequence[Point], place: FloatArray) -> list[str]:
    """Return a label per point; points that lie on one another are named together at the first of them."""
    at = axes.transAxes.inverted().transform(axes.transData.transform(place))
    labels = [""] * len(points)
    taken = np.zeros(len(points), dtype=bool)
    for i, point in enumerate(points):
        if taken[i]:
            continue
        group = np.flatnonzero(~taken & (np.abs(at - at[i]).max(axis=1) <= SAME)).tolist()
        taken[group] = True
        names = [point.name, *(points[j].name for j in group if j != i)]
        labels[i] = ",\n".join(", ".join(names[k:k + 2]) for k in range(0, len(names), 2))
    return labels


def _words(term: str) -> str:
    """Return a term's name as words, its unit left out."""
    base, _, last = term.rpartition("_")
    return (base if base and last in _UNITS else term).replace("_", " ")


def _axis_label(term: str, unit: str) -> str:
    return f"{_words(term)} ({unit})" if unit else _words(term)


_UNITS = frozenset({"s", "g", "kg", "mg", "gb", "w", "wh", "kwh", "j", "min", "h", "usd"})
