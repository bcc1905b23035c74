"""Anytime curves: how incumbents fall and bounds rise with the seconds spent, on one instance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from ecoopt.comparison import Comparison
from ecoopt.core.errors import InputError
from ecoopt.core.result import Result
from ecoopt.core.status import Sense
from ecoopt.plot.style import INK, KINDS, MUTED, OTHERS, SERIES, legend_below, new_figure, style

_FIRST_S = 1e-3


@dataclass(frozen=True)
class Curve:
    """Values that improve with time: seconds and values of each improvement, and when the run ended."""

    seconds: list[float]
    values: list[float]
    end_s: float


def anytime(results: Sequence[Result]) -> Figure:
    """Return incumbent (solid) and bound (dashed) of each method over time, on one instance.

    Methods that improve step by step have a line, those that hand over one schedule a point.

    Parameters
    ----------
    results : sequence of Result
        Of one instance; of several seeds of a method the first is shown.

    Raises
    ------
    InputError
        When no result has a trace.
    """
    shown = {result.method: result for result in reversed(results)}
    chosen = [shown[name] for name in dict.fromkeys(result.method for result in results)]
    primal = {r.method: curve for r in chosen if (curve := _curve(r, "incumbent"))}
    dual = {r.method: curve for r in chosen if (curve := _curve(r, "bound"))}
    if not primal and not dual:
        raise InputError.one("plot", "results", "none has a trace", "give results of methods that find something")
    lines = [r for r in chosen if r.method in dual or (r.method in primal and len(primal[r.method].values) > 1)]
    points = [r for r in chosen if r not in lines and r.method in primal]
    sense = chosen[0].sense
    with style():
        figure = new_figure(4.8, 4.3, _alt(chosen, lines, points))
        axes = figure.subplots()
        for number, result in enumerate(lines):
            colour = (SERIES[number] if number < len(SERIES) else OTHERS).light
            _draw(axes, result.method, primal.get(result.method), dual.get(result.method), colour)
        _dots(axes, points, primal)
        _window(axes, primal, dual, sense)
        best = next((row.best_bound for row in Comparison.of(results).rows), None)
        if best is not None:
            axes.axhline(best, color=MUTED.light, linewidth=0.8, linestyle=":", label="best proven bound")
        axes.set_xlabel("time (s)")
        axes.set_ylabel("objective")
        legend_below(figure, axes, 3)
    return figure


def _curve(result: Result, field: str) -> Curve | None:
    """Return the improvements of the incumbent or the bound, None where there are none."""
    seconds, values = [], []
    for point in result.trace:
        value = getattr(point, field)
        if value is not None and (not values or value != values[-1]):
            seconds.append(max(point.seconds, _FIRST_S))
            values.append(value)
    return Curve(seconds, values, max(result.wall_s, seconds[-1])) if values else None


def _draw(axes: Axes, name: str, primal: Curve | None, dual: Curve | None, colour: str) -> None:
    """Draw a method's two staircases up to its end; the legend names the method once."""
    for curve, dash in ((primal, "-"), (dual, (0, (3, 1.5)))):
        if curve is not None:
            axes.step([*curve.seconds, curve.end_s], [*curve.values, curve.values[-1]], where="post", color=colour,
                      linestyle=dash, label=name if curve is primal or primal is None else f"{name}, bound")
    if primal is not None:
        axes.plot(primal.seconds[:1], primal.values[:1], marker="o", markersize=3, color=colour)


def _dots(axes: Axes, points: Sequence[Result], primal: dict[str, Curve]) -> None:
    """Draw the methods that hand over one schedule, by kind."""
    for kind in dict.fromkeys(result.kind for result in points):
        own = [primal[result.method] for result in points if result.kind == kind]
        shade, marker = KINDS.get(kind, (INK, "v"))
        axes.plot([c.seconds[-1] for c in own], [c.values[-1] for c in own], linestyle="", marker=marker, markersize=4.5,
                  markeredgewidth=0, color=shade.light, alpha=0.8, label=f"{kind}, one schedule")


def _window(axes: Axes, primal: dict[str, Curve], dual: dict[str, Curve], sense: Sense) -> None:
    """Show where the race is decided: bounds that are still far off enter from the edge."""
    ends = [curve.values[-1] for curve in (*primal.values(), *dual.values())]
    worst = [curve.values[0] for curve in primal.values()]
    good, bad = (min(ends), max([*ends, *worst])) if sense is Sense.MIN else (max(ends), min([*ends, *worst]))
    spread = abs(bad - good) or 0.05 * abs(bad) or 1.0
    bottom, top = sorted((good, bad))
    lower, upper = (0.12, 0.05) if sense is Sense.MIN else (0.05, 0.12)
    axes.set_ylim(bottom - lower * spread, top + upper * spread)
    curves = (*primal.values(), *dual.values())
    first, last = min(c.seconds[0] for c in curves), max(c.end_s for c in curves)
    axes.set_xscale("log")
    axes.set_xlim(first / 1.3, max(last, 2 * first) * 1.2)
    axes.xaxis.set_major_locator(LogLocator(10, subs=(1.0,) if last > 20 * first else (1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    if math.log10(max(abs(top), 1e-9)) >= 5:
        axes.ticklabel_format(axis="y", style="sci", scilimits=(0, 0), useMathText=True)


def _alt(chosen: Sequence[Result], lines: Sequence[Result], points: Sequence[Result]) -> str:
    """Return what the picture shows, in words."""
    ends = []
    for result in lines:
        parts = [f"incumbent {result.objective:.6g}"] if result.objective is not None else []
        parts += [f"bound {result.bound:.6g}"] if result.bound is not None else []
        ends.append(f"{result.method} ends after {result.wall_s:.2g} s with {' and '.join(parts) or 'nothing'}")
    seconds = [result.wall_s for result in points]
    rest = f" {len(points)} methods hand over one schedule each, within {np.max(seconds):.2g} s." if seconds else ""
    return f"Objective and bound of {len(chosen)} methods over seconds, on a logarithmic scale: {'; '.join(ends)}.{rest}"
