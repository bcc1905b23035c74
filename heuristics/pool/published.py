"""KAIROS's allocator and its successor, and the searches that they and Ribbon are compared with."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.pool.closed_form import closed_form, figures_of
from ecoopt.heuristics.pool.ground import MET, Spent
from ecoopt.heuristics.pool.trying import Trying, goodness
from ecoopt.instances.pool import PoolInstance, PoolSchedule

BEST, LEADING = 10, 3


def ranking(trying: Trying) -> tuple[IntArray, FloatArray]:
    """Return compositions by falling promise of the closed form, int array [N], and its rates, float array [N].

    Where the cheapest pool is asked for: those that are said to serve the demand by rising cost, then the others.
    """
    rate = closed_form(figures_of(trying.instance.models[0], trying.instance.in_time[0]), trying.counts)
    if trying.serves_all:
        return np.lexsort((trying.standing, -rate)), rate
    demand = trying.instance.models[0].demand_per_s
    assert demand is not None
    short = rate < demand[0] * MET
    return np.lexsort((-rate, np.where(short, -rate, trying.standing), short)), rate


def pick(counts: IntArray, rule: Literal["published", "first", "medoid"]) -> int:
    """Return which of the leading compositions [L, K], best first, is taken without a trial.

    ``published`` takes the first if the three best have as many base machines, else the medoid of all: the one with the
    least sum of squared distances to the others.
    """
    if rule == "first" or (rule == "published" and len(np.unique(counts[:LEADING, 0])) == 1):
        return 0
    apart = ((counts[:, None] - counts[None]) ** 2).sum(axis=(1, 2))
    return int(apart.argmin())


def kairos(
    instance: PoolInstance, run: Run, *, seed: int, start: PoolSchedule | None,
    choice: Literal["published", "first", "medoid"] = "published",
) -> Outcome:
    """Rank all compositions by the closed form and take one without a trial (KAIROS, HPDC'23).

    Where the cheapest pool is asked for, they are measured in their order until one serves the demand. Nothing is
    drawn at random.

    Parameters
    ----------
    choice : {"published", "first", "medoid"}
        Which of the ten best: the first if the three best have as many base machines, else the medoid; always the
        first; always the medoid.
    """
    trying = Trying(instance, run, start, "kairos")
    if not len(trying.counts):
        return trying.ends()
    order, rate = ranking(trying)
    with suppress(Spent):
        if trying.serves_all:
            chosen = order[pick(trying.counts[order[:BEST]], choice)]
            trying.measure(int(chosen))
            return trying.ends(closed_form_per_s=float(rate[chosen]), best_closed_form_per_s=float(rate[order[0]]))
        for i in order:
            if trying.open[i]:
                trying.measure(int(i))
            if trying.best is not None:
                break
    return trying.ends()


def kairos_plus(instance: PoolInstance, run: Run, *, seed: int, start: PoolSchedule | None) -> Outcome:
    """Measure compositions by falling closed form, pruned by it and by what was measured (KAIROS+, HPDC'23).

    A composition is dropped when its closed form is no better than the best measured, or when it has no more machines
    of any type than one measured. The closed form is no bound, so that nothing is proven. Nothing is drawn at random.
    """
    trying = Trying(instance, run, start, "kairos-plus")
    order, rate = ranking(trying)
    with suppress(Spent):
        for i in order:
            if trying.serves_all and trying.best is not None and (
                    rate[i] * trying.ground.weight[0] <= trying.best_value):
                trying.open[i] = False
            if trying.open[i]:
                trying.measure(int(i))
    return trying.ends(exact=not trying.serves_all)


def random(instance: PoolInstance, run: Run, *, seed: int, start: PoolSchedule | None) -> Outcome:
    """Measure compositions in random order, but for those that earlier ones rule out (RAND+ of Ribbon, SC'21)."""
    trying = Trying(instance, run, start, "random")
    with suppress(Spent):
        for i in np.random.default_rng(seed).permutation(len(trying.counts)):
            if trying.open[i]:
                trying.measure(int(i))
    return trying.ends()


def hill_climb(instance: PoolInstance, run: Run, *, seed: int, start: PoolSchedule | None) -> Outcome:
    """Climb Ribbon's objective by one machine at a time, from random compositions that are still open (Ribbon, SC'21).

    All neighbours that are not ruled out are measured, and the best is gone to; from a hilltop it begins anew.
    """
    trying = Trying(instance, run, start, "hill-climb")
    rng = np.random.default_rng(seed)
    with suppress(Spent):
        while trying.open.any():
            climb(trying, int(rng.choice(np.flatnonzero(trying.open))))
    return trying.ends()


def rsm(
    instance: PoolInstance, run: Run, *, seed: int, start: PoolSchedule | None,
    most_types: Annotated[int, Field(ge=1, le=12)] = 6,
) -> Outcome:
    """Measure a face-centred composite design, then climb from its best point, then from random ones (Ribbon, SC'21).

    The design has the corners of the box of counts, the centres of its faces and its own: 15 points for three types.

    Parameters
    ----------
    most_types : int
        Types beyond so many keep to the middle of their range in the design.
    """
    trying = Trying(instance, run, start, "rsm")
    rng = np.random.default_rng(seed)
    with suppress(Spent):
        design = [i for i in _design(trying.counts, most_types) if not trying.tried[i]]
        for i in design:
            if not trying.tried[i]:
                trying.measure(i)
        if trying.open.any():
            climb(trying, max(design, key=lambda i: goodness(trying, i)))
        while trying.open.any():
            climb(trying, int(rng.choice(np.flatnonzero(trying.open))))
    return trying.ends()


def climb(trying: Trying, i: int) -> int:
    """Go from a composition to the best of its neighbours until none is better, and return the hilltop."""
    if not trying.tried[i]:
        trying.measure(i)
    while True:
        beside = list(_neighbours(trying, i))
        for j in beside:
            if trying.open[j]:
                trying.measure(j)
        seen = [j for j in beside if trying.tried[j]]
        best = max(seen, key=lambda j: goodness(trying, j), default=i)
        if goodness(trying, best) <= goodness(trying, i):
            return i
        i = best


def _neighbours(trying: Trying, i: int) -> Iterator[int]:
    """Yield the compositions with one machine more or fewer."""
    for k in range(trying.counts.shape[1]):
        for step in (-1, 1):
            beside = trying.counts[i].copy()
            beside[k] += step
            if (j := trying.place.get(beside.tobytes())) is not None:
                yield j


def _design(counts: IntArray, most_types: int) -> list[int]:
    """Return the compositions nearest to a face-centred composite design of the box of counts, each once."""
    if not len(counts):
        return []
    low, high = counts.min(axis=0), counts.max(axis=0)
    middle, kinds = (low + high) // 2, min(counts.shape[1], most_types)
    points = []
    for corner in range(2**kinds):
        point = middle.copy()
        for k in range(kinds):
            point[k] = high[k] if corner >> k & 1 else low[k]
        points.append(point)
    for k in range(kinds):
        for end in (low, high):
            point = middle.copy()
            point[k] = end[k]
            points.append(point)
    points.append(middle)
    nearest = [int(((counts - point) ** 2).sum(axis=1).argmin()) for point in points]
    return list(dict.fromkeys(nearest))
