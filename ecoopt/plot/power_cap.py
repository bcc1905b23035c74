"""Pictures of power-cap schedules: caps over time, power against its limit, work that waits."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.instances.power_cap import PowerCapInstance, PowerCapSchedule
from ecoopt.instances.power_cap.schema import HOUR_S
from ecoopt.instances.power_cap.tables import cap_tables
from ecoopt.plot.over_time import period_edges, stack, time_axis
from ecoopt.plot.style import INK, OTHERS, SERIES, legend_below, new_figure, style
from ecoopt.plot.words import legend_columns, one_line

TRADEOFF = ("operational", "backlog")

_WIDTH_IN = 7.2


def figures(instance: Instance, schedule: Schedule) -> dict[str, Figure]:
    """Return the pictures of a power-cap schedule.

    Parameters
    ----------
    instance : PowerCapInstance
        What was asked.
    schedule : PowerCapSchedule
        What was decided; drawn as written, allowed or not.

    Returns
    -------
    dict of str to Figure
        ``caps``: the cap of each class as a share of its highest, the mean where caps are mixed; the power of idle GPUs
        and of each class's work against the limit; work that waits; the price of energy in grams.

    Raises
    ------
    InputError
        When either belongs to another family.
    """
    if not isinstance(instance, PowerCapInstance) or not isinstance(schedule, PowerCapSchedule):
        raise InputError.one("plot", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a PowerCapInstance and a PowerCapSchedule")
    with style():
        return {"caps": _caps(instance, schedule)}


def power_by_class(instance: PowerCapInstance, schedule: PowerCapSchedule) -> FloatArray:
    """Return the power of idle GPUs and of each class's work in kW, float array [K + 1, T]."""
    tables = cap_tables(instance)
    idle_w = np.array([instance.pools[entry.pool].idle_power_w for entry in instance.classes])
    busy_w = np.einsum("ktc,kc->kt", schedule.work_gpu_h, tables.extra_w + tables.time_ratio * idle_w[:, None])
    taken_w = np.einsum("ktc,kc->t", schedule.work_gpu_h, tables.time_ratio * idle_w[:, None])
    found: FloatArray = np.vstack([tables.base_w - taken_w, busy_w]) / 1000.0
    return found


def _caps(instance: PowerCapInstance, schedule: PowerCapSchedule) -> Figure:
    """Draw the panels from top to bottom: caps, power, waiting work, price of energy."""
    tables = cap_tables(instance)
    cap_share = np.stack([schedule.share[k, :, : len(entry.cap_w)] @ (entry.cap_w / entry.cap_w[-1])
                          for k, entry in enumerate(instance.classes)])
    power_kw = power_by_class(instance, schedule)
    waiting = np.maximum(tables.backlog(schedule.share, schedule.work_gpu_h), 0.0)
    names = [entry.name for entry in instance.classes]
    shown = min(len(names), len(SERIES))
    looks = [(name, SERIES[k].light) for k, name in enumerate(names[:shown])]
    figure = new_figure(_WIDTH_IN, 6.2, _alt(instance, cap_share, power_kw, waiting))
    figure.suptitle(one_line(instance.name, 90), x=0.01, ha="left")
    caps, power, backlog, price = figure.subplots(4, 1, sharex=True, height_ratios=[1.4, 1.6, 1.1, 0.9])
    edges = period_edges(instance.start_utc, instance.hours, HOUR_S)
    for k, (_, colour) in enumerate(looks):
        _step(caps, edges, 100 * cap_share[k], colour)
    caps.set_ylim(0, 108)
    caps.set_title(f"power caps, {tables.changes(schedule.share):.3g} changes")
    caps.set_ylabel("% of highest")
    stack(power, edges, _gathered(power_kw[1:], shown), looks)
    total_kw = power_kw.sum(axis=0)
    _step(power, edges, total_kw, OTHERS.light)
    if instance.power_limit_w is not None:
        _step(power, edges, instance.power_limit_w / 1000.0, INK.light)
    power.set_ylim(0, 1.15 * max(float(total_kw.max()), 1e-3))
    power.set_title("power of work, idle GPUs on top" + ("" if instance.power_limit_w is None else ", and the limit"))
    power.set_ylabel("kW")
    stack(backlog, edges, _gathered(waiting, shown), [("", colour) for _, colour in looks])
    backlog.set_ylim(0, 1.15 * max(float(waiting.sum(axis=0).max()), 1e-3))
    backlog.set_title(f"work that waits: {waiting.sum(axis=0).mean():.3g} GPU-h on average")
    backlog.set_ylabel("GPU-h")
    _step(price, edges, 1000.0 * tables.price_g_per_wh, OTHERS.light)
    price.set_ylim(0, 1.15 * max(float(1000.0 * tables.price_g_per_wh.max()), 1e-3))
    price.set_title("carbon of a kilowatt-hour, cooling counted")
    price.set_ylabel("g/kWh")
    time_axis(price, edges)
    figure.align_ylabels([caps, power, backlog, price])
    legend_below(figure, power, legend_columns([name for name, _ in looks], _WIDTH_IN))
    return figure


def _step(panel: Axes, edges: np.ndarray, row: FloatArray, colour: str) -> None:
    panel.step(edges, np.append(row, row[-1]), where="post", color=colour, linewidth=1.1)


def _gathered(rows: FloatArray, shown: int) -> FloatArray:
    """Return the first rows, those beyond added to the last one shown."""
    return np.vstack([rows[: shown - 1], rows[shown - 1:].sum(axis=0)])


def _alt(instance: PowerCapInstance, cap_share: FloatArray, power_kw: FloatArray, waiting: FloatArray) -> str:
    """Return what the picture shows, in words."""
    total_kw = power_kw.sum(axis=0)
    means = ", ".join(f"{entry.name} {100 * row.mean():.0f} %"
                      for entry, row in zip(instance.classes, cap_share, strict=True))
    return (f"Power caps of {len(instance.classes)} classes over {instance.hours} hours, on average {means} of the "
            f"highest cap. Power: {total_kw.min():.3g} to {total_kw.max():.3g} kW. Waiting work: at most "
            f"{waiting.sum(axis=0).max():.3g} GPU-h.")
