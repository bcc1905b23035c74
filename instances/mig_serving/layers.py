"""Layers: the cheapest path through candidate configurations of each period, changes between them paid for."""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.mig_serving.options import Options


@dataclass(frozen=True, eq=False)
class Layer:
    """Candidates of one period. M candidates, P profiles.

    Parameters
    ----------
    gpus_on : int array [M]
        GPUs that are on.
    slices : int array [M, P]
        Slices.
    cost : float array [M]
        Objective of the period, changes apart.
    """

    gpus_on: IntArray
    slices: IntArray
    cost: FloatArray


def cheapest_path(options: Options, layers: list[Layer]) -> tuple[IntArray, float]:
    """Return which candidate to take in each period, int array [T], and the objective. O(sum M_t M_(t+1) P).

    Parameters
    ----------
    options : Options
        What changes cost.
    layers : list of Layer [T]
        At least one candidate each.
    """
    instance = options.instance
    start = Layer(
        layers[0].gpus_on if instance.initial_gpus_on is None else np.full(1, instance.initial_gpus_on),
        layers[0].slices if instance.initial_slices is None else instance.initial_slices[None], np.zeros(1))
    total = layers[0].cost.copy()
    if instance.initial_slices is not None:
        total += options.slice_cost[0] * np.abs(layers[0].slices - start.slices).sum(axis=1)
    if instance.initial_gpus_on is not None:
        total += options.power_on_cost[0] * np.maximum(layers[0].gpus_on - start.gpus_on, 0)
    back: list[IntArray] = []
    for t in range(1, len(layers)):
        before, now = layers[t - 1], layers[t]
        change = np.zeros((len(now.cost), len(before.cost)))
        for p in range(now.slices.shape[1]):
            change += np.abs(now.slices[:, p, None] - before.slices[None, :, p])
        change *= options.slice_cost[t]
        change += options.power_on_cost[t] * np.maximum(now.gpus_on[:, None] - before.gpus_on[None], 0)
        change += total
        best = change.argmin(axis=1)
        back.append(best)
        total = now.cost + change[np.arange(len(best)), best]
    last = int(total.argmin())
    path = [last]
    for best in reversed(back):
        path.append(int(best[path[-1]]))
    return np.array(path[::-1]), float(total[last])
