"""Ours for trials: what latencies foretell of compositions is weighed against what was measured of a few."""

from contextlib import suppress
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import ndtr

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.pool.bounded import search_by_bounds
from ecoopt.heuristics.pool.ground import MET, Spent
from ecoopt.heuristics.pool.queue import forecasts
from ecoopt.heuristics.pool.trying import Trying
from ecoopt.instances.pool import PoolInstance, PoolSchedule

PACES = np.geomspace(0.6, 1.4, 9)
"""Of arrivals: what is not known of how irregular they are counts as another pace."""

PACE_SPREAD, SPREAD, NOISE = 0.2, 0.6, 0.1
"""Standard deviation of the logarithm of the pace beforehand, and of what a measurement departs from a forecast by, in
logarithms of the percentage that is late; difference of forecasts that says nothing."""

LIKELY = 0.5
_LATE_PERCENT = 0.05
_WORK, _PAIRS = 3_000_000, 2000


def forecast(
    instance: PoolInstance, run: Run, *, seed: int, start: PoolSchedule | None,
    queries: Annotated[int, Field(ge=100, le=1_000_000)] = 3000,
) -> Outcome:
    """Measure the cheapest composition that is likely to do, or the one that settles most.

    For trials of the share of queries in time. A queue is simulated for every composition, at nine paces of arrivals;
    none of that is a trial. Measurements tell which pace is the likely one, and so how likely each composition answers
    enough queries in time. The cheapest is measured that does so with probability 1/2 at least. If none does, that one
    is whose measurement is expected to rule out most: those with no more machines if it fails, those that are no
    cheaper if it does not. Slow machines may take queries that they answer late, so that more machines can do worse;
    what fails rules out a smaller composition only where the forecasts do not contradict.

    For trials of rates, and without trials, compositions are measured by falling bound of the fluid routing's dual.

    Parameters
    ----------
    queries : int
        Queries simulated for each composition; fewer where there are more than 1,000 compositions.
    """
    trying = Trying(instance, run, start, "forecast")
    rng = np.random.default_rng(seed)
    with suppress(Spent):
        if not len(trying.counts):
            pass
        elif instance.trials is None or trying.serves_all:
            search_by_bounds(trying)
        else:
            _search(trying, rng, queries)
    return trying.ends()


def _search(trying: Trying, rng: np.random.Generator, queries: int) -> None:
    """Measure until nothing is open."""
    model = trying.instance.models[0]
    assert model.demand_per_s is not None
    late = np.log(100.0 + _LATE_PERCENT - forecasts(
        model, max(float(model.demand_per_s[0]), 1e-9), trying.counts, PACES, rng,
        min(queries, max(_WORK // len(trying.counts), 100))))
    allowed = np.log(100.0 + _LATE_PERCENT - trying.asked)
    likely = ndtr((allowed - late) / SPREAD)
    belief = -0.5 * (np.log(PACES) / PACE_SPREAD) ** 2
    order = np.argsort(trying.standing, kind="stable")
    while True:
        weight = np.exp(belief - belief.max())
        weight /= weight.sum()
        chance, expected = weight @ likely, weight @ late
        trying.open = _still_open(trying, expected)
        left = order[trying.open[order]]
        if not len(left):
            return
        good = np.flatnonzero(chance[left] >= LIKELY)
        i = int(left[good[0]]) if len(good) else _most_telling(trying, left, chance, expected)
        trying.measure(i)
        belief -= np.abs(np.log(100.0 + _LATE_PERCENT - trying.quality[i]) - late[:, i]) / SPREAD


def _still_open(trying: Trying, expected: FloatArray) -> NDArray[np.bool_]:
    """Return what is not measured, not as dear as the best, and not ruled out by what failed, bool array [N]."""
    found: NDArray[np.bool_] = ~trying.tried & (trying.standing < -trying.best_value)
    for i in np.flatnonzero(trying.tried & (trying.quality < trying.asked * MET)):
        found &= ~(trying.below(int(i)) & (expected[i] <= expected + NOISE))
    return found


def _most_telling(trying: Trying, left: IntArray, chance: FloatArray, expected: FloatArray) -> int:
    """Return the composition, dear or not, whose measurement is expected to rule out most of what is open."""
    candidates = np.flatnonzero(~trying.tried)
    candidates = candidates[::max(len(candidates) // _PAIRS, 1)]
    candidates = np.union1d(candidates, left[:_PAIRS])
    some = left[:_PAIRS]
    within = (trying.counts[some, None] <= trying.counts[candidates]).all(axis=2)
    failed = (within & (expected[candidates] <= expected[some, None] + NOISE)).sum(axis=0)
    cheaper_by = len(some) - np.searchsorted(trying.standing[some], trying.standing[candidates])
    gain = (1 - chance[candidates]) * failed + chance[candidates] * cheaper_by
    return int(candidates[gain.argmax()])
