"""Time of the keep-alive referee per call, on a day of a million calls, next to a replay in plain Python.

Memory binds: containers are kept where there is room and dropped early where there is none. The plain replay gets the
calls of the first functions only, and has to come to the same objective.
"""

from collections.abc import Callable
from time import process_time
from typing import Any

import numpy as np
import pytest

from ecoopt.evaluate import evaluate
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.hardware import generation
from ecoopt.instances.keepalive import FunctionProfiles, Invocations, KeepAliveInstance, KeepAliveSchedule
from ecoopt.testing.keepalive import replay_plainly

FUNCTIONS, MINUTES, PROFILES = 1000, 1440, 10
PLAIN_FUNCTIONS = 10
ROUNDS, PLAIN_ROUNDS = 7, 1
START = "2023-02-03T08:00:00Z"

Day = tuple[KeepAliveInstance, KeepAliveSchedule]

pytestmark = pytest.mark.benchmark(timer=process_time)


def million_calls(seed: int = 0) -> KeepAliveInstance:
    """Return an instance of about a million calls in which pools hold half of what would be kept."""
    rng = np.random.default_rng(seed)
    busy = rng.random((FUNCTIONS, MINUTES)) < rng.beta(0.5, 1.0, (FUNCTIONS, 1))
    calls = Invocations.from_dense(np.where(busy, rng.integers(1, 4, busy.shape), 0))
    warm_s = rng.uniform(1, 15, (PROFILES, 2))
    return KeepAliveInstance(
        name="a million calls", generations=(generation("i3"), generation("m5zn")), pool_memory_gb=[25.0, 25.0],
        profiles=FunctionProfiles(
            names=tuple(f"p{p}" for p in range(PROFILES)), memory_gb=rng.uniform(0.01, 0.2, PROFILES), warm_s=warm_s,
            cold_start_s=warm_s / 2, warm_cpu_j=60 * warm_s, warm_dram_j=20 * warm_s, cold_start_cpu_j=30 * warm_s,
            cold_start_dram_j=10 * warm_s),
        function_profile=rng.integers(0, PROFILES, FUNCTIONS), start_utc=START,
        carbon=CarbonTrace(zone="nowhere", start_utc=START, step_s=300, intensity_g_per_kwh=rng.uniform(50, 400, 288)),
        invocations=calls)


def crowded(instance: KeepAliveInstance, seed: int = 0) -> KeepAliveSchedule:
    """Return a feasible schedule: first come, first kept, for as long as there is room up to ten minutes."""
    rng = np.random.default_rng(seed)
    calls = instance.invocations
    boxes = len(instance.generations)
    memory_gb = instance.profiles.memory_gb[instance.cell_profile]
    follows = np.append(calls.cell_function[1:] == calls.cell_function[:-1], False)
    end = np.where(follows, np.roll(calls.minutes, -1), calls.horizon_min)
    free_gb = np.repeat(instance.pool_memory_gb[:, None], calls.horizon_min, axis=1)
    runs = rng.multinomial(calls.counts, np.full(boxes, 1 / boxes))
    rows = []
    for c in np.argsort(calls.minutes, kind="stable"):
        start = calls.minutes[c]
        for s in range(boxes):
            load_gb = runs[c, s] * memory_gb[c]
            room = free_gb[s, start:min(start + 10, end[c])]
            stay = len(room) if (room >= load_gb).all() else int(np.argmax(room < load_gb))
            if load_gb and stay:
                room[:stay] -= load_gb
                rows.append((c, s, runs[c, s], stay))
    cell, kind, containers, minutes = np.array(rows).T
    return KeepAliveSchedule(runs=runs, keep_cell=cell, keep_generation=kind, keep_containers=containers,
                             keep_min=minutes)


def few(instance: KeepAliveInstance, schedule: KeepAliveSchedule, functions: int) -> Day:
    """Return the first functions of an instance and their part of a schedule."""
    calls = instance.invocations.select(range(functions))
    rows = schedule.keep_cell < calls.cells
    columns = ("keep_cell", "keep_generation", "keep_containers", "keep_min")
    part = {name: getattr(schedule, name)[rows] for name in columns}
    return (instance.replace(invocations=calls, function_profile=instance.function_profile[:functions]),
            KeepAliveSchedule(runs=schedule.runs[:calls.cells], **part))


@pytest.fixture(scope="module")
def day() -> Day:
    instance = million_calls()
    return instance, crowded(instance)


def bench_referee(race: Callable[..., list[Any]], day: Day) -> None:
    some, some_schedule = few(*day, PLAIN_FUNCTIONS)
    score, plain = race(lambda: evaluate(*day), {"plain Python": lambda: replay_plainly(some, some_schedule)},
                        rounds=ROUNDS, reference_rounds=PLAIN_ROUNDS, units=day[0].invocations.calls,
                        reference_units=some.invocations.calls, unit="call")
    assert score.feasible, score.violations[:3]
    objective = evaluate(some, some_schedule).objective
    assert abs(plain.objective - objective) <= 1e-9 * objective


def bench_referee_on_overfull_pools(race: Callable[..., list[Any]], day: Day) -> None:
    instance, schedule = day
    overfull = instance.replace(pool_memory_gb=[1.0, 1.0])
    score, _ = race(lambda: evaluate(overfull, schedule), {"the feasible day": lambda: evaluate(*day)},
                    units=instance.invocations.calls, unit="call")
    assert score.violations
