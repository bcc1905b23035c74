"""Timeline: the queries that can be on time, idle gaps taken out, on cells of one or more ticks.

Queries more than a longest response apart cannot be in each other's way, so such gaps are shortened. Time can be
turned: what arrives last then comes first, and a deadline is an arrival. Both orders are the same, as every query may
take equally long.
"""

from dataclasses import dataclass, replace

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.dispatch.schedule import NEVER, DispatchSchedule
from ecoopt.instances.dispatch.schema import DispatchInstance


@dataclass(frozen=True, eq=False)
class Timeline:
    """N queries in order of arrival, K types. Times in ticks.

    Parameters
    ----------
    query : int array [N]
        Number of each query in the instance.
    arrival, service, weight : int array [N], int array [N, K], float array [N]
        When each comes, the first at 0; how long it takes on each type; what it is worth.
    cut : int array [N]
        What was taken off its arrival.
    counts : int array [K]
        Machines of each type.
    qos, cell : int
        Longest response, and ticks of a cell: prices of time are constant within it.
    turned : bool
        Whether time runs backwards.
    """

    query: IntArray
    arrival: IntArray
    service: IntArray
    weight: FloatArray
    cut: IntArray
    counts: IntArray
    qos: int
    cell: int
    turned: bool = False

    @property
    def cells(self) -> int:
        """Number of cells up to the last deadline."""
        return -(-(int(self.arrival[-1]) + self.qos) // self.cell)

    @property
    def span(self) -> int:
        """Ticks of all cells."""
        return self.cells * self.cell

    def backwards(self) -> "Timeline":
        """Return the same queries with time turned; cells keep their borders, and come in the other order."""
        return replace(
            self, query=self.query[::-1].copy(), arrival=(self.span - self.qos - self.arrival)[::-1].copy(),
            service=self.service[::-1].copy(), weight=self.weight[::-1].copy(), cut=self.cut[::-1].copy(),
            turned=not self.turned)

    def part(self, first: int, last: int) -> "Timeline":
        """Return the queries from `first` to before `last` on their own; times stay as they are in whole cells."""
        own = slice(first, last)
        off = int(self.arrival[first]) // self.cell * self.cell
        return replace(self, query=self.query[own], arrival=self.arrival[own] - off, service=self.service[own],
                       weight=self.weight[own], cut=self.cut[own])

    def times(self, machine: IntArray) -> tuple[IntArray, IntArray]:
        """Return when queries begin at the earliest and the latest, int arrays [N], on given machines, int array [N].

        Each machine serves in order of arrival; as deadlines come in that order too, no other order is needed.
        """
        kind = np.repeat(np.arange(len(self.counts)), self.counts)
        return _times(self.arrival, self.service, kind, self.qos, machine)

    def schedule(self, queries: int, machine: IntArray) -> DispatchSchedule:
        """Return machines on this line, int array [N], as a schedule of the instance's queries, begun early."""
        line, machine = (self.backwards(), machine[::-1].copy()) if self.turned else (self, machine)
        whole, begin = np.full(queries, NEVER, dtype=np.int64), np.zeros(queries, dtype=np.int64)
        whole[line.query] = machine
        begin[line.query] = np.where(machine == NEVER, 0, line.times(machine)[0] + line.cut)
        return DispatchSchedule(machine=whole, start_tick=begin)


def timeline_of(instance: DispatchInstance, cell: int) -> Timeline | None:
    """Return the timeline of an instance on cells of so many ticks, None where no query can be on time."""
    service = instance.service_tick
    query = np.flatnonzero((service.min(axis=1) <= instance.qos_ticks) & (instance.query_weight > 0))
    if not query.size:
        return None
    came = instance.arrival_tick[query]
    arrival = np.append(0, np.cumsum(np.minimum(np.diff(came), instance.qos_ticks)))
    return Timeline(query=query, arrival=arrival, service=np.ascontiguousarray(service[query]),
                    weight=instance.query_weight[query].copy(), cut=came - arrival, counts=instance.counts,
                    qos=instance.qos_ticks, cell=cell)


@njit(cache=True)
def _times(
    arrival: IntArray, service: IntArray, kind: IntArray, qos: int, machine: IntArray,
) -> tuple[IntArray, IntArray]:  # pragma: no cover
    """Return the earliest and the latest begin of each query, int arrays [N]."""
    queries = len(arrival)
    early, late = np.zeros(queries, dtype=np.int64), np.zeros(queries, dtype=np.int64)
    free = np.zeros(len(kind), dtype=np.int64)
    for q in range(queries):
        m = machine[q]
        if m >= 0:
            early[q] = max(free[m], arrival[q])
            free[m] = early[q] + service[q, kind[m]]
    for m in range(len(kind)):
        free[m] = arrival[queries - 1] + qos
    for q in range(queries - 1, -1, -1):
        m = machine[q]
        if m >= 0:
            late[q] = free[m] = min(free[m], arrival[q] + qos) - service[q, kind[m]]
    return early, late
