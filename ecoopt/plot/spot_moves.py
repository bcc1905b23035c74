"""Picture of a move: what each GPU holds while layers go from GPU to GPU, at the change that moves most."""

import numpy as np
from matplotlib.figure import Figure

from ecoopt.instances.spot_parallel import SpotParallelInstance, SpotParallelSchedule
from ecoopt.instances.spot_parallel.moving import move_order
from ecoopt.instances.spot_parallel.placing import moved_gb
from ecoopt.plot.style import INK, OTHERS, SERIES, legend_below, new_figure
from ecoopt.plot.words import one_line

_WIDTH_IN = 7.2


def most_moving(instance: SpotParallelInstance, schedule: SpotParallelSchedule) -> int | None:
    """Return the node before which most is moved, the first of equals; None where nothing is, or GPUs have no names."""
    if schedule.slot is None:
        return None
    moved = moved_gb(instance, schedule)
    return int(moved.argmax()) if moved.any() else None


def moves(instance: SpotParallelInstance, schedule: SpotParallelSchedule, node: int) -> Figure:
    """Return the picture of the change before a node of a feasible schedule, one line for each GPU."""
    order = move_order(instance, schedule, node)
    steps = len(order.layers)
    # Within a step a GPU first receives, then frees.
    held = np.empty((2 * steps + 1, order.held_gb.shape[1]))
    held[::2], held[1::2] = order.held_gb, order.held_gb[:-1] + order.lacking_gb
    at = np.arange(2 * steps + 1) / 2
    figure = new_figure(_WIDTH_IN, 3.0, (
        f"Memory of {held.shape[1]} GPUs while {order.lacking_gb.sum():.4g} GB are moved before node {node} in {steps} "
        f"steps: at most {order.peak_gb:.4g} of {instance.gpu_memory_gb:.4g} GB."))
    figure.suptitle(one_line(instance.name, 90), x=0.01, ha="left")
    panel = figure.subplots()
    panel.plot(at, held, color=OTHERS.light, linewidth=0.8)
    panel.plot(at, held.max(axis=1), color=SERIES[0].light, linewidth=1.4, label="the fullest GPU")
    panel.axhline(instance.gpu_memory_gb, color=INK.light, linewidth=1.0, label="memory of a GPU")
    panel.set_xlim(0, steps)
    panel.set_ylim(0, 1.05 * max(instance.gpu_memory_gb, order.peak_gb))
    panel.set_title(f"weights and caches on each GPU before node {node}, {order.lacking_gb.sum():.4g} GB moved")
    panel.set_xlabel("parts of the model moved")
    panel.set_ylabel("GB")
    legend_below(figure, panel, 2)
    return figure
