"""Cover: machines for one period: each bin to its cheapest type, the rest bought where a dollar gains most."""

from collections.abc import Iterator

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.pool.ground import MET, Ground

SHARE_PER_STEP = 0.25
"""Of what a model still lacks, as much as machines of one type are bought for at once."""

STEPS = 16
"""In so many steps all money may be spent where as much as possible is served."""


def cover(ground: Ground, t: int, before: IntArray, taste: FloatArray) -> IntArray:
    """Return machines for every model in a period, int array [M, K].

    If machines could be cut, each bin would go to the type that works on it for least: so many whole machines are there
    to begin with. More are bought where what they serve is worth most per dollar, or per gram; starts are charged.
    Where demand must be served, those that are not missed are given back, the dearest first. O(M K) measurements a
    step.

    Parameters
    ----------
    ground : Ground
        What is asked.
    t : int
        The period.
    before : int array [M, K]
        Machines of the period before.
    taste : float array [M, K]
        Price of each type for each model relative to its own.
    """
    begun = [_whole(ground, t, before, taste)]
    if ground.serves_all:  # where parts of a machine do nothing, what is whole of the best parts may be worth nothing
        begun.append(np.zeros_like(before))
    found = [mended(ground, t, before, taste, count) for count in begun]
    return max(found, key=lambda count: sum(ground.value(m, t, count[m]) for m in range(ground.models)))


def mended(ground: Ground, t: int, before: IntArray, taste: FloatArray, count: IntArray) -> IntArray:
    """Buy more machines beside some [M, K], give back what is not missed, and return what there is; see `cover`."""
    count = count.copy()
    gains: list[FloatArray | None] = [None] * ground.models
    while True:
        room = _room(ground, t, count, before)
        best, where, steps = 0.0, None, 1
        for m in range(ground.models):
            have = ground.rate(m, count[m])
            lack = ground.demand[t, m] - have
            if have >= ground.demand[t, m] * MET:
                continue
            gain = gains[m]
            if gain is None:
                gain = gains[m] = _gains(ground, m, count[m], have)
            for k in range(ground.kinds):
                if room[m, k] < 1 or gain[k] <= 0:
                    continue
                worth = min(gain[k], lack) * (ground.weight[m] if ground.serves_all else 1.0)
                per_dollar = worth / max(_price(ground, t, m, k, count, before) * taste[m, k], 1e-12)
                if per_dollar > best:
                    most = min(room[m, k], 1 + SHARE_PER_STEP * lack / gain[k])
                    steps = max(int(room[m, k] / STEPS if ground.serves_all else most), 1)
                    best, where = per_dollar, (m, k)
        if where is None:
            break
        count[where] += steps
        gains[where[0]] = None
    if not ground.serves_all:
        for m in range(ground.models):
            _give_back(ground, t, m, count, before)
    return count


def _whole(ground: Ground, t: int, before: IntArray, taste: FloatArray) -> IntArray:
    """Return the whole machines of the cheapest cover by parts of machines, int array [M, K].

    The models that are worth most per dollar are served first.
    """
    count = np.zeros_like(before)
    if ground.instance.trials is not None:
        return count
    price = np.maximum(ground.price(t), 1e-12)
    need = np.array([_need(work.worked_s, work.share, price * taste[m]) for m, work in enumerate(ground.works)])
    unit = need @ price / (ground.weight if ground.serves_all else 1.0)
    for m in np.argsort(unit, kind="stable").tolist():
        if not need[m].any():
            continue
        most = ground.instance.max_count - count.sum(axis=0)
        rate = ground.demand[t, m]
        if ground.instance.budget_per_h is not None:
            each = ground.instance.price_per_h[t] * (1 + ground.start_share)
            left = ground.instance.budget_per_h[t] - float(each @ count.sum(axis=0))
            paid = float(need[m] @ each)
            rate = min(rate, max(left, 0.0) / paid) if paid > 0 else rate
        for k in np.flatnonzero(need[m]):
            steps = ground.load[m, k, :most[k] + 1]
            count[m, k] = np.searchsorted(steps, rate * need[m, k] * (1 + 1e-12), side="right") - 1
    return count


def _need(worked_s: FloatArray, share: FloatArray, price: FloatArray) -> FloatArray:
    """Return machines' time per query when each bin goes to its cheapest type, float array [K]."""
    cost = worked_s * price[:, None]
    kind, bins = cost.argmin(axis=0), np.arange(len(share))
    time = np.where(np.isfinite(worked_s[kind, bins]), share * np.minimum(worked_s[kind, bins], 1e12), 0.0)
    return np.bincount(kind, time, len(price)).astype(np.float64)


def _gains(ground: Ground, m: int, count: IntArray, have: float) -> FloatArray:
    """Return by how much one more machine of each type raises what is served, float array [K].

    Where nothing can be served yet, it is by how much of the queries more could be answered in time, scaled down.
    """
    gain = np.zeros(ground.kinds)
    for k, more in enumerate(np.eye(ground.kinds, dtype=np.int64)):
        if count[k] < ground.instance.types[k].max_count:
            gain[k] = ground.rate(m, count + more) - have
    if gain.max() <= 0 and have <= 0:
        work = ground.works[m]
        served = np.isfinite(work.worked_s)
        covered = served[count > 0].any(axis=0)
        gain = 1e-6 * (served & ~covered) @ work.share * (count < ground.instance.max_count)
    return gain


def _price(ground: Ground, t: int, m: int, k: int, count: IntArray, before: IntArray) -> float:
    """Return what one more machine costs in a period, its start if it has one."""
    return float(ground.price(t)[k] + (ground.starting[t, k] if count[m, k] >= before[m, k] else 0.0))


def _room(ground: Ground, t: int, count: IntArray, before: IntArray) -> FloatArray:
    """Return how many more machines there are, and money for them if all are started, float array [M, K]."""
    room = np.broadcast_to((ground.instance.max_count - count.sum(axis=0)).astype(float), count.shape).copy()
    if ground.instance.budget_per_h is not None:
        price = ground.instance.price_per_h[t]
        begun = np.maximum(count - before, 0)
        left = ground.instance.budget_per_h[t] - (price * (count + begun * ground.start_share).sum(axis=0)).sum()
        each = price * np.where(count >= before, 1 + ground.start_share, 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.minimum(room, np.where(each > 0, np.floor(left / each + 1e-9), np.inf))
        room = np.where(count < before, np.minimum(room, before - count), room)
    return room


def _give_back(ground: Ground, t: int, m: int, count: IntArray, before: IntArray) -> None:
    """Give back machines of a model as long as its demand is served, the dearest first."""
    if not ground.meets(m, t, count[m]):
        return
    for k in _dearest_first(ground, t):
        while count[m, k] > 0:
            count[m, k] -= 1
            if not ground.meets(m, t, count[m]):
                count[m, k] += 1
                break


def _dearest_first(ground: Ground, t: int) -> Iterator[int]:
    yield from np.argsort(-ground.standing[t], kind="stable").tolist()
