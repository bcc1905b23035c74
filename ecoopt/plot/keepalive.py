"""Pictures of keep-alive schedules: the memory of each generation over time, above the carbon intensity."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.instances.keepalive import KeepAliveInstance, KeepAliveSchedule
from ecoopt.plot.keepalive_memory import MemoryBands, memory_bands
from ecoopt.plot.over_time import time_axis
from ecoopt.plot.style import INK, MUTED, OTHERS, SERIES, legend_below, new_figure, style

TRADEOFF = ("mean_service_time_s", "mean_carbon_mg")
"""Terms of the score that pull against each other, for the horizontal and the vertical axis."""

_MOST_COLUMNS = 480
_LONGEST_NAME = 26


def figures(instance: Instance, schedule: Schedule) -> dict[str, Figure]:
    """Return the pictures of a keep-alive schedule.

    Parameters
    ----------
    instance : KeepAliveInstance
        What was asked.
    schedule : KeepAliveSchedule
        What was decided; drawn as written, allowed or not.

    Returns
    -------
    dict of str to Figure
        ``memory``: memory of the waiting containers on each generation, stacked by function (by profile where there
        are many), with the pool's size, above the carbon intensity. Over long horizons a column shows the fullest
        of its minutes.

    Raises
    ------
    InputError
        When either belongs to another family.
    """
    if not isinstance(instance, KeepAliveInstance) or not isinstance(schedule, KeepAliveSchedule):
        raise InputError.one("plot", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a KeepAliveInstance and a KeepAliveSchedule")
    with style():
        return {"memory": _memory(instance, schedule)}


def _memory(instance: KeepAliveInstance, schedule: KeepAliveSchedule) -> Figure:
    """Draw the panels from top to bottom: a generation each, and the intensity."""
    bands = memory_bands(instance, schedule, most=len(SERIES))
    totals = bands.memory_gb.sum(axis=0)
    pools, generations = instance.pool_memory_gb, len(instance.generations)
    figure = new_figure(7.2, 1.2 + 1.35 * generations + 0.9, _alt(instance, bands, totals))
    figure.suptitle(_short(instance.name, 90), x=0.01, ha="left")
    panels = figure.subplots(generations + 1, 1, sharex=True, height_ratios=[1.35] * generations + [0.8])
    width = max(1, math.ceil(instance.invocations.horizon_min / _MOST_COLUMNS))
    edges = _edges(instance, width)
    for s, panel in enumerate(panels[:-1]):
        columns = _fullest(bands.memory_gb[:, s], totals[s], width)
        _stack(panel, edges, columns, bands)
        _pool(panel, float(pools[s]), float(totals[s].max(initial=0.0)))
        panel.set_title(f"{instance.generations[s].name}: peak {totals[s].max(initial=0.0):.3g} of {pools[s]:.3g} GB")
        panel.set_ylabel("memory (GB)")
    _intensity(panels[-1], instance)
    time_axis(panels[-1], edges)
    figure.align_ylabels(panels)
    widest = max((len(name) for name in bands.names), default=1)
    legend_below(figure, panels[0], 110 // (min(widest, _LONGEST_NAME) + 6))
    return figure


def _stack(panel: Axes, edges: np.ndarray, columns: FloatArray, bands: MemoryBands) -> None:
    """Stack the bands [B, columns], each with the label the legend shows."""
    top = np.zeros((len(columns) + 1, columns.shape[1]))
    np.cumsum(columns, axis=0, out=top[1:])
    closed = np.concatenate([top, top[:, -1:]], axis=1)
    for b, name in enumerate(bands.names):
        shade = OTHERS if bands.places[b] < 0 else SERIES[_colour(bands, b)]
        panel.fill_between(edges, closed[b], closed[b + 1], step="post", color=shade.light, linewidth=0,
                           label=_short(name, _LONGEST_NAME))


def _colour(bands: MemoryBands, b: int) -> int:
    """Return a colour that stays with a function or profile from picture to picture where these are few."""
    place = int(bands.places[b])
    return place if bands.places.max() < len(SERIES) else b


def _pool(panel: Axes, pool_gb: float, peak_gb: float) -> None:
    """Draw the pool's size, unless it lies far above everything else; say so then."""
    far = peak_gb > 0 and pool_gb > 3 * peak_gb
    panel.set_ylim(0, 1.3 * peak_gb if far else 1.22 * max(pool_gb, peak_gb))
    if far:
        panel.text(0.995, 0.97, f"pool of {pool_gb:.3g} GB lies above", transform=panel.transAxes, ha="right", va="top")
        return
    panel.axhline(pool_gb, color=INK.light, linewidth=1.0, linestyle=(0, (4, 2)))
    panel.annotate(f"pool of {pool_gb:.3g} GB", (0.995, pool_gb), xycoords=("axes fraction", "data"),
                   xytext=(0, 2), textcoords="offset points", ha="right", va="bottom")


def _intensity(panel: Axes, instance: KeepAliveInstance) -> None:
    """Draw the carbon intensity, a value for each stretch on which it does not change."""
    intensity = instance.intensity_g_per_kwh
    first = np.flatnonzero(np.diff(intensity, prepend=-1.0))
    x = _times(instance, np.append(first, len(intensity)))
    y = np.append(intensity[first], intensity[-1])
    panel.fill_between(x, 0, y, step="post", color=OTHERS.light, alpha=0.45, linewidth=0)
    panel.step(x, y, where="post", color=MUTED.light, linewidth=1.2)
    panel.set_ylim(0, 1.15 * max(float(intensity.max()), 1e-3))
    panel.set_title(f"carbon intensity of {_short(instance.carbon.zone, 40)}: "
                    f"{intensity.min():.0f} to {intensity.max():.0f} g {instance.carbon.gases.replace('2', '₂')}/kWh")
    panel.set_ylabel("g/kWh")


def _edges(instance: KeepAliveInstance, width: int) -> np.ndarray:
    """Return the edges of the columns of `width` minutes as times."""
    horizon = instance.invocations.horizon_min
    return _times(instance, np.append(np.arange(0, horizon, width), horizon))


def _times(instance: KeepAliveInstance, minutes: np.ndarray) -> np.ndarray:
    """Return minutes of the horizon as times."""
    begin = np.datetime64(instance.start_utc.removesuffix("Z"), "s")
    return np.asarray(begin + minutes.astype("timedelta64[m]"))


def _fullest(bands_gb: FloatArray, total_gb: FloatArray, width: int) -> FloatArray:
    """Return the bands [B, T] at the fullest of each `width` minutes, so that peaks keep their height."""
    starts = np.arange(0, len(total_gb), width)
    padded = np.pad(total_gb, (0, len(starts) * width - len(total_gb)), constant_values=-1.0)
    chosen: FloatArray = bands_gb[:, starts + padded.reshape(len(starts), width).argmax(axis=1)]
    return chosen


def _alt(instance: KeepAliveInstance, bands: MemoryBands, totals: FloatArray) -> str:
    """Return what the picture shows, in words."""
    parts = [f"{box.name} holds {total.mean():.3g} GB on average and {total.max(initial=0.0):.3g} GB at most of "
             f"{pool:.3g} GB" for box, total, pool
             in zip(instance.generations, totals, instance.pool_memory_gb, strict=True)]
    size = bands.memory_gb.sum(axis=(1, 2))
    most = f" Most of it belongs to {bands.by} {bands.names[int(size.argmax())]}." if size.size else ""
    intensity = instance.intensity_g_per_kwh
    return (f"Memory of waiting containers over {instance.invocations.horizon_min / 60:.3g} h, stacked by "
            f"{bands.by}: {'; '.join(parts)}.{most} Carbon intensity runs from {intensity.min():.0f} to "
            f"{intensity.max():.0f} g/kWh.")


def _short(text: str, longest: int) -> str:
    """Return `text` on one line, cut where it is long, without matplotlib reading mathematics into it."""
    line = " ".join(text.split())
    line = line if len(line) <= longest else line[:longest - 1] + "…"
    return line.replace("$", r"\$")
