"""Pools: which sizes of pool each service may have in each period; the model has no column that cannot be used."""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.instances.mig import count_vectors
from ecoopt.instances.mig_serving.options import Options


@dataclass(frozen=True, eq=False)
class Pools:
    """Pairs of service and pool size that can serve a period's load, and the options in them.

    Parameters
    ----------
    most : int
        Instances that all GPUs together can hold.
    period, service, size : int array [Z]
        Of each pair, ordered by period, service and size. A service without requests in a period has none.
    pair : int array [X]
        Pair of each use of an option in a pool of a size, ordered by pair.
    option : int array [X]
        Its option.
    """

    most: int
    period: IntArray
    service: IntArray
    size: IntArray
    pair: IntArray
    option: IntArray


def pools_of(options: Options) -> Pools:
    """Return the pairs worth having. O(K T B + X).

    A size is left out when even the most instances that count as it cannot serve the load, or when it is beyond what
    all GPUs hold. Should no size be left the largest stays, so that the model says by itself that it is infeasible.
    """
    instance = options.instance
    sizes = instance.pool_sizes
    most = int(count_vectors(instance.geometry).sum(axis=1).max()) * instance.gpus
    last = np.minimum(np.append(sizes[1:] - 1, most), most)
    best = np.array([options.capacity_rps[options.service == k].max(axis=0, initial=0.0)
                     for k in range(len(instance.services))])
    # [T, K, B]
    enough = instance.load_rps.T[:, :, None] <= best * last * (1 + 1e-9)
    possible = enough & (sizes <= most)
    none = ~possible.any(axis=2)
    possible[none, -1] = True
    possible &= (instance.load_rps.T > 0)[:, :, None]
    period, service, size = np.nonzero(possible)
    usable = (options.service[None, :] == service[:, None]) & (options.capacity_rps[:, size].T > 0)
    pair, option = np.nonzero(usable)
    return Pools(most, period, service, size, pair, option)
