"""Chains: containers that never move, one layer of calls at a time, each re-planned exactly while the others stand."""

from dataclasses import dataclass

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.heuristics.keepalive.packing import occupy, room_for
from ecoopt.instances.keepalive import KeepAliveInstance, KeepAliveSchedule
from ecoopt.instances.keepalive.costs import cost_table

IMPROVEMENT = 1e-9


@dataclass
class Chains:
    """A plan for an instance without relocation. C cells, G generations, T minutes, Q calls.

    The calls of a function are stacked in layers: a cell of n calls fills layers 1..n. A layer is a chain of calls;
    between two of them at most one container waits, on the generation where the first call ran. A chain's best plan
    against what the other chains leave free is a shortest path over generations, so that chains can be improved one
    at a time.

    Parameters
    ----------
    instance : KeepAliveInstance
        With `persist` semantics and no relocation.
    begin : int array [chains + 1]
        First call of each chain.
    cell : int array [Q]
        Cell of each call.
    linked : bool array [Q]
        Whether a container can wait from the call before, in the same chain.
    place : int array [Q]
        Generation each call runs on.
    warm : bool array [Q]
        Whether it is served by a container that waited from the call before.
    free_gb : float array [G, T]
        Memory left at the end of each minute.
    warm_cost, cold_cost : float array [C, G]
        Cost of a call.
    hold_cost : float array [C + 1, G]
        Cost of waiting from the first minute of the trace's first cell to each cell, by cells: differences are what a
        container pays between two cells of a function.
    """

    instance: KeepAliveInstance
    begin: IntArray
    cell: IntArray
    linked: np.ndarray
    place: IntArray
    warm: np.ndarray
    free_gb: FloatArray
    warm_cost: FloatArray
    cold_cost: FloatArray
    hold_cost: FloatArray

    @classmethod
    def cold(cls, instance: KeepAliveInstance) -> "Chains":
        """Return the plan in which every call starts cold where that is cheapest. O(Q + C G)."""
        calls, costs, profile = instance.invocations, cost_table(instance), instance.cell_profile
        intensity = instance.intensity_g_per_kwh
        at_call = intensity[calls.minutes][:, None]
        step = np.diff(calls.minutes, append=0)
        follows = np.zeros(calls.cells, dtype=bool)
        follows[:-1] = (np.diff(calls.cell_function) == 0) & (step[:-1] <= instance.max_keep_min)
        step = np.where(follows, step, 0)
        total = np.concatenate([[0.0], np.cumsum(intensity)])
        frozen = instance.accounting == "artifact"
        exposure = step * intensity[calls.minutes] if frozen else total[calls.minutes + step] - total[calls.minutes]
        hold = costs.keep_fixed[profile] * step[:, None] + costs.keep_slope[profile] * exposure[:, None]
        hold_cost = np.zeros((calls.cells + 1, hold.shape[1]))
        np.cumsum(hold, axis=0, out=hold_cost[1:])
        begin, cell, linked = _layers(calls.offsets, calls.counts, follows)
        cold_cost = costs.cold_fixed[profile] + costs.cold_slope[profile] * at_call
        capacity = np.asarray(instance.pool_memory_gb, dtype=float)
        return cls(
            instance, begin, cell, linked, cold_cost.argmin(axis=1)[cell], np.zeros(len(cell), dtype=bool),
            np.repeat(capacity[:, None], calls.horizon_min, axis=1),
            costs.warm_fixed[profile] + costs.warm_slope[profile] * at_call, cold_cost, hold_cost)

    @property
    def objective(self) -> float:
        """Objective of the plan."""
        at = np.arange(len(self.cell))
        cold = self.cold_cost[self.cell, self.place]
        before = self.cell[np.maximum(at - 1, 0)]
        waited = self.hold_cost[self.cell, self.place] - self.hold_cost[before, self.place]
        return float(np.where(self.warm, self.warm_cost[self.cell, self.place] + waited, cold).sum())

    def replan(self, rent: FloatArray | None = None) -> float:
        """Re-plan every chain once, in order, where that gains; return the gain. O(Q (G^2 + steps of waits)).

        Parameters
        ----------
        rent : float array [G, T], optional
            Price per gigabyte and minute added to what waiting costs; the gain is then in priced terms.
        """
        instance = self.instance
        calls = instance.invocations
        memory_gb = instance.profiles.memory_gb[instance.function_profile]
        total = np.zeros((len(instance.generations), calls.horizon_min + 1))
        if rent is not None:
            np.cumsum(rent, axis=1, out=total[:, 1:])
        return float(_replan(
            self.begin, self.cell, self.linked, self.place, self.warm, self.free_gb, self.warm_cost, self.cold_cost,
            self.hold_cost, total, calls.minutes, memory_gb, calls.cell_function))

    def saving_per_gb_min(self) -> float:
        """Return what the plan's waits save against cold starts, per gigabyte and minute."""
        calls = self.instance.invocations
        warm = np.flatnonzero(self.warm)
        cell, before = self.cell[warm], self.cell[warm - 1]
        memory_gb = self.instance.profiles.memory_gb[self.instance.cell_profile[cell]]
        used = float((memory_gb * (calls.minutes[cell] - calls.minutes[before])).sum())
        cold = float(self.cold_cost[self.cell].min(axis=1).sum())
        return (cold - self.objective) / used if used > 0 else 0.0

    def schedule(self) -> KeepAliveSchedule:
        """Return the plan as a schedule. O(Q + C G + steps of waits)."""
        calls, generations = self.instance.invocations, len(self.instance.generations)
        runs, served, waits = (np.zeros((calls.cells + 1, generations), dtype=np.int64) for _ in range(3))
        np.add.at(runs, (self.cell, self.place), 1)
        warm = np.flatnonzero(self.warm)
        np.add.at(served, (self.cell[warm], self.place[warm]), 1)
        np.add.at(waits, (self.cell[warm - 1], self.place[warm]), 1)
        np.add.at(waits, (self.cell[warm], self.place[warm]), -1)
        waits = np.cumsum(waits, axis=0)[:-1]
        runs, served = runs[:-1], served[:-1]
        waiting = np.zeros_like(waits)
        waiting[1:] = waits[:-1]
        fresh = np.where(waiting > served, runs - served, 0)
        cell, generation = np.nonzero(waits)
        return KeepAliveSchedule(
            runs=runs, fresh=fresh if fresh.any() else None, keep_cell=cell, keep_generation=generation,
            keep_containers=waits[cell, generation],
            keep_min=calls.minutes[np.minimum(cell + 1, calls.cells - 1)] - calls.minutes[cell])


def rented_chains(instance: KeepAliveInstance) -> Chains:
    """Return the best of the plans that come of one pass at a uniform rent and one without, over nine rents.

    A rent keeps the chains planned first from filling the memory with what saves little. The middle rent is what the
    average useful wait saves per gigabyte-minute.
    """
    best = Chains.cold(instance)
    best.replan()
    usual = best.saving_per_gb_min()
    if usual > 0:
        for power in range(-4, 5):
            chains = Chains.cold(instance)
            chains.replan(np.full(chains.free_gb.shape, usual * 2.0**power))
            chains.replan()
            if chains.objective < best.objective:
                best = chains
    return best


def improve_chains(chains: Chains, run: Run, rent: FloatArray | None = None) -> None:
    """Re-plan chains, first at a rent if there is one, until nothing is gained; the run is offered each improvement."""
    if rent is not None:
        chains.replan(rent)
        run.tick()
    while True:
        place, warm = chains.place.copy(), chains.warm.copy()

        def schedule(place: IntArray = place, warm: np.ndarray = warm) -> KeepAliveSchedule:
            return Chains(**(vars(chains) | {"place": place, "warm": warm})).schedule()

        run.offer(chains.objective, schedule)
        if run.stop() is not None or chains.replan() <= IMPROVEMENT:
            return
        run.tick()


@njit(cache=True)
def _layers(
    offsets: IntArray, counts: IntArray, follows: np.ndarray
) -> tuple[IntArray, IntArray, np.ndarray]:  # pragma: no cover
    """Return first call, cells and links of the chains, function by function and layer by layer."""
    calls = counts.sum()
    cell, linked = np.empty(calls, np.int64), np.zeros(calls, np.bool_)
    begin = [0]
    found = 0
    for f in range(len(offsets) - 1):
        most = 0
        for c in range(offsets[f], offsets[f + 1]):
            most = max(most, counts[c])
        for layer in range(1, most + 1):
            whole = False
            for c in range(offsets[f], offsets[f + 1]):
                if c > offsets[f] and not follows[c - 1]:
                    whole = False
                if counts[c] >= layer:
                    cell[found], linked[found] = c, whole
                    found += 1
                    whole = True
            begin.append(found)
    return np.array(begin), cell, linked


@njit(cache=True)
def _replan(
    begin: IntArray, cell: IntArray, linked: np.ndarray, place: IntArray, warm: np.ndarray, free_gb: FloatArray,
    warm_cost: FloatArray, cold_cost: FloatArray, hold_cost: FloatArray, rent: FloatArray, minutes: IntArray,
    memory_gb: FloatArray, function: IntArray,
) -> float:  # pragma: no cover
    """Take each chain out, find its shortest path, put the better plan back."""
    generations = warm_cost.shape[1]
    longest = 0
    for chain in range(len(begin) - 1):
        longest = max(longest, begin[chain + 1] - begin[chain])
    value = np.empty((longest + 1, generations))
    came = np.empty((longest + 1, generations), np.int64)
    gained = 0.0
    for chain in range(len(begin) - 1):
        first, beyond = begin[chain], begin[chain + 1]
        if first == beyond:
            continue
        size = memory_gb[function[cell[first]]]
        now = 0.0
        for q in range(first, beyond):
            c, s = cell[q], place[q]
            if warm[q]:
                b = cell[q - 1]
                occupy(free_gb, s, minutes[b], minutes[c], -size)
                now += warm_cost[c, s] + hold_cost[c, s] - hold_cost[b, s]
                now += size * (rent[s, minutes[c]] - rent[s, minutes[b]])
            else:
                now += cold_cost[c, s]
        before = 0.0
        origin = 0
        for q in range(first, beyond):
            c, k = cell[q], q - first
            least, best = np.inf, 0
            for s in range(generations):
                value[k, s], came[k, s] = before + cold_cost[c, s], origin
                if linked[q]:
                    b = cell[q - 1]
                    kept = value[k - 1, s] + warm_cost[c, s] + hold_cost[c, s] - hold_cost[b, s]
                    kept += size * (rent[s, minutes[c]] - rent[s, minutes[b]])
                    if kept < value[k, s] and room_for(free_gb, s, minutes[b], minutes[c], size, 1) > 0:
                        value[k, s], came[k, s] = kept, -1
                if value[k, s] < least:
                    least, best = value[k, s], s
            before, origin = least, best
        better = before < now - IMPROVEMENT * max(1.0, abs(now))
        if better:
            gained += now - before
            s = origin
            for q in range(beyond - 1, first - 1, -1):
                place[q], warm[q] = s, came[q - first, s] < 0
                if not warm[q]:
                    s = came[q - first, s]
        for q in range(first, beyond):
            if warm[q]:
                occupy(free_gb, place[q], minutes[cell[q - 1]], minutes[cell[q]], size)
    return gained
