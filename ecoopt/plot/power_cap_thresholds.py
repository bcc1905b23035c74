"""Pictures of thresholds: the row's demand and what it draws in the worst scenario, and the peaks of all scenarios."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.instances.power_cap_thresholds import PowerCapThresholdsInstance, PowerCapThresholdsSchedule
from ecoopt.plot.style import INK, MUTED, OTHERS, SERIES, legend_below, new_figure, style
from ecoopt.plot.words import legend_columns, one_line

TRADEOFF = ("added_servers", "weighted_loss_h")
"""Terms of the score that pull against each other, for the horizontal and the vertical axis."""

_WIDTH_IN = 7.2


def figures(instance: Instance, schedule: Schedule) -> dict[str, Figure]:
    """Return the pictures of a schedule.

    Parameters
    ----------
    instance : PowerCapThresholdsInstance
        What was asked.
    schedule : PowerCapThresholdsSchedule
        What was decided; drawn as written, allowed or not.

    Returns
    -------
    dict of str to Figure
        ``power``: demand and power of the scenario whose demand is highest, with thresholds and limit; peaks of all
        scenarios, sorted by demand.

    Raises
    ------
    InputError
        When either belongs to another family.
    """
    if not isinstance(instance, PowerCapThresholdsInstance) or not isinstance(schedule, PowerCapThresholdsSchedule):
        raise InputError.one("plot", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a PowerCapThresholdsInstance and a PowerCapThresholdsSchedule")
    with style():
        return {"power": _power(instance, schedule)}


def demand_and_draw_kw(
    instance: PowerCapThresholdsInstance, schedule: PowerCapThresholdsSchedule,
) -> tuple[FloatArray, FloatArray]:
    """Return demand and power of the row in every step of every scenario, float arrays [W, T]."""
    own_kw = (instance.servers + schedule.added) * instance.share * instance.server_w / 1000
    demand = own_kw.sum(axis=2)
    state = (demand[..., None] * 1000 > instance.thresholds * instance.limit_w).sum(axis=2)
    level = np.minimum(schedule.level, instance.levels - 1)
    ratio = np.concatenate([np.ones((len(level), 1)), instance.power_ratio[level]], axis=1)
    return demand, np.asarray((own_kw * ratio.T[state]).sum(axis=2), dtype=np.float64)


def _power(instance: PowerCapThresholdsInstance, schedule: PowerCapThresholdsSchedule) -> Figure:
    """Draw the panels from top to bottom: the worst scenario, peaks."""
    demand, draw = demand_and_draw_kw(instance, schedule)
    limit = instance.limit_w / 1000
    peaks = demand.max(axis=1), draw.max(axis=1)
    worst = int(peaks[0].argmax())
    tripped = int((peaks[1] > limit * (1 + 1e-9)).sum())
    names = "; ".join(f"{name} {', '.join(str(entry) for entry in row)}"
                      for name, row in zip(instance.priorities, schedule.level.tolist(), strict=True))
    figure = new_figure(_WIDTH_IN, 4.4, (
        f"Power of a row of {instance.servers} + {schedule.added} servers under a limit of {limit:.4g} kW: demand goes "
        f"up to {peaks[0].max():.4g} kW, power to {peaks[1].max():.4g} kW; {tripped} of {instance.scenarios} scenarios "
        "trip."))
    figure.suptitle(one_line(instance.name, 90), x=0.01, ha="left")
    top, bottom = figure.subplots(2, 1)
    hours = np.arange(demand.shape[1] + 1) * instance.step_s / 3600
    for values, colour, name in ((demand[worst], SERIES[1].light, "demand"), (draw[worst], SERIES[0].light, "power")):
        top.step(hours, np.append(values, values[-1]), where="post", color=colour, label=name)
    _lines(top, limit, instance.thresholds)
    top.set_xlim(0, hours[-1])
    top.set_title(one_line(f"scenario {worst}, {schedule.added} servers added; levels above thresholds: {names}", 110))
    top.set_xlabel("time (h)")
    order = np.argsort(peaks[0], kind="stable")
    for values, colour in ((peaks[0], SERIES[1].light), (peaks[1], SERIES[0].light)):
        bottom.plot(np.arange(len(order)), values[order], ".", color=colour, markersize=3.5)
    _lines(bottom, limit, instance.thresholds)
    bottom.set_title(f"peaks of {instance.scenarios} scenarios, {tripped} above the limit; {instance.most_trips} may")
    bottom.set_xlabel("scenarios by peak of demand")
    for panel in (top, bottom):
        panel.set_ylabel("kW")
    figure.align_ylabels([top, bottom])
    legend_below(figure, top, legend_columns(["demand", "power", "limit", "thresholds"], _WIDTH_IN))
    return figure


def _lines(panel: Axes, limit: float, thresholds: FloatArray) -> None:
    """Draw limit and thresholds across a panel."""
    panel.axhline(limit, color=INK.light, linewidth=1.0, label="limit")
    for k, share in enumerate(thresholds.tolist()):
        panel.axhline(share * limit, color=MUTED.light if share < 1 else OTHERS.light, linewidth=0.7, linestyle=":",
                      label="thresholds" if k == 0 else None)
