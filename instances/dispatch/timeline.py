"""Timeline: the queries that can be on time, idle gaps taken out, on cells of one or more ticks.

Queries more than a longest response apart cannot be in each other's way, so such gaps are shortened. Time can be
turned: what arrives last then comes first, and a deadline is an arrival. Both orders are the same, as every query may
take equally long.
"""

from dataclasses import dataclass, replace

import numpy as np

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

    def schedule(self, queries: int, machine: IntArray, start: IntArray) -> DispatchSchedule:
        """Return machines and starts on this line, int arrays [N], as a schedule of the instance's queries."""
        served = machine != NEVER
        kind = np.repeat(np.arange(len(self.counts)), self.counts)[np.where(served, machine, 0)]
        if self.turned:
            start = self.span - start - self.service[np.arange(len(kind)), kind]
        whole, begin = np.full(queries, NEVER, dtype=np.int64), np.zeros(queries, dtype=np.int64)
        whole[self.query] = machine
        begin[self.query] = np.where(served, start + self.cut, 0)
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
