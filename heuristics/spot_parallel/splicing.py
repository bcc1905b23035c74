"""Splicing: two paths, one within the budgets and one beyond, become one that is within them and cheaper."""

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.heuristics.spot_parallel.dynamic import ToCome
from ecoopt.heuristics.spot_parallel.plans import offer, offer_best
from ecoopt.instances.spot_parallel.tables import Tables


class Spliced:
    """The last paths met at prices, one within the budgets and one beyond.

    Parameters
    ----------
    tables : Tables
        Of the instance.
    run : Run
        Offered each path, and what splicing it gives.
    """

    def __init__(self, tables: Tables, run: Run) -> None:
        self.tables, self.run = tables, run
        self.within: IntArray | None = None
        self.beyond: IntArray | None = None

    def best(self, to_come: ToCome) -> IntArray:
        """Return the best path of a dynamic program with prices, once it is offered and spliced."""
        config = offer_best(to_come, self.run)
        if self.tables.within(config):
            self.within = config
        else:
            self.beyond = config
        if self.within is not None and self.beyond is not None:
            for early, late in ((self.within, self.beyond), (self.beyond, self.within)):
                found = spliced(self.tables, early, late)
                if found is not None:
                    offer(self.tables, self.run, found)
        return config


def spliced(tables: Tables, early: IntArray, late: IntArray) -> IntArray | None:
    """Return the cheapest path that is one until some interval and another from there on, within the budgets, or None.

    Parameters
    ----------
    early, late : int array [N]
        Configurations before and after.
    """
    instance, nodes = tables.instance, np.arange(len(early))
    depth, intervals = instance.depth, instance.intervals
    later = np.flatnonzero(instance.parent >= 0)
    before, inner = instance.parent[later], np.zeros((2, len(nodes)))
    for k, config in enumerate((early, late)):
        inner[k] = tables.cost_usd[nodes, config]
        inner[k, later] += tables.step_usd(later, config[before], config[later])
    across = np.zeros(len(nodes))
    across[later] = tables.cost_usd[later, late[later]] + tables.step_usd(later, early[before], late[later])

    def by_interval(values: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(depth, values, intervals))

    head = np.cumsum(by_interval(inner[0]))[:-1]
    tail = np.append(np.cumsum(by_interval(inner[1])[::-1])[::-1], 0.0)[2:]
    value = head + by_interval(across)[1:] + tail
    for use, most in zip(tables.uses, tables.most.tolist(), strict=True):
        first = np.cumsum(by_interval(use[nodes, early]))[:-1]
        rest = np.cumsum(by_interval(use[nodes, late])[::-1])[::-1][1:]
        value = np.where(first + rest > most, np.inf, value)
    if not len(value) or not np.isfinite(value).any():
        return None
    return np.where(depth <= int(value.argmin()), early, late)
