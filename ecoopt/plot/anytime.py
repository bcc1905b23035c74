"""Anytime curves: how incumbents fall and bounds rise with the seconds spent, on one instance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator

from ecoopt.comparison import Comparison
from ecoopt.core.errors import InputError
from ecoopt.core.result import Result
from ecoopt.core.status import Sense
from ecoopt.plot.style import KINDS, MUTED, OTHERS, SERIES, legend_below, new_figure, style

_FIRST_S = 1e-3
_ONE_SHOT = ("online", "baseline")


@dataclass(frozen=True)
class Curve:
    """Values that improve with time: seconds and values of each improvement, and when the run ended."""

    seconds: list[float]
    values: list[float]
    end_s: float


def anytime(results: Sequence[Result]) -> Figure:
    """Return incumbent (solid) and bound (dashed) of each method over time, on one instance.

    Values are drawn as their distance to the best proven bound in percent of the best objective, on an axis that is
    logarithmic away from that bound: incumbents come down to it, bounds come up (where the objective is minimised).
    Online methods and baselines hand over one schedule and have a point, all others a line in a colour of their own.

    Parameters
    ----------
    results : sequence of Result
        Of one instance; of several seeds of a method the first is shown.

    Raises
    ------
    InputError
        When no result has a trace.
    """
    shown = {result.name: result for result in reversed(results)}
    chosen = [shown[name] for name in dict.fromkeys(result.name for result in results)]
    row = next(iter(Comparison.of(results).rows), None)
    traced = [r for r in chosen if any(p.incumbent is not None or p.bound is not None for p in r.trace)]
    if row is None or not traced:
        raise InputError.one("plot", "results", "none has a trace", "give results of methods that find something")
    values = [v for r in traced for p in r.trace for v in (p.incumbent, p.bound) if v is not None]
    objective = values[-1] if row.best_objective is None else row.best_objective
    zero = objective if row.best_bound is None else row.best_bound
    percent = 100 / max(abs(objective), 1e-9)
    primal = {r.name: curve for r in traced if (curve := _curve(r, "incumbent", zero, percent))}
    dual = {r.name: curve for r in traced if (curve := _curve(r, "bound", zero, percent))}
    lines = [r for r in traced if r.kind not in _ONE_SHOT or r.name in dual or len(primal[r.name].values) > 1]
    drawn = {r.name for r in lines}
    points = [r for r in traced if r.name not in drawn]
    with style():
        figure = new_figure(4.8, 4.3, _alt(chosen, lines, points))
        axes = figure.subplots()
        for number, result in enumerate(lines):
            colour = (SERIES[number] if number < len(SERIES) else OTHERS).light
            _draw(axes, result.name, primal.get(result.name), dual.get(result.name), colour)
        _dots(axes, points, primal)
        axes.axhline(0, color=MUTED.light, linewidth=0.8)
        _value_axis(axes, primal, dual, chosen[0].sense)
        _time_axis(axes, [*primal.values(), *dual.values()])
        reference = "best objective" if row.best_bound is None else "best proven bound"
        axes.set_xlabel("time (s)")
        axes.set_ylabel(f"distance to the {reference} (%)")
        axes.set_title(f"incumbents solid, bounds dashed; 0 % is {zero:.6g}")
        legend_below(figure, axes, 3)
    return figure


def _curve(result: Result, field: str, zero: float, percent: float) -> Curve | None:
    """Return the improvements of the incumbent or the bound, None where there are none."""
    seconds: list[float] = []
    values: list[float] = []
    for point in result.trace:
        raw = getattr(point, field)
        if raw is None:
            continue
        value = (raw - zero) * percent
        if not values or value != values[-1]:
            seconds.append(max(point.seconds, _FIRST_S))
            values.append(value)
    return Curve(seconds, values, max(result.wall_s, seconds[-1])) if values else None


def _draw(axes: Axes, name: str, primal: Curve | None, dual: Curve | None, colour: str) -> None:
    """Draw a method's two staircases from a marker up to its end; the legend names the method once."""
    label = name
    for curve, dash, marker in ((primal, "-", "o"), (dual, (0, (3, 1.5)), "d")):
        if curve is not None:
            axes.step([*curve.seconds, curve.end_s], [*curve.values, curve.values[-1]], where="post", color=colour,
                      linestyle=dash, marker=marker, markersize=3.5, markevery=[0], label=label)
            label = "_nolegend_"


def _dots(axes: Axes, points: Sequence[Result], primal: dict[str, Curve]) -> None:
    """Draw the methods that hand over one schedule, by kind."""
    for kind in dict.fromkeys(result.kind for result in points):
        own = [primal[result.name] for result in points if result.kind == kind]
        shade, marker = KINDS[kind]
        axes.plot([c.seconds[-1] for c in own], [c.values[-1] for c in own], linestyle="", marker=marker,
                  markersize=4.5, markeredgewidth=0, color=shade.light, label=f"{kind} methods")


def _value_axis(axes: Axes, primal: dict[str, Curve], dual: dict[str, Curve], sense: Sense) -> None:
    """Linear within the smallest that matters, logarithmic beyond; far bounds enter at the edge."""
    ends = np.abs([c.values[-1] for c in (*primal.values(), *dual.values())])
    small = ends[ends > 1e-3]
    inner = 10.0 ** np.clip(np.floor(np.log10(small.min())) if small.size else -1.0, -2, 1)
    worst_primal = max((abs(v) for c in primal.values() for v in c.values), default=inner)
    worst_dual = max((abs(v) for c in dual.values() for v in c.values), default=0.0)
    away, near = 1.6 * max(worst_primal, inner), 1.6 * min(max(worst_dual, inner), 100.0)
    axes.set_yscale("symlog", linthresh=inner, linscale=0.6)
    axes.set_ylim(*((-near, away) if sense is Sense.MIN else (-away, near)))
    decades = [inner * 10**k for k in range(12) if inner * 10**k <= max(away, near)]
    axes.yaxis.set_major_locator(FixedLocator([*(-d for d in reversed(decades)), 0.0, *decades]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:+g}" if value else "0"))
    axes.yaxis.set_minor_locator(NullLocator())


def _time_axis(axes: Axes, curves: Sequence[Curve]) -> None:
    """Scale the seconds logarithmically, written as plain numbers."""
    first, last = min(c.seconds[0] for c in curves), max(c.end_s for c in curves)
    axes.set_xscale("log")
    axes.set_xlim(first / 1.3, max(last, 2 * first) * 1.2)
    axes.xaxis.set_major_locator(LogLocator(10, subs=(1.0,) if last > 20 * first else (1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _alt(chosen: Sequence[Result], lines: Sequence[Result], points: Sequence[Result]) -> str:
    """Return what the picture shows, in words."""
    ends = []
    for result in lines:
        parts = [f"incumbent {result.objective:.6g}"] if result.objective is not None else []
        parts += [f"bound {result.bound:.6g}"] if result.bound is not None else []
        ends.append(f"{result.name} ends after {result.wall_s:.2g} s with {' and '.join(parts) or 'nothing'}")
    seconds = [result.wall_s for result in points]
    rest = f" {len(points)} more hand over one schedule each, within {np.max(seconds):.2g} s." if seconds else ""
    ending = f" {'; '.join(ends)}." if ends else ""
    return f"Incumbents and bounds of {len(chosen)} methods over seconds, both scales logarithmic.{ending}{rest}"
