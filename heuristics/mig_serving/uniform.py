"""Clover's setting, the future known: one configuration for all GPUs, the best of each hour or the cheapest path."""

from itertools import pairwise

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.mig_serving.configurations import Configurations, configurations_of
from ecoopt.heuristics.mig_serving.pairs import Pairs
from ecoopt.instances.mig_serving import MigServingInstance, MigServingSchedule
from ecoopt.instances.mig_serving.layers import Layer, cheapest_path

MOST_NUMBERS = 64
"""Numbers of GPUs on that are tried at most."""


def oracle(
    instance: MigServingInstance, run: Run, *, seed: int, start: MigServingSchedule | None, power_off: bool = False
) -> Outcome:
    """Take the best configuration of every period, all configurations being known (Clover's ORACLE).

    Its measurements and switches cost it nothing when it chooses; its schedule is charged for the switches. O(G T) for
    G configurations; one iteration, an evaluation for each configuration.

    Parameters
    ----------
    power_off : bool
        Whether fewer GPUs may be on, all of them alike; the published system has all on. Where there are more than 64
        GPUs, 64 numbers of them are tried.
    """
    if (best := _Best.of(instance, run, power_off)) is not None:
        best.offer(best.cost.reshape(-1, instance.periods).argmin(axis=0), run)
    return run.outcome()


def path(
    instance: MigServingInstance, run: Run, *, seed: int, start: MigServingSchedule | None, power_off: bool = False
) -> Outcome:
    """Take the cheapest sequence of configurations, switches paid for: the optimum of the published setting.

    Only partitions differ in what switching costs, so that the best configuration of each partition is enough: a
    shortest path through M nodes a period, after O(G T) for G configurations. One iteration, an evaluation for each
    configuration.

    Parameters
    ----------
    power_off : bool
        As for `oracle`.
    """
    if (best := _Best.of(instance, run, power_off)) is not None:
        flat = best.cost.reshape(-1, instance.periods)
        usable = [np.flatnonzero(np.isfinite(column)) for column in flat.T]
        layers = [Layer(best.gpus_on[rows], best.slices[rows], flat[rows, t]) for t, rows in enumerate(usable)]
        chosen, _ = cheapest_path(best.pairs.options, layers)
        best.offer(np.array([rows[m] for rows, m in zip(usable, chosen, strict=True)]), run)
    return run.outcome()


class _Best:
    """The best configuration of each number of GPUs on, partition and period.

    Parameters
    ----------
    found : Configurations
        All of them.
    numbers : int array [N]
        Numbers of GPUs on.

    Attributes
    ----------
    cost : float array [N, M, T]
        Objective of the period, switches apart; infinite where there is none.
    row : int array [N, M, T]
        Configuration.
    gpus_on : int array [N M]
        GPUs on, of every pair of number and partition.
    slices : int array [N M, P]
        Slices.
    """

    def __init__(self, found: Configurations, numbers: IntArray) -> None:
        self.pairs: Pairs = found.pairs
        self.counts = found.counts
        edges = np.searchsorted(found.partition, np.arange(len(found.partitions) + 1))
        parts = [slice(*edge) for edge in pairwise(edges)]
        costs, rows = [], []
        for number in numbers.tolist():
            table = self.pairs.table(found.counts, number)
            best = np.array([part.start + table[part].argmin(axis=0) for part in parts])
            rows.append(best)
            costs.append(np.take_along_axis(table, best, axis=0))
        self.cost: FloatArray = np.array(costs)
        self.row: IntArray = np.array(rows)
        self.gpus_on: IntArray = np.repeat(numbers, len(found.partitions))
        self.slices: IntArray = (numbers[:, None, None] * found.partitions[None]).reshape(len(self.gpus_on), -1)

    @classmethod
    def of(cls, instance: MigServingInstance, run: Run, power_off: bool) -> "_Best | None":
        """Return the table, None when the budget is spent or some period has no configuration."""
        if run.stop() is not None:
            return None
        found = configurations_of(instance)
        if len(found.counts) > run.evaluations_left:
            return None
        fewest = 1 if power_off and instance.power_off else instance.gpus
        tried = np.linspace(fewest, instance.gpus, min(MOST_NUMBERS, instance.gpus))
        numbers = np.unique(tried.round().astype(np.int64))
        best = cls(found, numbers)
        run.tick(1, len(found.counts))
        return best if np.isfinite(best.cost).any(axis=(0, 1)).all() else None

    def offer(self, chosen: IntArray, run: Run) -> None:
        """Offer the schedule that takes row `chosen[t]` of `gpus_on` and `slices` in each period."""
        periods = np.arange(len(chosen))
        rows = self.row.reshape(-1, len(chosen))[chosen, periods]
        on, slices = self.gpus_on[chosen], self.slices[chosen]
        counts = self.counts[rows].astype(np.int64) * on[:, None]
        run.offer(self.pairs.objective(counts, on, slices), lambda: self.pairs.schedule(counts, on, slices))
