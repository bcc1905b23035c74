"""Pictures of configurations: replicas of each placement over time above demand and carbon, and the frontier."""

from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.formulations.llm_config.energy_frontier import FrontierPoint
from ecoopt.instances.llm_config import LlmConfigInstance, LlmConfigSchedule
from ecoopt.plot.over_time import period_edges, stack, time_axis
from ecoopt.plot.style import INK, MUTED, SERIES, legend_below, new_figure, style
from ecoopt.plot.words import legend_columns, one_line

TRADEOFF = ("mean_latency_s", "carbon_g")
"""Terms of the score that pull against each other, for the horizontal and the vertical axis."""

_WIDTH_IN = 7.2


class Bands(NamedTuple):
    """What GPUs belong to. B bands, T periods.

    Parameters
    ----------
    names : tuple of str [B]
        Model, shards, type of GPU and cap; the smallest of many are gathered in the last band.
    gpus : float array [B, T]
        GPUs of their replicas at all sites.
    """

    names: tuple[str, ...]
    gpus: FloatArray


def figures(instance: Instance, schedule: Schedule) -> dict[str, Figure]:
    """Return the pictures of a schedule.

    Parameters
    ----------
    instance : LlmConfigInstance
        What was asked.
    schedule : LlmConfigSchedule
        What was decided; drawn as written, allowed or not.

    Returns
    -------
    dict of str to Figure
        ``replicas``: GPUs by placement and cap, stacked; tokens per second of each class; intensity of each site.

    Raises
    ------
    InputError
        When either belongs to another family.
    """
    if not isinstance(instance, LlmConfigInstance) or not isinstance(schedule, LlmConfigSchedule):
        raise InputError.one("plot", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give an LlmConfigInstance and an LlmConfigSchedule")
    with style():
        return {"replicas": _replicas(instance, schedule)}


def frontier_figure(instance: LlmConfigInstance, points: tuple[FrontierPoint, ...]) -> Figure:
    """Return the picture of a frontier: least carbon, relative to the last, by the limit of latency.

    Parameters
    ----------
    instance : LlmConfigInstance
        Whose frontier it is.
    points : tuple of FrontierPoint
        From ``ecoopt.formulations.llm_config.frontier``; at least one.
    """
    latency = np.array([point.latency_s for point in points])
    grams = np.array([point.carbon_g for point in points])
    with style():
        figure = new_figure(5.2, 3.4, f"Least carbon of {len(points)} limits of latency: from {grams[-1]:.4g} g at "
                            f"{latency[-1]:.4g} s to {grams[0]:.4g} g at {latency[0]:.4g} s.")
        axes = figure.subplots()
        axes.step(latency, grams, where="pre", color=SERIES[0].light, linewidth=1.3)
        axes.plot(latency, grams, "o", color=SERIES[0].light, markersize=4)
        axes.set_title(f"frontier of {one_line(instance.name, 50)}")
        axes.set_xlabel("longest latency (s)")
        axes.set_ylabel("carbon (g)")
        axes.set_ylim(0, 1.1 * max(float(grams.max()), 1e-3))
    return figure


def placement_bands(instance: LlmConfigInstance, schedule: LlmConfigSchedule, most: int) -> Bands:
    """Return placements with their caps that are used as bands, at most so many."""
    rows: dict[str, FloatArray] = {}
    for k, one in enumerate(instance.configurations):
        gpus = one.shards * schedule.replicas[:, :, k].sum(axis=1).astype(np.float64)
        if gpus.any():
            cap = "" if one.cap_w is None else f" at {one.cap_w:g} W"
            name = f"{one.model} on {one.shards} {one.gpu.partition('-')[0]}{cap}"
            rows[name] = rows.get(name, np.zeros(len(gpus))) + gpus
    largest = sorted(rows, key=lambda name: (-float(rows[name].sum()), name))
    kept = set(rows if len(rows) <= most else largest[:most - 1])
    names, bands = [name for name in rows if name in kept], [rows[name] for name in rows if name in kept]
    if rest := [row for name, row in rows.items() if name not in kept]:
        names.append(f"{len(rest)} others")
        bands.append(np.sum(rest, axis=0))
    return Bands(tuple(names), np.array(bands).reshape(len(bands), instance.periods))


def _replicas(instance: LlmConfigInstance, schedule: LlmConfigSchedule) -> Figure:
    """Draw the panels from top to bottom: GPUs, demand, intensity."""
    bands = placement_bands(instance, schedule, len(SERIES))
    there = int(sum(int(site.gpus.sum()) for site in instance.sites))
    intensity = instance.intensity_g_per_kwh
    used = bands.gpus.sum(axis=0)
    asked = np.array([one.tokens_per_s for one in instance.classes])
    figure = new_figure(_WIDTH_IN, 4.9, (
        f"GPUs of {len(bands.names)} placements over {instance.periods} periods: {used.min():.0f} to {used.max():.0f} "
        f"of {there}. Demand runs from {asked.sum(axis=0).min():.3g} to {asked.sum(axis=0).max():.3g} tokens a second, "
        f"carbon intensity from {intensity.min():.0f} to {intensity.max():.0f} g/kWh."))
    figure.suptitle(one_line(instance.name, 90), x=0.01, ha="left")
    top, middle, bottom = figure.subplots(3, 1, sharex=True, height_ratios=[2.4, 0.9, 0.8])
    edges = period_edges(instance.start_utc, instance.periods, instance.period_s)
    stack(top, edges, bands.gpus, [(name, SERIES[b].light) for b, name in enumerate(bands.names)])
    top.set_ylim(0, 1.15 * max(float(used.max(initial=0.0)), 1e-3))
    top.set_title(f"GPUs that belong to replicas: {used.mean():.3g} on average; {there} there are")
    top.set_ylabel("GPUs")
    stack(middle, edges, asked, [("", str(grey)) for grey in np.linspace(0.45, 0.95, len(asked))])
    middle.set_title("demand of " + ", ".join(one_line(one.name, 16) for one in instance.classes[:4])
                     + (" and others" if len(asked) > 4 else ""))
    middle.set_ylabel("tokens/s")
    for z, row in enumerate(intensity):
        bottom.step(edges, np.append(row, row[-1]), where="post", linewidth=1.0,
                    color=(INK if z == 0 else MUTED).light)
    bottom.set_ylim(0, 1.15 * max(float(intensity.max()), 1e-3))
    bottom.set_title(f"carbon intensity of {len(intensity)} sites: {intensity.min():.0f} to "
                     f"{intensity.max():.0f} g/kWh")
    bottom.set_ylabel("g/kWh")
    time_axis(bottom, edges)
    figure.align_ylabels([top, middle, bottom])
    legend_below(figure, top, legend_columns(list(bands.names), _WIDTH_IN) if bands.names else 1)
    return figure
