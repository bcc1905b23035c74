"""The oracle's optima are optimal, and what it leaves out loses nothing."""

from itertools import product
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecoopt.core.errors import InputError
from ecoopt.evaluate import evaluate
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.hardware import EmbodiedParts, HardwareGeneration
from ecoopt.instances.keepalive import FunctionProfiles, Invocations, KeepAliveInstance, KeepAliveSchedule, Weights
from ecoopt.testing.keepalive import enumerate_optimum, enumeration_size, keepalive_instances, keepalive_schedules


def instance_of(table, pool_memory_gb, **changes):
    """Return functions of 1 GB on one box: a cold call costs 5 g more than a warm one, a waiting minute 1 g."""
    box = HardwareGeneration(name="box", cores=1, memory_gb=10.0, idle_cpu_w=60.0, idle_dram_w=0.0,
                             embodied=EmbodiedParts(), lifetime_s=1e8)
    profiles = FunctionProfiles(
        names=("one",), memory_gb=[1.0], warm_s=[[1.0]], cold_start_s=[[1.0]], warm_cpu_j=[[0.0]], warm_dram_j=[[0.0]],
        cold_start_cpu_j=[[18_000.0]], cold_start_dram_j=[[0.0]])
    start_utc = "2023-02-03T08:00:00Z"
    return KeepAliveInstance(**{
        "name": "by hand", "generations": (box,), "pool_memory_gb": [pool_memory_gb], "profiles": profiles,
        "function_profile": [0] * len(table), "start_utc": start_utc,
        "carbon": CarbonTrace(zone="nowhere", start_utc=start_utc, step_s=3600, intensity_g_per_kwh=[1000.0]),
        "invocations": Invocations.from_dense(table),
        "weights": Weights(normalisation="grams", grams_per_s=0.0)} | changes)


@pytest.mark.parametrize(("table", "pool_memory_gb", "objective"), [
    ([[1, 0, 0, 1]], 9.0, 5 + 3),
    ([[1, 0, 0, 0, 0, 0, 1]], 9.0, 5 + 5),
    ([[1, 0, 0, 1]], 0.5, 5 + 5),
    ([[3, 0, 2]], 9.0, 15 + 2 * 2),
    ([[1, 0, 0, 1], [0, 1, 1, 0]], 9.0, 5 + 3 + 5 + 1),
    ([[1, 0, 0, 1], [0, 1, 1, 0]], 1.0, 5 + 5 + 5 + 1),
    ([[0, 0]], 9.0, 0),
])
def test_optima_worked_out_by_hand(table, pool_memory_gb, objective):
    found, schedule = enumerate_optimum(instance_of(table, pool_memory_gb))
    assert found == pytest.approx(objective, rel=1e-12)
    assert evaluate(instance_of(table, pool_memory_gb), schedule).feasible


def test_containers_that_persist_can_wait_through_a_smaller_crowd():
    # Two of three containers idle through the middle call: 3 x 2 waiting minutes instead of two cold starts.
    table = [[3, 1, 3]]
    released, _ = enumerate_optimum(instance_of(table, 9.0))
    kept, schedule = enumerate_optimum(instance_of(table, 9.0, containers="persist"))
    assert released == pytest.approx(15 + 1 + 1 + 2 * 5)
    assert kept == pytest.approx(15 + 3 + 3)
    assert schedule.keep_containers.tolist() == [3, 3]


def test_every_call_may_start_cold_so_as_to_have_as_many_containers_as_later_calls_need():
    # Cold starts are free but in the last minute; one container and two calls must make three containers.
    table = [[1, 2, 3]]
    instance = instance_of(table, 9.0, containers="persist", relocation=False, carbon=CarbonTrace(
        zone="nowhere", start_utc="2023-02-03T08:00:00Z", step_s=60, intensity_g_per_kwh=[0.0, 0.0, 1000.0]))
    objective, schedule = enumerate_optimum(instance)
    assert objective == 0.0
    assert schedule.keep_containers.tolist() == [1, 3]
    assert schedule.fresh.tolist() == [[0], [2], [0]]


@given(keepalive_instances(), st.data())
def test_the_referee_agrees_with_the_optimum_and_no_feasible_schedule_beats_it(instance, data):
    objective, schedule = enumerate_optimum(instance)
    score = evaluate(instance, schedule)
    assert score.feasible
    assert score.objective == pytest.approx(objective, rel=1e-12, abs=1e-15)
    other = evaluate(instance, data.draw(keepalive_schedules(instance, feasible=True)))
    assert other.objective >= objective - 1e-12 * abs(objective)


@given(keepalive_instances(minutes=6, calls=2, generations=2, schedules=2_000, every_length=True))
def test_keeping_exactly_until_the_next_call_or_not_at_all_loses_nothing(instance):
    objective, _ = enumerate_optimum(instance)
    of_all_lengths, schedule = enumerate_optimum(instance, every_length=True)
    assert objective == pytest.approx(of_all_lengths, rel=1e-12, abs=1e-15)
    assert evaluate(instance, schedule).feasible


@settings(max_examples=40)
@given(keepalive_instances(functions=2, generations=2, minutes=4, calls=2, schedules=40))
def test_the_optimum_is_the_best_of_all_schedules_the_referee_finds_feasible(instance):
    calls, boxes = instance.invocations, len(instance.generations)
    count = int(calls.counts.max(initial=0))
    purposely = instance.containers == "persist"
    splits = [[(row, fresh) for row in product(range(n + 1), repeat=boxes) if sum(row) == n
               for fresh in product(*(range(purposely * r + 1) for r in row))] for n in calls.counts.tolist()]
    gaps = [int(calls.minutes[c + 1] - calls.minutes[c])
            for c in range(calls.cells - 1) if calls.cell_function[c] == calls.cell_function[c + 1]]
    first = [c for c in range(calls.cells - 1) if calls.cell_function[c] == calls.cell_function[c + 1]]
    places = [(c, s, g) for c, g in zip(first, gaps, strict=True) for s in range(boxes) if g <= instance.max_keep_min]
    if (np.prod([len(rows) for rows in splits]) or 1) * (2 * count + 1) ** len(places) > 600:
        return
    best = inf
    for ways in product(*splits):
        runs, fresh = np.array(ways, dtype=np.int64).reshape(-1, 2, boxes).transpose(1, 0, 2)
        for kept in product(range(2 * count + 1), repeat=len(places)):
            rows = [(c, s, n, g) for (c, s, g), n in zip(places, kept, strict=True) if n]
            cell, generation, containers, minutes = np.array(rows, dtype=np.int64).reshape(-1, 4).T
            score = evaluate(instance, KeepAliveSchedule(
                runs=runs, fresh=fresh, keep_cell=cell, keep_generation=generation, keep_containers=containers,
                keep_min=minutes))
            if score.feasible:
                best = min(best, score.objective)
    assert enumerate_optimum(instance)[0] == pytest.approx(best, rel=1e-12, abs=1e-15)


@given(keepalive_instances(schedules=500))
def test_drawn_instances_are_as_small_as_asked_and_survive_a_file(instance):
    assert enumeration_size(instance) <= 500
    assert KeepAliveInstance.model_validate_json(instance.model_dump_json()) == instance


def test_instances_too_large_to_enumerate_are_refused_at_once():
    instance = instance_of(np.full((4, 30), 3), 9.0)
    with pytest.raises(InputError, match=r"has up to .* schedules, the limit is 300000; take fewer functions"):
        enumerate_optimum(instance)
