"""Tables: what each number of servers and each choice of levels in a state loses, and how many scenarios it trips.

Levels of a state are chosen together: a *choice* is one level for each priority, none slower than the one before.
Power above the limit is demand above it, and so above the last threshold: in no other state does a scenario trip.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement
from math import comb

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.instances.power_cap_thresholds.schema import ROUNDING, PowerCapThresholdsInstance

MOST_CELLS = 50_000_000


@dataclass(frozen=True, eq=False)
class Tables:
    """N numbers of servers, S states, Q choices.

    Parameters
    ----------
    instance : PowerCapThresholdsInstance
        What they were made of.
    added : int array [N]
        Numbers of added servers, all that are possible.
    choice : int array [Q, P]
        Level of each priority; choice 0 is full speed for all, the last the slowest level for all.
    loss_h : float array [N, S, Q]
        Weighted server-hours lost in each state, mean over the scenarios.
    trips : int array [N, Q]
        How many scenarios trip with each choice above the last threshold.
    """

    instance: PowerCapThresholdsInstance
    added: IntArray
    choice: IntArray
    loss_h: FloatArray
    trips: IntArray

    def value(self, n: int, chosen: IntArray) -> float:
        """Return the objective of the n-th number of servers and a choice for each state, int array [S]."""
        lost_h = float(self.loss_h[n, np.arange(len(chosen)), chosen].sum())
        return lost_h - self.instance.value_h * float(self.added[n])

    def tripped(self, n: int, chosen: IntArray) -> int:
        """Return how many scenarios trip."""
        return int(self.trips[n, chosen[-1]])

    def feasible(self, n: int) -> bool:
        """Return whether so many servers can be added at all: whether that works at the slowest levels."""
        return bool(self.trips[n, -1] <= self.instance.most_trips)

    def level(self, chosen: IntArray) -> IntArray:
        """Return the levels of a choice for each state, int array [P, S]."""
        return np.ascontiguousarray(self.choice[chosen].T)

    def chosen(self, level: IntArray) -> IntArray:
        """Return the choice of each state, int array [S], of levels that are one."""
        return np.array([self._number[tuple(column)] for column in level.T.tolist()], dtype=np.int64)

    @cached_property
    def _number(self) -> dict[tuple[int, ...], int]:
        """Number of each choice."""
        return {tuple(row): q for q, row in enumerate(self.choice.tolist())}


def tables_of(instance: PowerCapThresholdsInstance) -> Tables:
    """Return the tables of an instance, in O(N S Q + W T + Q M) for the M readings that can be the peak of a scenario.

    Raises
    ------
    InputError
        When they would have more than `MOST_CELLS` entries.
    """
    priorities, states = len(instance.priorities), instance.states
    added = np.arange(instance.least_added, instance.most_added + 1)
    choices = comb(instance.levels + priorities - 1, priorities)
    if len(added) * states * choices > MOST_CELLS:
        raise InputError.one(instance.name, "", f"{len(added)} numbers of servers, {states} thresholds and {choices:,} "
                             f"choices of levels make tables of more than {MOST_CELLS:,} entries",
                             "narrow the servers to add, or give fewer levels or thresholds")
    # Lower priorities come first and are never faster: levels that do not increase along a row.
    rows = [row[::-1] for row in combinations_with_replacement(range(instance.levels), priorities)]
    choice = np.array(sorted(rows, key=lambda row: (sum(row), row)), dtype=np.int64).reshape(-1, priorities)
    weighed_w = instance.server_w * instance.share
    demand_w = weighed_w.sum(axis=2)
    servers = (instance.servers + added).astype(np.float64)
    reach_w = instance.limit_w * (1 + ROUNDING) / servers
    below = np.searchsorted(np.sort(demand_w, axis=None), reach_w[:, None] * instance.thresholds, side="right")
    inside = np.diff(np.append(below, np.full((len(added), 1), demand_w.size), axis=1)) / demand_w.size
    lost = (instance.loss[np.arange(priorities), choice] * instance.share * instance.weight).sum(axis=1)
    loss_h = instance.hours * servers[:, None, None] * inside[:, :, None] * lost
    return Tables(instance, added, choice, loss_h, _trips(weighed_w, instance.power_ratio[choice], reach_w))


def _trips(weighed_w: FloatArray, ratio: FloatArray, reach_w: FloatArray) -> IntArray:
    """Return how many scenarios have a reading above a falling reach [N] with each choice [Q, P], int array [N, Q]."""
    scenario, step = np.nonzero(_may_peak(weighed_w) & (weighed_w.sum(axis=2) > reach_w[-1]))
    trips = np.zeros((len(reach_w), len(ratio)), dtype=np.int64)
    if len(scenario):
        kept_w = np.ascontiguousarray(weighed_w[scenario, step])
        first = np.flatnonzero(np.diff(scenario, prepend=-1))
        for q, factors in enumerate(ratio):
            peak_w = np.sort(np.maximum.reduceat(kept_w @ factors, first))
            trips[:, q] = len(peak_w) - np.searchsorted(peak_w, reach_w, side="right")
    return trips


def _may_peak(weighed_w: FloatArray) -> NDArray[np.bool_]:
    """Return the readings [W, T] that another of the scenario does not exceed under every choice.

    Factors rise with the priority, so that power is a sum with weights that are not negative of the power of the
    priorities from p on. Readings are compared with the highest of each of these sums.
    """
    upper_w = np.cumsum(weighed_w[..., ::-1], axis=2)[..., ::-1]
    scenarios = np.arange(len(weighed_w))
    may = np.ones(weighed_w.shape[:2], dtype=bool)
    for p in range(weighed_w.shape[2]):
        top = upper_w[..., p].argmax(axis=1)
        beaten = (upper_w <= upper_w[scenarios, top][:, None]).all(axis=2)
        beaten[scenarios, top] = False
        may &= ~beaten
    return may
