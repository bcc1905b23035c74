"""End-of-minute memory check: what stays, what moves to another pool and what is dropped when a pool overflows."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray
from ecoopt.heuristics.keepalive.online.pool import CELL, Pool
from ecoopt.heuristics.keepalive.online.view import Lots, PastView, Policy


def enforce_memory(pool: Pool, policy: Policy, now: PastView, used_gb: FloatArray, *, adjust: bool) -> int:
    """Evict until every pool fits; return the number of containers evicted or moved.

    EcoLife's warm-pool adjustment (SC'24; ``adjust_pool``, ``pack_items``, ``add_discard_pool`` of its artifact): an
    overflowing pool keeps the lots of highest priority, container by container, while they fit. What does not fit and
    was decided in this very minute is offered to the pools that did not overflow, where it competes in the same way;
    residents that do not fit are dropped, for no container moves in the middle of its wait. Unlike the artifact, the
    rest of a lot packed in part is offered too, instead of being lost.

    Parameters
    ----------
    pool : Pool
        The pools after this minute's admissions; changed in place.
    policy : Policy
        Gives the priorities.
    now : PastView
        This minute.
    used_gb : float array [G]
        Memory in use.
    adjust : bool
        Without adjustment residents stay, and this minute's containers fill the rest in order of function.
    """
    capacity = pool.tariff.pool_memory_gb
    over = np.flatnonzero(used_gb > capacity)
    if not over.size:
        return 0
    touched = 0
    refused: list[tuple[int, int, int, int]] = []
    for s in over:
        for f, surplus in _surplus(pool, policy, now, int(s), adjust):
            if pool.born[f] == now.minute:
                refused.append((f, int(s), surplus, int(pool.end[f, s])))
            pool.drop(f, int(s), surplus, now.minute)
            touched += surplus
    if adjust and pool.tariff.relocation:
        targets = range(len(capacity)) if policy.offers_to_full_pools else np.flatnonzero(used_gb <= capacity).tolist()
        for target in targets:
            refused = _offer(pool, policy, now, target, refused)
    return touched


def _offer(
    pool: Pool, policy: Policy, now: PastView, target: int, refused: list[tuple[int, int, int, int]]
) -> list[tuple[int, int, int, int]]:
    """Let refused containers compete for the pool `target`; return those refused again."""
    if not refused:
        return refused
    offered: dict[int, tuple[int, int]] = {}
    again = []
    for f, source, containers, end in refused:
        if source == target:
            again.append((f, source, containers, end))
            continue
        # Leftovers of a persisting pool may not change generation, executed containers may.
        movable = min(containers, int(pool.last_count[f]))
        room = pool.waiting[f, target] == 0 and f not in offered
        if movable and room:
            cell = int(pool.rows[pool.row[f, source], CELL])
            pool.place(f, target, movable, cell, now.minute, end)
            offered[f] = source, end
        else:
            again.append((f, source, containers, end))
    used = float((pool.tariff.memory_gb * pool.waiting[:, target]).sum())
    if used > pool.tariff.pool_memory_gb[target]:
        for f, surplus in _surplus(pool, policy, now, target, True):
            pool.drop(f, target, surplus, now.minute)
            if f in offered:
                again.append((f, offered[f][0], surplus, offered[f][1]))
    return again


def _surplus(pool: Pool, policy: Policy, now: PastView, s: int, adjust: bool) -> list[tuple[int, int]]:
    """Return functions waiting on `s` and how many of their containers do not fit."""
    functions = np.flatnonzero(pool.waiting[:, s])
    born = pool.born[functions]
    lots = Lots(generation=s, functions=functions, containers=pool.waiting[functions, s], age_min=now.minute - born,
                remaining_min=pool.end[functions, s] - now.minute)
    # Without adjustment, residents come before this minute's containers.
    rank = -policy.priority(now, lots) if adjust else born == now.minute
    order = np.argsort(rank, kind="stable")
    sizes = pool.tariff.memory_gb[functions]
    surplus = lots.containers - _greedy(order, sizes, lots.containers, float(pool.tariff.pool_memory_gb[s]))
    out = np.flatnonzero(surplus)
    return list(zip(functions[out].tolist(), surplus[out].tolist(), strict=True))


@njit(cache=True)
def _greedy(order, sizes, containers, capacity):  # type: ignore[no-untyped-def]
    kept = np.zeros(len(order), np.int64)
    room = capacity
    for i in order:
        number = min(containers[i], np.int64(room / sizes[i]))
        kept[i] = number
        room -= number * sizes[i]
    return kept
