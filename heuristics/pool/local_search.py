"""Local search: compositions beside those in use, best sequences through all known ones, money moved between models."""

from contextlib import suppress
from typing import Annotated

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.heuristics.pool.cover import mended
from ecoopt.heuristics.pool.greedy import construct
from ecoopt.heuristics.pool.ground import Ground, Spent
from ecoopt.heuristics.pool.neighbours import beside, exchanged
from ecoopt.heuristics.pool.routes import Routes
from ecoopt.instances.pool import PoolInstance, PoolSchedule

_MOST_AT_ONCE, _TASTE = 64, 0.3


def local_search(
    instance: PoolInstance, run: Run, *, seed: int, start: PoolSchedule | None,
    patience: Annotated[int, Field(ge=1)] = 8, exchanges: Annotated[int, Field(ge=1, le=100_000)] = 40,
    transfers: Annotated[int, Field(ge=0, le=1_000_000)] = 100, ruins: Annotated[int, Field(ge=0, le=1000)] = 3,
) -> Outcome:
    """Improve the greedy schedule, or `start`, until sweeps find nothing better.

    A sweep goes through the models. Beside every composition in use it looks at one machine more or fewer, and at one
    machine exchanged for several of another type. Then the model takes the best sequence through all compositions that
    it knows, starts paid: machines are kept through a valley, or begun later, over any number of periods. Then
    periods are partly emptied and covered anew at prices changed at random, and machines go from one model to another.
    After a sweep without gain the next looks beside compositions changed at random.

    Parameters
    ----------
    patience : int
        Sweeps in a row without improvement that end the search.
    exchanges : int
        Most pairs of types exchanged for each composition, drawn at random where there are more.
    transfers : int
        Moves between two models tried in a sweep, drawn at random.
    ruins : int
        How often each period is rebuilt in a sweep.
    """
    ground, rng = Ground(instance, run), np.random.default_rng(seed)
    counts = ground.offer_start(start)
    with suppress(Spent):
        if counts is None:
            counts = construct(ground, np.ones((ground.models, ground.kinds)))
        _sweep_on(ground, counts, rng, patience, exchanges, transfers, ruins)
    idle = run.stop() is None
    return run.outcome(Termination.STALLED if idle else None, evaluations_to_best=ground.to_best)


def _sweep_on(
    ground: Ground, counts: IntArray, rng: np.random.Generator, patience: int, exchanges: int, transfers: int,
    ruins: int,
) -> None:
    """Sweep until nothing improves or the run stops."""
    routes, run = Routes(ground), ground.run
    routes.learn_all(counts)
    value, idle = ground.offer(counts), 0
    while idle < patience and run.stop() is None:
        for m in range(ground.models):
            for t, count in _in_use(counts, m):
                if idle:
                    count = _kicked(ground, rng, m, t, count, 1 + idle)
                    routes.learn(m, count)
                for other in beside(ground, rng, m, t, count, counts, exchanges):
                    routes.learn(m, other)
            routes.follow(m, counts)
        for t in range(ground.periods):
            for _ in range(ruins):
                _rebuild(ground, routes, rng, counts, t)
        if ground.models > 1:
            _transfer(ground, rng, counts, transfers)
            routes.learn_all(counts)
        run.tick(1)
        now = ground.offer(counts)
        better = now > value and (value == -np.inf or now > value + 1e-9 * abs(value))
        idle, value = 0 if better else idle + 1, max(now, value)


def _in_use(counts: IntArray, m: int) -> list[tuple[int, IntArray]]:
    """Return the different compositions of a model, each with the first period that has it."""
    found: dict[bytes, tuple[int, IntArray]] = {}
    for t in range(len(counts)):
        found.setdefault(counts[t, m].tobytes(), (t, counts[t, m].copy()))
    return list(found.values())


def _kicked(ground: Ground, rng: np.random.Generator, m: int, t: int, count: IntArray, times: int) -> IntArray:
    """Return machines [K] after some random exchanges."""
    for _ in range(times):
        out, into = rng.integers(0, ground.kinds, 2)
        if out != into and count[out] > 0:
            count = exchanged(ground, m, t, count, int(out), int(into), int(rng.integers(1, count[out] + 1)))
    return count


def _rebuild(ground: Ground, routes: Routes, rng: np.random.Generator, counts: IntArray, t: int) -> None:
    """Take some machines of a period away, buy others at prices changed at random, and keep them if that gains."""
    kept = rng.binomial(counts[t], rng.uniform(0.3, 1.0))
    taste = np.exp(rng.normal(0, _TASTE, kept.shape))
    before = counts[t - 1] if t else ground.before
    tried = counts.copy()
    tried[t] = mended(ground, t, before, taste, kept)
    for m in range(ground.models):
        routes.learn(m, tried[t, m])
    if not ground.terms.fits(tried):
        return
    gain = sum(ground.value(m, t, tried[t, m]) - ground.value(m, t, counts[t, m]) for m in range(ground.models))
    if gain - ground.start_cost(tried) + ground.start_cost(counts) > 0:
        counts[:] = tried


def _transfer(ground: Ground, rng: np.random.Generator, counts: IntArray, tries: int) -> None:
    """Move machines or their money between two models, in a period or in all, where that gains."""
    values = np.array([[ground.value(m, t, counts[t, m]) for m in range(ground.models)]
                       for t in range(ground.periods)])
    paid = ground.start_cost(counts)
    for _ in range(tries):
        one, other = rng.choice(ground.models, 2, replace=False)
        out, into, t = rng.integers(0, ground.kinds), rng.integers(0, ground.kinds), rng.integers(0, ground.periods)
        span = slice(t, t + 1) if ground.periods == 1 or rng.random() < 0.5 else slice(0, ground.periods)
        if counts[span, one, out].max() == 0:
            continue
        price, tried = ground.instance.price_per_h[t], counts.copy()
        fewer = np.clip(np.ceil(price[into] / max(price[out], 1e-12) - 1e-9), 1, _MOST_AT_ONCE)
        more = np.clip(np.floor(price[out] / max(price[into], 1e-12) + 1e-9), 1, _MOST_AT_ONCE)
        tried[span, one, out] -= np.minimum(counts[span, one, out], int(fewer))
        tried[span, other, into] += int(more)
        if not ground.terms.fits(tried):
            continue
        changed = values.copy()
        for s in range(*span.indices(ground.periods)):
            for m in (one, other):
                changed[s, m] = ground.value(m, s, tried[s, m])
        tried_paid = ground.start_cost(tried)
        if changed.sum() - tried_paid > values.sum() - paid:
            counts[:], values, paid = tried, changed, tried_paid
