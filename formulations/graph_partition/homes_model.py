"""The homes of one epoch as an integer program of limits alone: whether there are any, and what must give if not."""

from math import isfinite

import numpy as np
from scipy.sparse import csr_array, vstack

from ecoopt.core.arrays import IntArray
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Status
from ecoopt.formulations.highs import LinearModel, solve_model
from ecoopt.instances.graph_partition import GraphPartitionInstance, resources

_MOST_NODES = 5000


def homes_model(instance: GraphPartitionInstance) -> LinearModel:
    """Return the program: one column per entity and device, in this order; a row per entity, then per limit.

    Rows are named for people, as in ``load of device 1``. Concepts that must be everywhere take their room.
    """
    limits = resources(instance)
    n, devices = limits.allowed.shape
    kinds = limits.need.shape[1]
    column = np.arange(n * devices)
    one_home = csr_array((np.ones(n * devices), (column // devices, column)), shape=(n, n * devices))
    blocks = [csr_array((np.repeat(limits.need[:, d], devices), (column % devices, column)),
                        shape=(devices, n * devices)) for d in range(kinds)]
    names = [f"entity {v}" for v in range(n)] + [
        f"{name} of device {k}" for name in limits.names for k in range(devices)]
    room = limits.room - limits.concept_need * len(instance.everywhere)
    return LinearModel(
        cost=np.zeros(n * devices), lower=np.zeros(n * devices), upper=limits.allowed.ravel().astype(float),
        matrix=vstack([one_home, *blocks]), row_lower=np.concatenate([np.ones(n), np.full(kinds * devices, -np.inf)]),
        row_upper=np.concatenate([np.ones(n), room.T.ravel()]), integer=np.ones(n * devices, bool), sense=Sense.MAX,
        row_names=lambda: names)


def feasible_homes(instance: GraphPartitionInstance, run: Run, seed: int) -> IntArray | Status:
    """Return homes in the limits, int array [n], or that there are none, or that it is not known.

    Parameters
    ----------
    run : Run
        Limits the search by its seconds; nothing is offered to it. There is a limit of nodes besides.
    """
    seconds = run.seconds_left if isfinite(run.seconds_left) else None
    part = Run(Budget(seconds=seconds, iterations=_MOST_NODES), sense=Sense.MAX)
    found = solve_model(homes_model(instance), part, seed=seed)
    if found.x is None:
        return found.status
    homes: IntArray = found.x.reshape(instance.entities, instance.devices).argmax(axis=1)
    return homes
