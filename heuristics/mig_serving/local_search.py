"""Local search: hours improved between their neighbours, then the cheapest path through all that they were."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.heuristics.mig_serving.descent import construct, descend
from ecoopt.heuristics.mig_serving.greedy import fill
from ecoopt.heuristics.mig_serving.ground import Ground
from ecoopt.heuristics.mig_serving.hour import fewest_more
from ecoopt.heuristics.mig_serving.plan import Plan
from ecoopt.instances.mig_serving import MigServingInstance, MigServingSchedule
from ecoopt.instances.mig_serving.options import options_of


def local_search(
    instance: MigServingInstance, run: Run, *, seed: int, start: MigServingSchedule | None, patience: int = 3,
    kicks: int = 2,
) -> Outcome:
    """Improve the greedy schedule, or `start`, by sweeps of descents (iterated local search hour by hour).

    A sweep goes through the hours. Each is improved from what it has, from what its neighbours have, and from what it
    has with some instances exchanged at random, changes from and to its neighbours paid for, by exchanges within a
    service and between two. Then the cheapest path through all that the hours have been is taken, where an hour may
    use the slices of a neighbour. One iteration is a sweep, one evaluation the search of an hour.

    Parameters
    ----------
    patience : int
        Sweeps in a row without improvement that end the search.
    kicks : int
        Random exchanges before a descent.
    """
    plan = None
    if start is not None:
        plan = Plan.of(instance, start)
        run.offer(options_of(instance).value(start), start)
    if plan is None or not np.isfinite(plan.objective):
        plan = Plan.empty(instance)
        if not fill(plan, run.part()):
            return run.outcome()
    for t in range(len(plan.held)):
        plan.remember(t)
    plan.offer(run)
    improve(plan, run, np.random.default_rng(seed), patience=patience, kicks=kicks)
    idle = run.stop() is None
    return run.outcome(Termination.STALLED if idle else None)


def improve(plan: Plan, run: Run, rng: np.random.Generator, *, patience: int, kicks: int) -> None:
    """Sweep until nothing improves or the budget ends; the run is offered each improvement."""
    best, idle, first = plan.objective, 0, True
    while idle < patience:
        stream = rng.integers(1, 2**63, size=len(plan.held), dtype=np.int64)
        for t in range(len(plan.held)):
            if run.stop() is not None:
                plan.offer(run)
                return
            _improve_hour(plan, t, stream[t:t + 1], 0 if first else kicks)
            run.tick(0, 1)
        run.tick(1)
        value = min(plan.objective, plan.follow_path())
        plan.offer(run)
        improved = value < best and (np.isinf(best) or value < best - 1e-9 * abs(best))
        idle = 0 if improved else idle + 1
        best, first = min(best, value), False


def _improve_hour(plan: Plan, t: int, stream: IntArray, kicks: int) -> None:
    """Put the best of several descents into an hour, unless what it has is as good."""
    ground, last, after = plan.ground, plan.last(t), plan.after(t)
    now = plan.instances[t]
    starts = [now.copy()]
    if kicks:
        row = now.copy()
        _kick(ground, t, row, kicks, stream)
        construct(ground, t, plan.prices, row)
        starts.append(row)
    for other in (t - 1, t + 1):
        if 0 <= other < len(plan.held) and (plan.instances[other] != now).any():
            row = plan.instances[other].copy()
            construct(ground, t, plan.prices, row)
            starts.append(row)
    best = plan.cost(t, now)
    held = np.empty_like(plan.held[t])
    for row in starts:
        cost = descend(ground, t, row, last, after, held, True)
        if cost < best or row is starts[0]:
            best = cost
            plan.instances[t], plan.held[t] = row, held
            plan.remember(t)


@njit(cache=True)
def _kick(g: Ground, t: int, x: IntArray, kicks: int, stream: IntArray) -> None:  # pragma: no cover
    """Exchange some instances at random for as many as needed of another option of their service, if they suffice."""
    room = np.zeros(len(g.sizes))
    for _ in range(kicks):
        k = _below(stream, len(g.first) - 1)
        first, own = g.first[k], g.first[k + 1] - g.first[k]
        if own == 0 or g.load[t, k] <= 0.0:
            continue
        a, o = first + _below(stream, own), first + _below(stream, own)
        if x[a] > 0:
            x[a] -= 1 + _below(stream, x[a])
        pool = 0
        for b in range(len(room)):
            room[b] = 0.0
            for i in range(first, first + own):
                room[b] += x[i] * g.capacity[i, b]
        for i in range(first, first + own):
            pool += x[i]
        few = fewest_more(g, t, k, room, pool, o)
        if few > 0:
            x[o] += few


@njit(cache=True)
def _below(stream: IntArray, limit: int) -> int:  # pragma: no cover
    """Return a random number below `limit` and advance the stream (xorshift64)."""
    word = np.uint64(stream[0])
    word ^= word << np.uint64(13)
    word ^= word >> np.uint64(7)
    word ^= word << np.uint64(17)
    stream[0] = np.int64(word)
    return int((word >> np.uint64(11)) % np.uint64(limit))
