"""Pictures of a phase split: the machines of every kind of pool over the hours, and what they emit."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.words import counted
from ecoopt.instances.phase_split import PhaseSplitInstance, PhaseSplitSchedule
from ecoopt.instances.phase_split.schema import HOUR_S
from ecoopt.plot.over_time import period_edges, stack, time_axis
from ecoopt.plot.style import MUTED, OTHERS, SERIES, legend_below, new_figure, style
from ecoopt.plot.words import one_line

TRADEOFF = ("rent_cost", "operational_kg")
"""Terms of the score that pull against each other, for the horizontal and the vertical axis."""

_TITLES = {"prefill": "machines of prompts", "decode": "machines of tokens", "whole": "machines of both",
           "node": "nodes of both"}


def figures(instance: Instance, schedule: Schedule) -> dict[str, Figure]:
    """Return the picture of a phase split.

    Parameters
    ----------
    instance : PhaseSplitInstance
        What was asked.
    schedule : PhaseSplitSchedule
        What was decided; drawn as written, allowed or not.

    Returns
    -------
    dict of str to Figure
        ``pools``: the machines of each kind of pool by type, all regions together, over the hours of the first
        scenario; below, the requests per second, and the carbon intensity of each region.

    Raises
    ------
    InputError
        When either belongs to another family, or the machines are not those of the instance.
    """
    if not isinstance(instance, PhaseSplitInstance) or not isinstance(schedule, PhaseSplitSchedule):
        raise InputError.one("plot", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a PhaseSplitInstance and a PhaseSplitSchedule")
    if schedule.machines.shape != instance.shape:
        raise InputError.one("plot", "machines", f"has shape {schedule.machines.shape}", f"give {instance.shape}")
    with style():
        return {"pools": _pools(instance, schedule)}


def _pools(instance: PhaseSplitInstance, schedule: PhaseSplitSchedule) -> Figure:
    """Draw a panel for each kind of pool, one of requests and one of carbon."""
    units = schedule.machines[:instance.hours].sum(axis=2).astype(np.float64)  # [T, Q, H]
    panels = len(instance.pools) + 2
    figure = new_figure(7.2, 1.25 * panels + 0.9, _alt(instance, units))
    several = len(instance.probability) > 1
    figure.suptitle(one_line(instance.name, 80) + (", first scenario" if several else ""), x=0.01, ha="left")
    axes = np.atleast_1d(figure.subplots(panels, 1, sharex=True))
    edges = period_edges(instance.start_utc, instance.hours, HOUR_S)
    looks = [(kind.name, (SERIES[h] if h < len(SERIES) else OTHERS).light) for h, kind in enumerate(instance.types)]
    for q, pool in enumerate(instance.pools):
        stack(axes[q], edges, units[:, q].T, looks)
        axes[q].set_title(f"{_TITLES[pool]}, at most {units[:, q].sum(axis=1).max():.0f}")
        axes[q].set_ylim(0, 1.1 * max(float(units[:, q].sum(axis=1).max()), 1.0))
    rate = instance.rate_per_s[:instance.hours].sum(axis=1)
    _steps(axes[-2], edges, rate, MUTED.light)
    axes[-2].set_title(f"requests per second, at most {rate.max():.4g}")
    axes[-2].set_ylim(0, 1.1 * max(float(rate.max()), 1e-9))
    for r, region in enumerate(instance.regions[:len(SERIES)]):
        _steps(axes[-1], edges, instance.intensity_g_per_kwh[:, r], SERIES[r].light)
        axes[-1].annotate(one_line(region, 14), (edges[-1], instance.intensity_g_per_kwh[-1, r]), (2, 0),
                          textcoords="offset points", va="center", fontsize=7, color=SERIES[r].light)
    axes[-1].set_title("carbon intensity of the regions (g/kWh)")
    axes[-1].set_ylim(bottom=0)
    time_axis(axes[-1], edges)
    legend_below(figure, axes[0], 4)
    return figure


def _steps(panel: Axes, edges: np.ndarray, values: FloatArray, colour: str) -> None:
    """Draw a value for each hour."""
    panel.step(edges, np.append(values, values[-1]), where="post", color=colour, linewidth=1.2)


def _alt(instance: PhaseSplitInstance, units: FloatArray) -> str:
    """Return what the picture shows, in words."""
    parts = ", ".join(f"{units[:, q].sum(axis=1).mean():.1f} {_TITLES[pool]}" for q, pool in enumerate(instance.pools))
    return (f"Pools over {counted(instance.hours, 'hour')} in {counted(len(instance.regions), 'region')}: on average "
            f"{parts}.")
