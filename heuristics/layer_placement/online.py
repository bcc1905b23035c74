"""Online: machines join one by one, and each takes its layers for good before the next is seen."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.layer_placement.ended import ended
from ecoopt.instances.layer_placement import (
    LayerPlacementInstance,
    LayerPlacementSchedule,
    offer,
    offer_start,
    throughput,
)


class Joining(NamedTuple):
    """What is known when a machine joins; nothing of those to come.

    Parameters
    ----------
    speed : int array [K]
        Its tokens per second with 1, 2, ..., K layers.
    coverage : int array [L]
        What those there before take on each layer.
    work : int
        Most layers times tokens per second of those there before and this one, added up.
    """

    speed: IntArray
    coverage: IntArray
    work: int


_AIM, _POWER = 1.5, 4

Policy = Callable[[Joining], tuple[int, int]]
"""Returns first layer and layers held."""


def petals(
    instance: LayerPlacementInstance, run: Run, *, seed: int, start: LayerPlacementSchedule | None,
) -> Outcome:
    """Let each machine take as many layers as it can hold, there where least is taken: the least window, sorted.

    Petals, section 3.2: servers join at the blocks with the worst throughput. A machine is an iteration. Ignores
    `seed`.
    """
    return _one_by_one(instance, run, start, _weakest)


def fill_up(
    instance: LayerPlacementInstance, run: Run, *, seed: int, start: LayerPlacementSchedule | None,
) -> Outcome:
    """Let each machine take the layers that lack most of what all machines seen so far could do.

    It chooses how many too: few layers quickly or many slowly. A machine is an iteration. Ignores `seed`.
    """
    return _one_by_one(instance, run, start, _most_lacking)


def _weakest(now: Joining) -> tuple[int, int]:
    """Return the window of all layers that can be held whose sorted coverage is least."""
    held = len(now.speed)
    windows = np.sort(np.lib.stride_tricks.sliding_window_view(now.coverage, held), axis=1)
    return int(np.lexsort(windows.T[::-1])[0]), held


def _most_lacking(now: Joining) -> tuple[int, int]:
    """Return the window that takes most off what is lacking, to the fourth power; the longest, first one of equals.

    Lacking is what a layer has less than one and a half even shares of the work: some layers will have more than a
    share. The power sends machines to layers that hardly any holds.
    """
    aim = _AIM * now.work / len(now.coverage)
    lacking = np.maximum(1 - now.coverage / aim, 0)
    best = (-1.0, 0, 0)
    for held in range(len(now.speed), 0, -1):
        gains = lacking**_POWER - np.maximum(lacking - now.speed[held - 1] / aim, 0)**_POWER
        sums = np.cumsum(np.append(0.0, gains))
        added = sums[held:] - sums[:-held]
        first = int(np.argmax(added))
        if float(added[first]) > best[0] + 1e-12:
            best = (float(added[first]), first, held)
    return best[1], best[2]


POLICIES: tuple[Policy, ...] = (_weakest, _most_lacking)


def _one_by_one(
    instance: LayerPlacementInstance, run: Run, start: LayerPlacementSchedule | None, policy: Policy,
) -> Outcome:
    """Let machines join in order, each an iteration, and offer the placement of all that did."""
    offer_start(instance, run, start)
    first, held = joined(instance, run, policy, run.iterations_left)
    run.tick(int(np.count_nonzero(held)), int(np.count_nonzero(held)))
    offer(instance, run, LayerPlacementSchedule(first=first, held=held))
    return ended(run)


def joined(
    instance: LayerPlacementInstance, run: Run, policy: Policy, most: float,
) -> tuple[IntArray, IntArray]:
    """Return first layers and layers held, int arrays [M], of machines that join by a policy.

    Where a demand is to be met, none joins any more once it is; nor when a run must stop.

    Parameters
    ----------
    most : float
        Machines that may join.
    """
    first, held = np.zeros((2, len(instance.kind)), dtype=np.int64)
    demand = instance.demand_tokens_per_s
    covered, work = np.zeros(instance.layers, dtype=np.int64), 0
    for i, q in enumerate(instance.kind.tolist()):
        if run.stop() is not None or i >= most:
            break
        speed = instance.speed[q, 1:int(instance.most_held[q]) + 1]
        work += int((speed * np.arange(1, len(speed) + 1)).max())
        begin, layers = policy(Joining(speed, covered.copy(), work))
        first[i], held[i] = begin, layers
        covered[begin:begin + layers] += speed[layers - 1]
        if demand is not None and throughput(instance, first, held) >= demand:
            break
    return first, held
