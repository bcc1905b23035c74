"""Time of one pass of memory prices over all gap pools, next to copying the bytes it touches.

A pass compares each pool's options at the prices and adds up the memory used; smoothed, it takes soft minima instead
(G + 1 exponentials per pool). The copy goes over the same arrays once: it is what a pass would cost were it all memory
traffic.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ecoopt
from ecoopt.core.arrays import FloatArray
from ecoopt.formulations.keepalive.priced_pools import PricedPools
from ecoopt.instances.keepalive.gap_pools import GapPools, pool_gaps

FUNCTIONS, HOURS, ROUNDS = 2000, 24, 20


@pytest.fixture(scope="module")
def pools() -> GapPools:
    return pool_gaps(ecoopt.generate("keepalive", functions=FUNCTIONS, hours=HOURS, seed=1, memory=0.4,
                                     own_profiles=True, history_min=0))


@pytest.fixture(scope="module")
def prices(pools: GapPools) -> FloatArray:
    saving = float((-pools.delta.min(axis=1) / (pools.memory_gb * (pools.end_min - pools.start_min))).mean())
    return saving * np.random.default_rng(0).random(pools.generations * pools.horizon_min)


@pytest.fixture(scope="module")
def copy(pools: GapPools, prices: FloatArray) -> Callable[[], None]:
    used = np.zeros((pools.generations, pools.horizon_min + 1))
    touched = (pools.start_min, pools.end_min, pools.memory_gb, pools.containers, pools.delta, prices, used)
    copies = [np.empty_like(array) for array in touched]

    def run() -> None:
        for target, source in zip(copies, touched, strict=True):
            np.copyto(target, source)

    run()
    return run


@pytest.mark.ratio(at_most=40.0)
def bench_priced_pass(race: Callable[..., list[Any]], pools: GapPools, prices: FloatArray, copy: Any) -> None:
    priced = PricedPools(pools)
    priced.value(prices)
    race(lambda: priced.value(prices), {"a copy": copy}, rounds=ROUNDS, units=pools.pools, unit="pool")


def bench_smoothed_pass(race: Callable[..., list[Any]], pools: GapPools, prices: FloatArray, copy: Any) -> None:
    priced = PricedPools(pools)
    smoothness = priced.stages()[-1][0]
    priced.smoothed(prices, smoothness)
    race(lambda: priced.smoothed(prices, smoothness), {"a copy": copy}, rounds=ROUNDS, units=pools.pools, unit="pool")
