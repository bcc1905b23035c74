"""Pictures of node mixes: carbon of each group by its machines, and how full every ceiling and floor is."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.words import counted
from ecoopt.instances.node_mix import NodeMixInstance, NodeMixSchedule, mix_tables
from ecoopt.plot.style import INK, SERIES, legend_below, new_figure, style
from ecoopt.plot.words import one_line

TRADEOFF = ("embodied_kg", "energy_kwh")
"""Terms of the score that pull against each other, for the horizontal and the vertical axis."""

MOST_GROUPS = 24
_WIDTH_IN, _ROW_IN = 7.2, 0.24


def figures(instance: Instance, schedule: Schedule) -> dict[str, Figure]:
    """Return the picture of a node mix.

    Parameters
    ----------
    instance : NodeMixInstance
        What was asked.
    schedule : NodeMixSchedule
        What was decided; drawn as written, allowed or not.

    Returns
    -------
    dict of str to Figure
        ``mix``: of each group, the 24 that emit most, the carbon of its machines and of their electricity, with the
        machines in words; below, what is used of each ceiling and what is had of each floor.

    Raises
    ------
    InputError
        When either belongs to another family, or there is not one count per option.
    """
    if not isinstance(instance, NodeMixInstance) or not isinstance(schedule, NodeMixSchedule):
        raise InputError.one("plot", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a NodeMixInstance and a NodeMixSchedule")
    if len(schedule.count) != len(instance.options):
        raise InputError.one("plot", "count", f"has {len(schedule.count)} entries for {len(instance.options)} options",
                             "give one for each")
    with style():
        return {"mix": _mix(instance, schedule)}


def _mix(instance: NodeMixInstance, schedule: NodeMixSchedule) -> Figure:
    """Draw groups above, limits below."""
    groups = len(instance.groups)
    embodied_kg, operational_kg = _carbon(instance, schedule.count)
    shown = np.sort(np.argsort(-(embodied_kg + operational_kg), kind="stable")[:MOST_GROUPS])
    limits = len(instance.ceilings) + len(instance.floors)
    heights = [_ROW_IN * len(shown) + 0.3, *([_ROW_IN * limits + 0.3] if limits else [])]
    figure = new_figure(_WIDTH_IN, sum(heights) + 1.5, _alt(instance, schedule, embodied_kg, operational_kg))
    figure.suptitle(one_line(instance.name, 90), x=0.01, ha="left")
    panels = np.atleast_1d(figure.subplots(len(heights), 1, height_ratios=heights))
    _carbon_bars(panels[0], instance, schedule.count, shown, embodied_kg, operational_kg)
    panels[0].set_title("Carbon of the horizon" if len(shown) == groups
                        else f"Carbon of the horizon, {len(shown)} groups of {groups}")
    if limits:
        _limit_bars(panels[1], instance, schedule.count)
    legend_below(figure, panels[0], 2)
    return figure


def _carbon(instance: NodeMixInstance, count: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return embodied and operational carbon of each group, float arrays [G]."""
    per_kwh = instance.intensity_g_per_kwh * instance.pue / 1000
    standing_kg = per_kwh * instance.horizon_h * instance.power_w / 1000
    tables = mix_tables(instance)
    groups = len(instance.groups)
    embodied_kg, operational_kg = np.zeros((2, groups))
    np.add.at(embodied_kg, instance.group, (tables.machine_kg - standing_kg) * count)
    np.add.at(operational_kg, instance.group, standing_kg * count + tables.choice_kg * (count > 0))
    return embodied_kg, operational_kg


def _carbon_bars(
    axes: Axes, instance: NodeMixInstance, count: IntArray, shown: IntArray, embodied_kg: FloatArray,
    operational_kg: FloatArray,
) -> None:
    """Draw a bar for each group shown, with its machines in words."""
    rows = np.arange(len(shown))
    axes.barh(rows, embodied_kg[shown], 0.62, color=SERIES[4].light, label="embodied, share charged")
    axes.barh(rows, operational_kg[shown], 0.62, left=embodied_kg[shown], color=SERIES[1].light, label="operational")
    total = embodied_kg[shown] + operational_kg[shown]
    for row, g in enumerate(shown.tolist()):
        axes.annotate(_machines(instance, count, g), (float(total[row]), row), (4, 0), textcoords="offset points",
                      va="center", color=INK.light, fontsize=7)
    axes.set_yticks(rows, [one_line(instance.groups[g], 24) for g in shown.tolist()])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_xlim(0, 1.5 * max(float(total.max(initial=0.0)), 1e-9))
    axes.set_xlabel("kgCO2e")
    axes.grid(False, axis="y")


def _limit_bars(axes: Axes, instance: NodeMixInstance, count: IntArray) -> None:
    """Draw what is used of ceilings and had of floors, the limit being 100 %."""
    with np.errstate(divide="ignore", invalid="ignore"):
        used = np.nan_to_num(instance.used @ count / instance.ceiling, posinf=9.99)
    share = 100 * np.concatenate([used, instance.provided @ count / instance.floor])
    names = [*(f"at most: {name}" for name in instance.ceilings), *(f"at least: {name}" for name in instance.floors)]
    rows = np.arange(len(names))
    axes.barh(rows, np.minimum(share, 200), 0.62, color=SERIES[7].light)
    axes.axvline(100, color=INK.light, linewidth=1)
    axes.set_yticks(rows, [one_line(name, 34) for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(0, 205)
    axes.set_xlabel("% of the limit (drawn to 200)")
    axes.grid(False, axis="y")


def _machines(instance: NodeMixInstance, count: IntArray, group: int) -> str:
    """Return the machines of a group in words."""
    own = range(int(instance.first[group]), int(instance.first[group + 1]))
    parts = [f"{count[o]} × {instance.options[o]}" for o in own if count[o]]
    return one_line(", ".join(parts) or "none", 44)


def _alt(instance: NodeMixInstance, schedule: NodeMixSchedule, embodied_kg: FloatArray,
         operational_kg: FloatArray) -> str:
    """Return what the picture shows, in words."""
    machines = counted(int(schedule.count.sum()), "machine")
    return (f"{machines} for {counted(len(instance.groups), 'group')}: {embodied_kg.sum():.4g} kgCO2e embodied and "
            f"charged to the horizon, {operational_kg.sum():.4g} kgCO2e operational.")
