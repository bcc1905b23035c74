"""What has to be moved: the weights and caches that a GPU needs and does not hold, in gigabytes."""

from fractions import Fraction

import numpy as np
from scipy.optimize import linear_sum_assignment

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.spot_parallel import SpotParallelInstance, SpotParallelSchedule


def moved_gb(instance: SpotParallelInstance, schedule: SpotParallelSchedule, config: IntArray) -> list[float]:
    """Return what is moved at each node.

    Where GPUs have names, a GPU holds what its slot of the node before had. Where they have none, GPUs are placed so
    that least is moved, as if all of the node before were still there. Nothing is moved at nodes without parent.

    Parameters
    ----------
    config : int array [N]
        Configuration of each node.
    """
    moved, known = [0.0] * len(config), {}
    for n, c in enumerate(config.tolist()):
        parent = int(instance.parent[n])
        if parent < 0:
            continue
        old = int(config[parent])
        if schedule.slot is not None:
            held = schedule.slot[parent].tolist()
            moved[n] = sum(_needed(instance, old, c, new) - _shared(instance, old, c, slot, new)
                           for slot, new in zip(held, schedule.slot[n].tolist(), strict=True)
                           if 0 <= new < instance.gpus[c])
        elif old != c:
            if (old, c) not in known:
                known[old, c] = _least(instance, old, c)
            moved[n] = known[old, c]
    return moved


def _least(instance: SpotParallelInstance, old: int, new: int) -> float:
    """Return the least that is moved from one configuration to another when no GPU is lost."""
    shared: FloatArray = np.array([[_shared(instance, old, new, a, b) for b in range(int(instance.gpus[new]))]
                                   for a in range(int(instance.gpus[old]))])
    needed = sum(_needed(instance, old, new, b) for b in range(int(instance.gpus[new])))
    if shared.size == 0:
        return needed
    rows, columns = linear_sum_assignment(shared, maximize=True)
    return max(needed - float(shared[rows, columns].sum()), 0.0)


def _place(instance: SpotParallelInstance, config: int, slot: int) -> tuple[int, int, int]:
    """Return replica, stage and shard of a slot."""
    stages, shards = int(instance.pipeline[config]), int(instance.tensor[config])
    return slot // (stages * shards), slot // shards % stages, slot % shards


def _needed(instance: SpotParallelInstance, old: int, new: int, slot: int) -> float:
    """Return what a slot needs: its part of the weights, and of the cache of its replica if there was that before."""
    replica = _place(instance, new, slot)[0]
    cache = float(instance.kv_gb[old]) if replica < instance.data[old] else 0.0
    return (instance.weights_gb + cache) * (1 / int(instance.pipeline[new] * instance.tensor[new]))


def _shared(instance: SpotParallelInstance, old: int, new: int, held: int, wanted: int) -> float:
    """Return what a slot needs and another one held: weights of the same part, and cache of the same replica."""
    if not 0 <= held < instance.gpus[old]:
        return 0.0
    one, other = _place(instance, old, held), _place(instance, new, wanted)
    stages = _common(one[1], int(instance.pipeline[old]), other[1], int(instance.pipeline[new]))
    shards = _common(one[2], int(instance.tensor[old]), other[2], int(instance.tensor[new]))
    cache = float(instance.kv_gb[old]) if one[0] == other[0] else 0.0
    return (instance.weights_gb + cache) * float(stages * shards)


def _common(one: int, parts: int, other: int, others: int) -> Fraction:
    """Return how much of a whole lies both in a part of `parts` and in a part of `others`."""
    low, high = max(one * others, other * parts), min((one + 1) * others, (other + 1) * parts)
    return Fraction(max(high - low, 0), parts * others)
