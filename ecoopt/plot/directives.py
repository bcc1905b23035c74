"""Pictures of directives schedules: levels hour by hour above carbon intensity, and a fleet's GPUs by region."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.instances.directives import DirectivesInstance, DirectivesSchedule
from ecoopt.instances.directives.schema import HOUR_S
from ecoopt.plot.over_time import period_edges, stack, time_axis
from ecoopt.plot.style import INK, OTHERS, SERIES, legend_below, new_figure, style
from ecoopt.plot.words import legend_columns, one_line

_WIDTH_IN = 7.2


def figures(instance: Instance, schedule: Schedule) -> dict[str, Figure]:
    """Return the pictures of a directives schedule.

    Parameters
    ----------
    instance : DirectivesInstance
        What was asked.
    schedule : DirectivesSchedule
        What was decided; drawn as written, allowed or not.

    Returns
    -------
    dict of str to Figure
        ``levels``: requests an hour by level, stacked; the share of each level; carbon intensity of the regions, with
        the hours of evaluations. With a fleet also ``gpus``: GPUs that are on by region, stacked, above intensity.

    Raises
    ------
    InputError
        When either belongs to another family.
    """
    if not isinstance(instance, DirectivesInstance) or not isinstance(schedule, DirectivesSchedule):
        raise InputError.one("plot", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a DirectivesInstance and a DirectivesSchedule")
    with style():
        drawn = {"levels": _levels(instance, schedule)}
        if schedule.gpus is not None:
            drawn["gpus"] = _gpus(instance, schedule)
        return drawn


def requests_by_level(instance: DirectivesInstance, schedule: DirectivesSchedule) -> FloatArray:
    """Return requests an hour by level, all origins and classes together, float array [L, T]."""
    weight = instance.mix if instance.class_aware else np.ones((*instance.requests.shape, 1))
    found: FloatArray = np.einsum("ot,otc,otcrl->lt", instance.requests, weight, schedule.share)
    return found


def _levels(instance: DirectivesInstance, schedule: DirectivesSchedule) -> Figure:
    """Draw the panels from top to bottom: requests, shares, intensity."""
    rows, names = _gathered(requests_by_level(instance, schedule), instance.levels, "levels")
    total = rows.sum(axis=0)
    share = rows / np.where(total > 0, total, 1.0)
    figure = new_figure(_WIDTH_IN, 4.6, _levels_alt(instance, names, rows))
    figure.suptitle(one_line(instance.name, 90), x=0.01, ha="left")
    top, middle, bottom = figure.subplots(3, 1, sharex=True, height_ratios=[1.3, 1.6, 1.1])
    edges = period_edges(instance.start_utc, instance.hours, HOUR_S)
    looks = [(name, SERIES[k].light) for k, name in enumerate(names)]
    stack(top, edges, rows, looks)
    top.set_title(f"{rows.sum():.4g} requests by level")
    top.set_ylabel("requests/h")
    stack(middle, edges, share, [("", colour) for _, colour in looks])
    middle.set_ylim(0, 1)
    middle.set_title("share of each level")
    middle.set_ylabel("share")
    known = schedule.evaluations.tolist()
    _intensity(bottom, instance, edges, [OTHERS.light] * len(instance.regions),
               f"; {len(known)} evaluations, dotted" if known else "")
    for hour in known:
        bottom.axvline(edges[hour], color=INK.light, linewidth=0.7, linestyle=":")
    time_axis(bottom, edges)
    figure.align_ylabels([top, middle, bottom])
    legend_below(figure, top, legend_columns(list(names), _WIDTH_IN))
    return figure


def _gpus(instance: DirectivesInstance, schedule: DirectivesSchedule) -> Figure:
    """Draw the panels from top to bottom: GPUs on, intensity."""
    assert schedule.gpus is not None
    regions = tuple(region.name for region in instance.regions)
    rows, names = _gathered(schedule.gpus.astype(np.float64), regions, "regions")
    on = rows.sum(axis=0)
    figure = new_figure(_WIDTH_IN, 3.8, (
        f"GPUs that are on in {len(regions)} regions over {instance.hours} hours: {on.min():.0f} to {on.max():.0f} "
        f"together. Most are in {names[int(rows.sum(axis=1).argmax())]}."))
    figure.suptitle(one_line(instance.name, 90), x=0.01, ha="left")
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[1.8, 1.1])
    edges = period_edges(instance.start_utc, instance.hours, HOUR_S)
    stack(top, edges, rows, [(name, SERIES[k].light) for k, name in enumerate(names)])
    top.set_title(f"GPUs on by region: {on.mean():.3g} on average")
    top.set_ylabel("GPUs")
    top.set_ylim(bottom=0)
    _intensity(bottom, instance, edges, [SERIES[min(r, len(names) - 1)].light for r in range(len(regions))])
    time_axis(bottom, edges)
    figure.align_ylabels([top, bottom])
    legend_below(figure, top, legend_columns(list(names), _WIDTH_IN))
    return figure


def _gathered(rows: FloatArray, names: tuple[str, ...], kind: str) -> tuple[FloatArray, tuple[str, ...]]:
    """Return rows and names, the last of too many gathered in one."""
    most = len(SERIES)
    if len(names) <= most:
        return rows, names
    rest = f"{len(names) - most + 1} other {kind}"
    return np.vstack([rows[:most - 1], rows[most - 1:].sum(axis=0)]), (*names[:most - 1], rest)


def _intensity(
    panel: Axes, instance: DirectivesInstance, edges: np.ndarray, colours: list[str], more: str = ""
) -> None:
    """Draw the intensity of each region in its colour."""
    intensity = instance.intensity_g_per_kwh
    for row, colour in zip(intensity, colours, strict=True):
        panel.step(edges, np.append(row, row[-1]), where="post", color=colour, linewidth=1.1)
    panel.set_ylim(0, 1.15 * max(float(intensity.max()), 1e-3))
    panel.set_title(f"carbon intensity: {intensity.min():.0f} to {intensity.max():.0f} g/kWh{more}")
    panel.set_ylabel("g/kWh")


def _levels_alt(instance: DirectivesInstance, names: tuple[str, ...], rows: FloatArray) -> str:
    """Return what the picture of levels shows, in words."""
    total = max(float(rows.sum()), 1e-300)
    parts = ", ".join(f"{name} {100 * float(row.sum()) / total:.0f} %" for name, row in zip(names, rows, strict=True))
    intensity = instance.intensity_g_per_kwh
    return (f"Requests of {instance.hours} hours by level: {parts}. Carbon intensity: {intensity.min():.0f} to "
            f"{intensity.max():.0f} g/kWh.")
