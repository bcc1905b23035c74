"""Speed of simulated dispatch: first come first served next to plain Python, matchings next to SciPy's, replanning."""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

import ecoopt
from ecoopt.heuristics.dispatch.matching import assign
from ecoopt.heuristics.dispatch.online import first_come, matched, planned_anew, simulate
from ecoopt.instances.dispatch import DispatchInstance

QUERIES, PLAIN_QUERIES, FEW_QUERIES = 1_000_000, 20_000, 100_000
MATCHINGS, ROWS, COLUMNS = 2000, 22, 11


def stream(queries: int, rate_per_s: float) -> DispatchInstance:
    """Return queries to rm2 on two GPUs and nine processors."""
    instance = ecoopt.generate("dispatch", queries=queries, rate_per_s=rate_per_s, seed=1)
    assert isinstance(instance, DispatchInstance)
    return instance


def first_come_plainly(instance: DispatchInstance, queries: int) -> list[int]:
    """Return when the first queries begin, events on a heap, in plain Python."""
    kind, service = instance.machine_type.tolist(), instance.service_tick[:queries].tolist()
    idle, busy, starts = list(range(len(kind))), [], []
    for q, now in enumerate(instance.arrival_tick[:queries].tolist()):
        while busy and busy[0][0] <= now:
            heappush(idle, heappop(busy)[1])
        if not idle:
            now = busy[0][0]
            while busy and busy[0][0] <= now:
                heappush(idle, heappop(busy)[1])
        m = heappop(idle)
        starts.append(now)
        heappush(busy, (now + service[q][kind[m]], m))
    return starts


@pytest.mark.ceiling(ms=0.001)
@pytest.mark.ratio(at_least=10)
def bench_first_come_first_served(race: Callable[..., list[Any]]) -> None:
    instance = stream(QUERIES, 50.0)
    simulate(instance, first_come)
    ours, plain = race(
        lambda: simulate(instance, first_come), {"plain Python": lambda: first_come_plainly(instance, PLAIN_QUERIES)},
        rounds=5, units=QUERIES, reference_units=PLAIN_QUERIES, unit="query")
    assert ours.start[:PLAIN_QUERIES].tolist() == plain


@pytest.mark.ratio(at_least=0.8)
def bench_matching(race: Callable[..., list[Any]]) -> None:
    costs = np.random.default_rng(2).random((MATCHINGS, ROWS, COLUMNS))
    assign(costs[0])
    ours, reference = race(
        lambda: [assign(cost) for cost in costs], {"SciPy": lambda: [linear_sum_assignment(cost) for cost in costs]},
        rounds=5, units=MATCHINGS, unit="matching")
    assert all((np.flatnonzero(mine >= 0) == rows).all() and (mine[rows] == columns).all()
               for mine, (rows, columns) in zip(ours, reference, strict=True))


@pytest.mark.ceiling(ms=0.01)
def bench_replanning(race: Callable[..., list[Any]]) -> None:
    instance = stream(FEW_QUERIES, 110.0)
    policies = {"ours": planned_anew(), "kairos": matched()}
    for policy in policies.values():
        simulate(instance, policy)
    race(lambda: simulate(instance, policies["ours"]),
         {"KAIROS's matchings": lambda: simulate(instance, policies["kairos"])},
         rounds=3, units=FEW_QUERIES, unit="query")
