"""A path of named GPUs: node by node what really has to be moved is counted, and for what is to come its bound."""

import numpy as np

from ecoopt.heuristics.spot_parallel.dynamic import ToCome
from ecoopt.instances.spot_parallel import SpotParallelSchedule
from ecoopt.instances.spot_parallel.placing import Placement
from ecoopt.instances.spot_parallel.tables import Tables


def placed_path(tables: Tables, to_come: ToCome) -> SpotParallelSchedule:
    """Return a schedule of an instance whose GPUs have names, chosen parents first.

    At a node, configurations are tried in order of their bounds until the next bound is no better than what was found.

    Parameters
    ----------
    tables : Tables
        Of the instance.
    to_come : ToCome
        Of the same, or an estimate, or with prices.
    """
    instance, placement = tables.instance, Placement(tables.instance)
    config = np.empty(instance.nodes, dtype=np.int64)
    slot = np.empty((instance.nodes, instance.devices), dtype=np.int64)
    every = np.arange(instance.configs)
    for n, parent in enumerate(instance.parent.tolist()):
        row = to_come.values[n]
        if parent < 0:
            config[n] = row.argmin()
            slot[n] = placement.first(n, int(config[n]), int(tables.on_demand[n, config[n]]))
            continue
        old, node = int(config[parent]), np.array([n])
        bounds = row + tables.step_usd(node, np.array([old]), every)
        best = np.inf
        for new in np.argsort(bounds, kind="stable").tolist():
            if bounds[new] >= best:
                break
            after = placement.best(n, slot[parent], old, new, int(tables.on_demand[n, new]))
            moved = placement.moved_gb(slot[parent], after, old, new)
            usd = float(row[new] + tables.moved_usd(node, np.array([old]), np.array([new]), np.array([moved]))[0])
            if usd < best:
                best, config[n], slot[n] = usd, new, after
    return SpotParallelSchedule(config=config, on_demand=tables.on_demand[np.arange(len(config)), config], slot=slot)
