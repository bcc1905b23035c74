"""Linked cells: the arrays behind the persistent model, with the bounds that dominance gives."""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.keepalive import KeepAliveInstance
from ecoopt.instances.keepalive.costs import cost_table


@dataclass(frozen=True)
class PersistentCells:
    """C cells, of which L are linked to the function's next call (it comes within the longest keep-alive).

    With relocation, containers beyond the largest count still to come within reach are useless; where the next call
    has that largest count, every waiting container serves it and none is left over. Costs are relative to starting
    every call cold where that is cheapest (with relocation), else absolute.

    Parameters
    ----------
    linked : int array [L]
        Their cells.
    start_min, step_min : int array [L]
        Minute, and minutes to the next call.
    step_of_cell : int array [C]
        Minutes to the next call, huge where the cell is not linked.
    profile : int array [L]
        Profile of the function.
    minutes, counts : int array [C]
        Minute and calls of each cell.
    available : int array [L]
        Calls of the linked cell: containers that execute there.
    serving : int array [L, 1]
        Calls of the next cell.
    most : int array [L]
        Most waiting containers that can be useful.
    serves_all : bool array [L]
        Whether all waiting containers serve the next call.
    moves : bool array [L]
        Whether containers may be left over at this cell and still be useful (with relocation).
    link_before : int array [L]
        Number of the link that leads to the linked cell, -1 for none.
    link_into : int array [C]
        Number of the link that leads to each cell, -1 for none.
    keep_cost, warm_cost : float array [L, G]
        Cost of one container waiting through the link, and of it serving the call at its end.
    cold_cost : float array [C, G]
        Cost of a cold start.
    cheapest : int array [C]
        Generation of the cheapest cold start.
    keep_pays : bool array [L, G]
        Whether waiting here can pay at all.
    constant : float
        Objective without any variable.
    relocation : bool
        Whether executed containers may change generation.
    """

    linked: IntArray
    start_min: IntArray
    step_min: IntArray
    step_of_cell: IntArray
    profile: IntArray
    minutes: IntArray
    counts: IntArray
    available: IntArray
    serving: IntArray
    most: IntArray
    serves_all: np.ndarray
    moves: np.ndarray
    link_before: IntArray
    link_into: IntArray
    keep_cost: FloatArray
    warm_cost: FloatArray
    cold_cost: FloatArray
    cheapest: IntArray
    keep_pays: np.ndarray
    constant: float
    relocation: bool

    @property
    def cells(self) -> int:
        """Number of cells C."""
        return len(self.counts)


def persistent_cells(instance: KeepAliveInstance) -> PersistentCells:
    """Return the linked cells of an instance. O(C G)."""
    calls, costs, relocation = instance.invocations, cost_table(instance), instance.relocation
    minutes, counts, cells = calls.minutes, calls.counts, calls.cells
    step = np.full(cells, np.iinfo(np.int64).max)
    step[:-1] = np.where(np.diff(calls.cell_function) == 0, np.diff(minutes), step[:-1])
    is_linked = step <= instance.max_keep_min
    linked = np.flatnonzero(is_linked)
    link_into = np.full(cells, -1)
    link_into[linked + 1] = np.arange(len(linked))
    need, supply = _need(counts, is_linked), _supply(counts, is_linked)
    left_matters = need > counts

    profile = instance.cell_profile
    intensity = instance.intensity_g_per_kwh
    at_call = intensity[minutes][:, None]
    warm = costs.warm_fixed[profile] + costs.warm_slope[profile] * at_call
    cold = costs.cold_fixed[profile] + costs.cold_slope[profile] * at_call
    start, length = minutes[linked], step[linked]
    total = np.concatenate([[0.0], np.cumsum(intensity)])
    frozen = instance.accounting == "artifact"
    exposure = length * intensity[start] if frozen else total[start + length] - total[start]
    kind = profile[linked]
    keep = costs.keep_fixed[kind] * length[:, None] + costs.keep_slope[kind] * exposure[:, None]
    base = cold.min(axis=1)
    warm_cost = (warm - base[:, None] if relocation else warm)[linked + 1]
    serves_all = ~left_matters[linked + 1] if relocation else np.zeros(len(linked), dtype=bool)
    keep_pays = ~serves_all[:, None] | (keep + warm_cost < 0)
    return PersistentCells(
        linked=linked, start_min=start, step_min=length, step_of_cell=step, profile=kind, minutes=minutes,
        counts=counts,
        available=counts[linked], serving=counts[linked + 1][:, None], most=np.minimum(need, supply)[linked],
        serves_all=serves_all, moves=(left_matters & (link_into >= 0))[linked], link_before=link_into[linked],
        link_into=link_into, keep_cost=keep, warm_cost=warm_cost, cold_cost=cold, cheapest=cold.argmin(axis=1),
        keep_pays=keep_pays, constant=float((counts * base).sum()) if relocation else 0.0, relocation=relocation)


def _need(counts: IntArray, linked: np.ndarray) -> IntArray:
    """Return the largest count still to come over links after each cell, 0 where there is none."""
    need = np.zeros(len(counts), dtype=np.int64)
    for c in np.flatnonzero(linked)[::-1].tolist():
        need[c] = max(counts[c + 1], need[c + 1])
    return need


def _supply(counts: IntArray, linked: np.ndarray) -> IntArray:
    """Return how many containers can exist after each cell: the counts so far over links, added up."""
    supply = counts.copy()
    for c in (np.flatnonzero(linked) + 1).tolist():
        supply[c] += supply[c - 1]
    return supply
