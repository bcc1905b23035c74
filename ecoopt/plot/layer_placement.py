"""Pictures of layer placements: machines as bars over the layers they hold, and below what each layer has."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from ecoopt.core.arrays import IntArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.words import counted
from ecoopt.instances.layer_placement import LayerPlacementInstance, LayerPlacementSchedule, coverage, throughput
from ecoopt.plot.style import INK, MUTED, OTHERS, SERIES, legend_below, new_figure, style
from ecoopt.plot.words import one_line

TRADEOFF = ("throughput_tokens_per_s", "price_per_h")
"""Terms of the score that pull against each other, for the horizontal and the vertical axis."""

MOST_MACHINES = 48
_ROW_IN, _BAR = 0.16, 0.8


def figures(instance: Instance, schedule: Schedule) -> dict[str, Figure]:
    """Return the picture of a placement.

    Parameters
    ----------
    instance : LayerPlacementInstance
        What was asked.
    schedule : LayerPlacementSchedule
        What was decided; machines that break a rule are left out.

    Returns
    -------
    dict of str to Figure
        ``pipeline``: the layers that each machine holds, coloured by its type, the 48 that begin first; below, the
        tokens per second that the holders of each layer take together, with the throughput as a dashed line.

    Raises
    ------
    InputError
        When either belongs to another family, or there is not one entry per machine.
    """
    if not isinstance(instance, LayerPlacementInstance) or not isinstance(schedule, LayerPlacementSchedule):
        raise InputError.one("plot", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a LayerPlacementInstance and a LayerPlacementSchedule")
    if len(schedule.held) != len(instance.kind):
        raise InputError.one("plot", "held", f"has {len(schedule.held)} entries for {len(instance.kind)} machines",
                             "give one for each")
    sound = (schedule.held <= instance.most_held[instance.kind]) & (schedule.first + schedule.held <= instance.layers)
    held = np.where(sound, schedule.held, 0)
    with style():
        return {"pipeline": _pipeline(instance, np.where(held > 0, schedule.first, 0), held)}


def _pipeline(instance: LayerPlacementInstance, first: IntArray, held: IntArray) -> Figure:
    """Draw bars above, coverage below."""
    used = np.flatnonzero(held)
    shown = used[np.lexsort((used, first[used]))][:MOST_MACHINES]
    flow = throughput(instance, first, held)
    rows = max(len(shown), 3)
    figure = new_figure(7.2, _ROW_IN * rows + 2.6, _alt(instance, len(used), flow))
    figure.suptitle(one_line(instance.name, 90), x=0.01, ha="left")
    bars, taken = figure.subplots(2, 1, sharex=True, height_ratios=[_ROW_IN * rows, 1.1])
    _bars(bars, instance, first, held, shown)
    bars.set_ylim(rows, 0)
    bars.set_xlim(0, instance.layers)
    bars.set_yticks([])
    bars.grid(False, axis="y")
    left_out = f", the first {len(shown)} shown" if len(shown) < len(used) else ""
    bars.set_title(f"{len(used)} of {counted(len(instance.kind), 'machine')} on {counted(instance.layers, 'layer')}"
                   f"{left_out}")
    covered = coverage(instance, first, held)
    taken.stairs(covered, np.arange(instance.layers + 1), color=SERIES[0].light, linewidth=1.2)
    taken.axhline(flow, color=INK.light, linewidth=0.9, linestyle=(0, (3, 1.5)))
    taken.set_ylim(0, 1.1 * max(int(covered.max()), 1))
    taken.set_title(f"taken on each layer; throughput {flow:,} tokens/s (dashed)")
    taken.set_ylabel("tokens/s")
    taken.set_xlabel("layer")
    if len(shown):
        legend_below(figure, bars, 4)
    return figure


def _bars(panel: Axes, instance: LayerPlacementInstance, first: IntArray, held: IntArray, shown: IntArray) -> None:
    """Draw the layers of each machine, each type in a colour as long as there are colours."""
    row = np.arange(len(shown))
    begin, end = first[shown], first[shown] + held[shown]
    corners = np.stack([np.stack([begin, begin, end, end], axis=1),
                        np.stack([row, row + _BAR, row + _BAR, row], axis=1)], axis=2)
    kinds = np.unique(instance.kind[shown])
    for place, shade in enumerate((*SERIES, OTHERS)):
        last = place == len(SERIES)
        here = np.isin(instance.kind[shown], kinds[place:] if last else kinds[place:place + 1])
        if here.any():
            panel.add_collection(PolyCollection(
                list(corners[here]), facecolors=shade.light, edgecolors=MUTED.light, linewidths=0.2,
                label="other types" if last else one_line(instance.types[kinds[place]].name)))


def _alt(instance: LayerPlacementInstance, used: int, flow: int) -> str:
    """Return what the picture shows, in words."""
    return (f"{used} of {counted(len(instance.kind), 'machine')} hold {counted(instance.layers, 'layer')}; "
            f"{flow:,} tokens per second flow.")
