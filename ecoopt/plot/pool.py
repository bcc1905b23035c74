"""Pictures of pools: machines by type over time, which type serves which batch sizes, what trials told."""

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.instances.pool import PoolInstance, PoolSchedule
from ecoopt.plot.over_time import period_edges, stack, time_axis
from ecoopt.plot.style import INK, MUTED, OTHERS, SERIES, legend_below, new_figure, style
from ecoopt.plot.words import legend_columns, listed, one_line

TRADEOFF = ("cost_usd", "carbon_g")
"""Terms of the score that pull against each other, for the horizontal and the vertical axis."""

MOST_MODELS = 4
_WIDTH_IN, _LEAST_LATE = 7.2, 0.01


class Bands(NamedTuple):
    """What a pool is made of. J bands, T periods.

    Parameters
    ----------
    names : tuple of str [J]
        Types in their order; the least used of many are gathered in the last band.
    kinds : tuple of int array [J]
        Which types each band has.
    machines : int array [J, T]
        Machines of each.
    """

    names: tuple[str, ...]
    kinds: tuple[IntArray, ...]
    machines: IntArray


def figures(instance: Instance, schedule: Schedule) -> dict[str, Figure]:
    """Return the pictures of a pool.

    Parameters
    ----------
    instance : PoolInstance
        What was asked.
    schedule : PoolSchedule
        What was decided; drawn as written, allowed or not.

    Returns
    -------
    dict of str to Figure
        ``composition``: machines of each type over time, and for each model which share of its queries each type serves
        by batch size. With trials instead ``trials``: what was measured of every composition by its price.

    Raises
    ------
    InputError
        When either belongs to another family.
    """
    if not isinstance(instance, PoolInstance) or not isinstance(schedule, PoolSchedule):
        raise InputError.one("plot", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a PoolInstance and a PoolSchedule")
    with style():
        if instance.trials is not None:
            return {"trials": _trials(instance, schedule)}
        return {"composition": _composition(instance, schedule)}


def type_bands(instance: PoolInstance, schedule: PoolSchedule, most: int) -> Bands:
    """Return the types that are rented as bands, at most so many."""
    machines = _machines(instance, schedule).sum(axis=1).T
    used = [k for k in range(len(machines)) if machines[k].any()]
    largest = sorted(used, key=lambda k: (-int(machines[k].sum()), k))
    kept = [k for k in used if k in (used if len(used) <= most else largest[:most - 1])]
    names, kinds = [instance.types[k].name for k in kept], [np.array([k]) for k in kept]
    if rest := [k for k in used if k not in kept]:
        names.append(f"{len(rest)} other types")
        kinds.append(np.array(rest))
    rows = [machines[which].sum(axis=0) for which in kinds]
    return Bands(tuple(names), tuple(kinds), np.array(rows, dtype=np.int64).reshape(len(rows), instance.periods))


def _machines(instance: PoolInstance, schedule: PoolSchedule) -> IntArray:
    """Return the machines of a schedule, int array [T, M, K]; what does not exist is left out."""
    rented = schedule.rented
    counts = np.zeros((instance.periods, len(instance.models), len(instance.types)), dtype=np.int64)
    there = ((rented.period < counts.shape[0]) & (rented.model < counts.shape[1]) & (rented.kind < counts.shape[2]))
    np.add.at(counts, (rented.period[there], rented.model[there], rented.kind[there]), rented.count[there])
    return counts


def _served(instance: PoolInstance, schedule: PoolSchedule, m: int) -> FloatArray:
    """Return the share of each bin's queries that each type serves over all periods, float array [K, B]."""
    sent, shape = schedule.routing, (len(instance.types), len(instance.models[m].batch))
    mine = (sent.model == m) & (sent.kind < shape[0]) & (sent.bin < shape[1])
    rates = np.zeros(shape)
    np.add.at(rates, (sent.kind[mine], sent.bin[mine]), sent.rate_per_s[mine])
    whole = rates.sum(axis=0)
    share: FloatArray = np.divide(rates, whole, out=np.zeros(shape), where=whole > 0)
    return share


def _composition(instance: PoolInstance, schedule: PoolSchedule) -> Figure:
    """Draw machines above, batch sizes of the first models below."""
    bands = type_bands(instance, schedule, len(SERIES))
    shown = min(len(instance.models), MOST_MODELS)
    figure = new_figure(_WIDTH_IN, 2.3 + 1.2 * shown, _alt(instance, bands))
    figure.suptitle(one_line(instance.name, 90), x=0.01, ha="left")
    panels = figure.subplots(1 + shown, 1, height_ratios=[2.0, *(1.0 for _ in range(shown))])
    top, others = panels[0], panels[1:]
    _over_time(top, instance, bands)
    for m, panel in enumerate(others):
        model, share = instance.models[m], _served(instance, schedule, m)
        rows = np.array([share[which].sum(axis=0) for which in bands.kinds]).reshape(-1, share.shape[1])
        edges = np.concatenate([[0.0], model.batch])
        stack(panel, edges, rows, [("", SERIES[j].light) for j in range(len(rows))])
        panel.set_ylim(0, 1)
        panel.set_xlim(edges[0], edges[-1])
        panel.set_title(f"who serves {one_line(model.name, 40)}, by batch size")
        panel.set_ylabel("share")
    others[-1].set_xlabel("batch size")
    figure.align_ylabels([top, *others])
    legend_below(figure, top, legend_columns([*bands.names], _WIDTH_IN))
    return figure


def _over_time(panel: Axes, instance: PoolInstance, bands: Bands) -> None:
    """Draw the machines of each type over the periods."""
    edges = period_edges(instance.start_utc, instance.periods, round(instance.period_h * 3600))
    stack(panel, edges, bands.machines.astype(np.float64),
           [(name, SERIES[j].light) for j, name in enumerate(bands.names)])
    total = bands.machines.sum(axis=0) if len(bands.machines) else np.zeros(instance.periods)
    panel.set_ylim(0, 1.15 * max(float(total.max(initial=0)), 1.0))
    panel.set_title(f"machines rented: {total.min(initial=total.max(initial=0)):.0f} to {total.max(initial=0):.0f}")
    panel.set_ylabel("machines")
    time_axis(panel, edges)


def _trials(instance: PoolInstance, schedule: PoolSchedule) -> Figure:
    """Draw what was measured of every composition by its price, and which one was chosen."""
    trials = instance.trials
    assert trials is not None
    throughput = instance.objective == "throughput"
    measured = trials.rate_per_s if throughput else trials.qos_percent
    assert measured is not None
    price = trials.count @ instance.price_per_h[0]
    chosen = np.flatnonzero((trials.count == _machines(instance, schedule)[0, 0]).all(axis=1))
    enough = np.ones(len(price), dtype=bool) if throughput else measured >= trials.least_qos_percent
    what, unit = ("allowable throughput", "queries/s") if throughput else ("answered in time", "% of queries")
    height = measured if throughput else np.maximum(100 - measured, _LEAST_LATE)
    names = listed(kind.name for kind in instance.types)
    said = f"{what.capitalize()} of {len(price)} compositions of {names} by price."
    if not throughput:
        said += f" {int(enough.sum())} reach {trials.least_qos_percent:g} %."
    if len(chosen):
        said += f" Chosen: {price[chosen[0]]:.4g} $/h with {measured[chosen[0]]:.4g} {unit}."
    figure = new_figure(_WIDTH_IN, 3.4, said)
    figure.suptitle(one_line(instance.name, 90), x=0.01, ha="left")
    panel = figure.subplots()
    panel.scatter(price[~enough], height[~enough], s=9, color=OTHERS.light, linewidth=0, label="too few in time")
    panel.scatter(price[enough], height[enough], s=9, color=SERIES[0].light, linewidth=0,
                  label="tried" if throughput else "enough in time")
    panel.scatter(price[chosen], height[chosen], s=60, facecolors="none", edgecolors=INK.light, linewidth=1.2,
                  label="chosen")
    if not throughput:
        panel.axhline(max(100 - trials.least_qos_percent, _LEAST_LATE), color=MUTED.light, linewidth=0.8)
        panel.set_yscale("log")
        panel.invert_yaxis()
    panel.set_title(f"compositions of {one_line(names, 70)}")
    panel.set_xlabel("price, $/h")
    panel.set_ylabel(unit if throughput else "% of queries late")
    legend_below(figure, panel, 3)
    return figure


def _alt(instance: PoolInstance, bands: Bands) -> str:
    """Return what the picture shows, in words."""
    total = bands.machines.sum(axis=0) if len(bands.machines) else np.zeros(instance.periods)
    most = ""
    if len(bands.names):
        most = f" Most are {bands.names[int(bands.machines.sum(axis=1).argmax())]}."
    return (f"Machines of {len(bands.names)} types over {instance.periods} periods: {total.min():.0f} to "
            f"{total.max():.0f}.{most} Below, which type serves which batch sizes of "
            f"{listed(one_line(model.name) for model in instance.models[:MOST_MODELS])}.")
