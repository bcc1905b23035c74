"""Pictures of refresh schedules: the fleet by generation over time, at each site, and what is emitted meanwhile."""

import numpy as np
from matplotlib.figure import Figure

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.instances.refresh import RefreshInstance, RefreshSchedule
from ecoopt.instances.refresh.schema import DAY_S, W_PER_KW
from ecoopt.plot.over_time import period_edges, stack, time_axis
from ecoopt.plot.style import INK, OTHERS, SERIES, legend_below, new_figure, style
from ecoopt.plot.words import legend_columns, one_line

MOST_SITES = 8
_WIDTH_IN = 7.2
_G_PER_T = 1e6


def figures(instance: Instance, schedule: Schedule) -> dict[str, Figure]:
    """Return the pictures of a refresh schedule.

    Parameters
    ----------
    instance : RefreshInstance
        What was asked.
    schedule : RefreshSchedule
        What was decided; drawn as written, allowed or not.

    Returns
    -------
    dict of str to Figure
        ``fleet``: GPUs by generation, stacked; carbon of energy and of purchases by period; carbon intensity of the
        sites. With several sites also ``sites``: the fleet of each of the largest.

    Raises
    ------
    InputError
        When either belongs to another family.
    """
    if not isinstance(instance, RefreshInstance) or not isinstance(schedule, RefreshSchedule):
        raise InputError.one("plot", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a RefreshInstance and a RefreshSchedule")
    with style():
        drawn = {"fleet": _fleet(instance, schedule)}
        if len(instance.sites) > 1:
            drawn["sites"] = _sites(instance, schedule)
        return drawn


def gpus(instance: RefreshInstance, schedule: RefreshSchedule) -> FloatArray:
    """Return the GPUs that are there by generation, site and period, float array [G, S, T]."""
    first = np.zeros(instance.stock_shape[:2])
    generations, sites = [g.name for g in instance.generations], [s.name for s in instance.sites]
    for entry in instance.stock:
        first[generations.index(entry.generation), sites.index(entry.site)] += entry.count
    found: FloatArray = first[:, :, None] + np.cumsum(schedule.purchases - schedule.retirements, axis=2)
    return found


def emissions_t(instance: RefreshInstance, schedule: RefreshSchedule) -> tuple[FloatArray, FloatArray]:
    """Return carbon of energy at the sites, and of all purchases, in tonnes by period, float arrays [T]; no credits."""
    energy, hours = (np.array([getattr(workload, field) for workload in instance.workloads])
                     for field in ("energy_kwh", "gpu_h"))
    busy_h = np.einsum("gswt,wg->gst", schedule.work, hours)
    idle_kw = np.array([generation.unit_idle_w for generation in instance.generations]) / W_PER_KW
    idle_h = np.maximum(gpus(instance, schedule) * instance.period_h - busy_h, 0.0)
    kwh = np.einsum("gswt,wg->st", schedule.work, energy) + np.einsum("g,gst->st", idle_kw, idle_h)
    pue = np.array([site.pue for site in instance.sites])
    embodied = np.array([generation.unit_g for generation in instance.generations])
    operational: FloatArray = (pue[:, None] * instance.intensity_g_per_kwh * kwh).sum(axis=0) / _G_PER_T
    bought: FloatArray = np.einsum("g,gst->t", embodied, schedule.purchases) / _G_PER_T
    return operational, bought


def _fleet(instance: RefreshInstance, schedule: RefreshSchedule) -> Figure:
    """Draw the panels from top to bottom: fleet, emissions, intensity."""
    there = gpus(instance, schedule)
    rows, looks = _gathered(instance, there.sum(axis=1))
    energy_t, bought_t = emissions_t(instance, schedule)
    total = there.sum(axis=(0, 1))
    figure = new_figure(_WIDTH_IN, 4.8, (
        f"GPUs of {len(instance.generations)} generations over {instance.periods} periods: {total.min():.0f} to "
        f"{total.max():.0f}; {schedule.purchases.sum()} bought, {schedule.retirements.sum()} retired. Energy emits "
        f"{energy_t.sum():.4g} t, purchases {bought_t.sum():.4g} t."))
    figure.suptitle(one_line(instance.name, 90), x=0.01, ha="left")
    top, middle, bottom = figure.subplots(3, 1, sharex=True, height_ratios=[1.7, 1.3, 1.0])
    edges = period_edges(instance.start_utc, instance.periods, DAY_S * instance.period_days)
    stack(top, edges, rows, looks)
    top.set_ylim(bottom=0)
    top.set_title(f"fleet by generation: {schedule.purchases.sum()} bought, {schedule.retirements.sum()} retired")
    top.set_ylabel("GPUs")
    stack(middle, edges, np.stack([energy_t, bought_t]), [("", OTHERS.light), ("", INK.light)])
    middle.set_ylim(bottom=0)
    middle.set_title(f"emitted: {energy_t.sum():.4g} t by energy, {bought_t.sum():.4g} t embodied in purchases (above)")
    middle.set_ylabel("t/period")
    for row in instance.intensity_g_per_kwh:
        bottom.step(edges, np.append(row, row[-1]), where="post", color=OTHERS.light, linewidth=1.0)
    intensity = instance.intensity_g_per_kwh
    bottom.set_ylim(0, 1.15 * max(float(intensity.max()), 1e-3))
    bottom.set_title(f"carbon intensity of the sites: {intensity.min():.0f} to {intensity.max():.0f} g/kWh")
    bottom.set_ylabel("g/kWh")
    time_axis(bottom, edges)
    figure.align_ylabels([top, middle, bottom])
    legend_below(figure, top, legend_columns([name for name, _ in looks], _WIDTH_IN))
    return figure


def _sites(instance: RefreshInstance, schedule: RefreshSchedule) -> Figure:
    """Draw a panel for each of the largest sites."""
    there = gpus(instance, schedule)
    size = there.sum(axis=(0, 2))
    chosen = np.sort(np.argsort(-size, kind="stable")[:MOST_SITES])
    figure = new_figure(_WIDTH_IN, 0.6 + 1.0 * len(chosen), (
        f"GPUs by generation at {len(chosen)} of {len(instance.sites)} sites; most are at "
        f"{instance.sites[int(size.argmax())].name}."))
    figure.suptitle(one_line(instance.name, 90), x=0.01, ha="left")
    panels = figure.subplots(len(chosen), 1, sharex=True, squeeze=False)[:, 0]
    edges = period_edges(instance.start_utc, instance.periods, DAY_S * instance.period_days)
    for panel, s in zip(panels, chosen.tolist(), strict=True):
        rows, looks = _gathered(instance, there[:, s])
        stack(panel, edges, rows, looks)
        panel.set_ylim(bottom=0)
        mean = float(instance.intensity_g_per_kwh[s].mean())
        panel.set_title(one_line(f"{instance.sites[s].name}: {mean:.0f} g/kWh on average", 70))
        panel.set_ylabel("GPUs")
    time_axis(panels[-1], edges)
    legend_below(figure, panels[0], legend_columns([name for name, _ in looks], _WIDTH_IN))
    return figure


def _gathered(instance: RefreshInstance, rows: FloatArray) -> tuple[FloatArray, list[tuple[str, str]]]:
    """Return rows by generation and their looks, the newest of too many gathered in one."""
    names, most = [generation.name for generation in instance.generations], len(SERIES)
    if len(names) > most:
        rows = np.vstack([rows[:most - 1], rows[most - 1:].sum(axis=0)])
        names = [*names[:most - 1], f"{len(names) - most + 1} newer"]
    return rows, [(name, SERIES[k].light) for k, name in enumerate(names)]
