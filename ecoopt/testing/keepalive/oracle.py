"""Optima by enumeration: every plan of every function, and every way to combine them within the memory."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from math import comb, inf

import numpy as np

from ecoopt.core.errors import InputError
from ecoopt.instances.keepalive import KeepAliveInstance, KeepAliveSchedule
from ecoopt.testing.keepalive.arithmetic import PlainCarbon

Keep = tuple[int, int, int]
"""Generation, minutes, containers."""

Runs = tuple[tuple[int, ...], tuple[int, ...]]
"""Calls per generation, and how many of them start cold whatever waits."""

Plan = tuple[float, tuple[tuple[Keep, ...], ...], tuple[Runs, ...]]
"""Cost, and for each cell of the function its keeps and its runs."""


def enumerate_optimum(
    instance: KeepAliveInstance, *, every_length: bool = False, limit: int = 300_000
) -> tuple[float, KeepAliveSchedule]:
    """Return the least objective and a schedule that has it, found by trying all schedules.

    Only this is left out: keeping containers for another time than exactly up to the next call. A shorter wait serves
    nobody and a longer one costs the same, so nothing is lost; `every_length` tries those too. Costs are worked out in
    plain Python, apart from the referee and from what solvers use.

    Parameters
    ----------
    instance : KeepAliveInstance
        A tiny one.
    every_length : bool
        Whether to try every keep-alive time from one minute to the longest.
    limit : int
        Most schedules to try, counted as `enumeration_size` does.

    Raises
    ------
    InputError
        When there are more.
    """
    size = enumeration_size(instance, every_length=every_length)
    if size > limit:
        raise InputError.one("enumerate_optimum", "instance", f"has up to {size:.3g} schedules, the limit is {limit}",
                             "take fewer functions, generations or calls, or raise limit")
    carbon = PlainCarbon(instance)
    plans = [_plans(instance, carbon, f, every_length) for f in range(instance.invocations.functions)]
    cost, chosen = _cheapest_fit(instance, plans)
    cell_runs = [row for _, _, rows in chosen for row in rows]
    runs, fresh = np.array(cell_runs, dtype=np.int64).reshape(-1, 2, len(instance.generations)).transpose(1, 0, 2)
    keeps = [(cell, *keep) for cell, kept in enumerate(kept for _, rows, _ in chosen for kept in rows) for keep in kept]
    cell, generation, minutes, containers = np.array(keeps, dtype=np.int64).reshape(-1, 4).T
    return cost, KeepAliveSchedule(
        runs=runs, fresh=fresh if fresh.any() else None, keep_cell=cell, keep_generation=generation,
        keep_containers=containers, keep_min=minutes)


def enumeration_size(instance: KeepAliveInstance, *, every_length: bool = False) -> int:
    """Return an upper bound on the schedules `enumerate_optimum` tries; runs, chosen given the keeps, do not count."""
    calls = instance.invocations
    size = 1
    for f in range(calls.functions):
        cells = slice(calls.offsets[f], calls.offsets[f + 1])
        size *= plan_count(calls.minutes[cells].tolist(), calls.counts[cells].tolist(), len(instance.generations),
                           instance.max_keep_min, persist=instance.containers == "persist", every_length=every_length)
    return size


def plan_count(
    minutes: Sequence[int], counts: Sequence[int], generations: int, longest: int, *, persist: bool, every_length: bool
) -> int:
    """Return an upper bound on the ways to keep containers after the calls of one function."""
    size, waiting = 1, 0
    for i, count in enumerate(counts):
        supply = count + (waiting if persist else 0)
        gap = minutes[i + 1] - minutes[i] if i + 1 < len(minutes) else inf
        kinds = generations * (longest if every_length else int(gap <= longest))
        size *= comb(supply + kinds, kinds)
        waiting = supply if gap <= longest else 0
    return size


def _plans(instance: KeepAliveInstance, carbon: PlainCarbon, function: int, every_length: bool) -> list[Plan]:
    """Return every plan of a function, cheapest first; of plans with the same keeps only the cheapest."""
    calls, boxes = instance.invocations, len(instance.generations)
    first, end = int(calls.offsets[function]), int(calls.offsets[function + 1])
    plans: dict[tuple[tuple[Keep, ...], ...], tuple[float, tuple[Runs, ...]]] = {(): (0.0, ())}
    gap_before: int | None = None
    for cell in range(first, end):
        minute, count = int(calls.minutes[cell]), int(calls.counts[cell])
        gap = int(calls.minutes[cell + 1]) - minute if cell + 1 < end else None
        lengths = range(1, instance.max_keep_min + 1) if every_length else [gap] if gap else []
        lengths = [length for length in lengths if length <= instance.max_keep_min]
        wait = {(s, length): carbon.wait_cost(function, s, minute, length, gap)
                for s in range(boxes) for length in lengths}
        grown: dict[tuple[tuple[Keep, ...], ...], tuple[float, tuple[Runs, ...]]] = {}
        for keeps, (cost, runs) in plans.items():
            waiting = [0] * boxes
            if gap_before is not None:
                for s, length, containers in keeps[-1]:
                    waiting[s] += containers * (length >= gap_before)
            ways = _cheapest_runs(instance, carbon, function, minute, count, waiting)
            for supply, (call_cost, chosen) in ways.items():
                for kept in _keeps(instance, supply, count, boxes, tuple(lengths)):
                    total = cost + call_cost + sum(n * wait[s, length] for s, length, n in kept)
                    plan = (*keeps, kept)
                    if plan not in grown or total < grown[plan][0]:
                        grown[plan] = (total, (*runs, chosen))
        plans, gap_before = grown, gap
    return sorted((cost, keeps, runs) for keeps, (cost, runs) in plans.items())


def _cheapest_runs(
    instance: KeepAliveInstance, carbon: PlainCarbon, function: int, minute: int, count: int, waiting: Sequence[int]
) -> dict[tuple[int, ...], tuple[float, Runs]]:
    """Return cost and runs of the cheapest way to run a cell, for each supply of containers it may leave behind.

    The supply is what the keeps may depend on: nothing where containers are released, those left idle on each
    generation where containers may move, all those on each generation where they may not.
    """
    best: dict[tuple[int, ...], tuple[float, Runs]] = {}
    persist = instance.containers == "persist"
    for runs, fresh in _run_ways(count, waiting, persist):
        warm = [min(r - f, w) for r, f, w in zip(runs, fresh, waiting, strict=True)]
        cost = sum(
            carbon.call_cost(function, s, i < warm[s], minute) for s, r in enumerate(runs) for i in range(r))
        supply: tuple[int, ...] = ()
        if persist:
            idle = [w - used for w, used in zip(waiting, warm, strict=True)]
            supply = tuple(idle if instance.relocation else map(sum, zip(idle, runs, strict=True)))
        if supply not in best or cost < best[supply][0]:
            best[supply] = (cost, (runs, fresh))
    return best


def _run_ways(count: int, waiting: Sequence[int], persist: bool) -> Iterator[Runs]:
    """Yield every way to run a cell; cold on purpose, next to a waiting container, only where containers persist."""
    for runs in _splits(count, len(waiting)):
        # To leave one more container idle, one more call than can find one must start cold.
        yield from ((runs, fresh) for fresh in product(*(
            (0, *range(max(1, r - w + 1), r + 1)) if persist and w else (0,)
            for r, w in zip(runs, waiting, strict=True))))


def _keeps(
    instance: KeepAliveInstance, supply: tuple[int, ...], count: int, boxes: int, lengths: tuple[int, ...]
) -> tuple[tuple[Keep, ...], ...]:
    """Return every set of keeps that a supply allows."""
    return _keep_sets(supply, count, boxes, lengths, instance.containers == "persist" and not instance.relocation)


@cache
def _keep_sets(
    supply: tuple[int, ...], count: int, boxes: int, lengths: tuple[int, ...], fixed: bool
) -> tuple[tuple[Keep, ...], ...]:
    """Return every set of keeps; `supply` limits each generation when `fixed`, else counts the idle ones there."""
    if not lengths:
        return ((),)
    idle = supply or (0,) * boxes
    found = []
    for kept in product(*(range((0 if fixed else count) + idle[s] + 1) for s in range(boxes))):
        if not fixed and sum(max(0, k - i) for k, i in zip(kept, idle, strict=True)) > count:
            continue
        for parts in product(*(tuple(_splits(k, len(lengths))) for k in kept)):
            found.append(tuple(
                (s, length, n) for s, part in enumerate(parts) for length, n in zip(lengths, part, strict=True) if n))
    return tuple(found)


def _splits(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to write `total` as a sum of `parts` ordered counts."""
    if parts == 1:
        yield (total,)
        return
    for head in range(total + 1):
        for tail in _splits(total - head, parts - 1):
            yield (head, *tail)


def _cheapest_fit(instance: KeepAliveInstance, plans: list[list[Plan]]) -> tuple[float, list[Plan]]:
    """Return the cheapest choice of one plan per function that fits in memory at the end of every minute."""
    limits = [pool + 1e-9 * max(1.0, pool) for pool in instance.pool_memory_gb.tolist()]
    loads = [[_load_gb(instance, f, plan) for plan in choices] for f, choices in enumerate(plans)]
    least_rest = [sum(choices[0][0] for choices in plans[f:]) for f in range(len(plans) + 1)]
    best_cost, best = inf, [0] * len(plans)
    chosen: list[int] = []

    def choose(cost: float, used: dict[tuple[int, int], float]) -> None:
        nonlocal best_cost, best
        f = len(chosen)
        if f == len(plans):
            best_cost, best = cost, list(chosen)
            return
        for index, (plan_cost, _, _) in enumerate(plans[f]):
            if cost + plan_cost + least_rest[f + 1] >= best_cost:
                return
            after = dict(used)
            for place, load in loads[f][index].items():
                after[place] = after.get(place, 0.0) + load
            if all(after[s, m] <= limits[s] for s, m in loads[f][index]):
                chosen.append(index)
                choose(cost + plan_cost, after)
                chosen.pop()

    choose(0.0, {})
    return best_cost, [choices[i] for choices, i in zip(plans, best, strict=True)]


def _load_gb(instance: KeepAliveInstance, function: int, plan: Plan) -> dict[tuple[int, int], float]:
    """Return the memory a plan occupies, by generation and minute."""
    calls = instance.invocations
    load: dict[tuple[int, int], float] = {}
    memory_gb = float(instance.profiles.memory_gb[instance.function_profile[function]])
    cells = slice(calls.offsets[function], calls.offsets[function + 1])
    minutes = [*calls.minutes[cells].tolist(), calls.horizon_min]
    for i, kept in enumerate(plan[1]):
        for s, length, containers in kept:
            for m in range(minutes[i], min(minutes[i] + length, minutes[i + 1])):
                load[s, m] = load.get((s, m), 0.0) + memory_gb * containers
    return load
