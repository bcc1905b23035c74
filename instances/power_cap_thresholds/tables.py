"""Tables: what each number of servers and each choice of levels in a state loses, and which scenarios it trips.

Levels of a state are chosen together: a *choice* is one level for each priority, none slower than the one before.
Whether a scenario trips in a state follows from the choice alone: the program needs no power and no large constants.
"""

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.instances.power_cap_thresholds.schema import ROUNDING, PowerCapThresholdsInstance

MOST_CELLS = 400_000_000


@dataclass(frozen=True, eq=False)
class Tables:
    """N numbers of servers, S states, Q choices, W scenarios.

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
    trips : bool array [N, S, Q, W]
        Which scenarios trip in each state.
    """

    instance: PowerCapThresholdsInstance
    added: IntArray
    choice: IntArray
    loss_h: FloatArray
    trips: NDArray[np.bool_]

    @property
    def slowest(self) -> int:
        """The last choice."""
        return len(self.choice) - 1

    def value(self, n: int, chosen: IntArray) -> float:
        """Return the objective of the n-th number of servers and a choice for each state, int array [S]."""
        lost_h = float(self.loss_h[n, np.arange(len(chosen)), chosen].sum())
        return lost_h - self.instance.value_h * float(self.added[n])

    def tripped(self, n: int, chosen: IntArray) -> int:
        """Return how many scenarios trip."""
        return int(self.trips[n, np.arange(len(chosen)), chosen].any(axis=0).sum())

    def feasible(self, n: int) -> bool:
        """Return whether so many servers can be added at all: whether that works at the slowest levels."""
        return self.tripped(n, np.full(self.instance.states, self.slowest)) <= self.instance.most_trips

    def level(self, chosen: IntArray) -> IntArray:
        """Return the levels of a choice for each state, int array [P, S]."""
        return np.ascontiguousarray(self.choice[chosen].T)

    def chosen(self, level: IntArray) -> IntArray:
        """Return the choice of each state, int array [S], of levels that are one."""
        number = {tuple(row): q for q, row in enumerate(self.choice.tolist())}
        return np.array([number[tuple(column)] for column in level.T.tolist()], dtype=np.int64)


def tables_of(instance: PowerCapThresholdsInstance) -> Tables:
    """Return the tables of an instance, in O(N Q S W T).

    Raises
    ------
    InputError
        When they would have more than `MOST_CELLS` entries.
    """
    priorities, states, scenarios = len(instance.priorities), instance.states, instance.scenarios
    # Lower priorities come first and are never faster: levels that do not increase along a row.
    rows = [row[::-1] for row in combinations_with_replacement(range(instance.levels), priorities)]
    choice = np.array(sorted(rows, key=lambda row: (sum(row), row)), dtype=np.int64).reshape(-1, priorities)
    added = np.arange(instance.least_added, instance.most_added + 1)
    cells = len(added) * states * len(choice) * scenarios
    if cells > MOST_CELLS:
        raise InputError.one(instance.name, "", f"{len(added)} numbers of servers, {len(choice)} choices of levels and "
                             f"{scenarios} scenarios make tables of {cells:,} entries, more than {MOST_CELLS:,}",
                             "narrow the servers to add, or give fewer levels or scenarios")
    weighed_w = instance.server_w * instance.share
    demand_w = weighed_w.sum(axis=2)
    servers = (instance.servers + added).astype(np.float64)
    reach = instance.limit_w * (1 + ROUNDING) / servers
    state = np.array([(demand_w[..., None] > instance.thresholds * edge).sum(axis=2) for edge in reach])
    trips = np.zeros((len(added), states, len(choice), scenarios), dtype=bool)
    for q, levels in enumerate(choice):
        power_w = weighed_w @ instance.power_ratio[levels]
        for n, edge in enumerate(reach.tolist()):
            over = power_w > edge
            for s in range(states):
                trips[n, s, q] = (over & (state[n] == s + 1)).any(axis=1)
    lost = (instance.loss[np.arange(priorities), choice] * instance.share * instance.weight).sum(axis=1)
    inside = np.array([[(state[n] == s + 1).mean() for s in range(states)] for n in range(len(added))])
    loss_h = instance.hours * servers[:, None, None] * inside[:, :, None] * lost
    return Tables(instance, added, choice, loss_h, trips)
