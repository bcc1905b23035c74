"""Gaps, pools and plans: what all solvers share is exact, as a plain loop and the referee say."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.arrays import IntArray
from ecoopt.evaluate import evaluate
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.hardware import EmbodiedParts, HardwareGeneration
from ecoopt.instances.keepalive import FunctionProfiles, Invocations, KeepAliveInstance, KeepAliveSchedule, Weights
from ecoopt.instances.keepalive.gap_pools import GapPools, pool_gaps
from ecoopt.instances.keepalive.gaps import find_gaps
from ecoopt.instances.keepalive.plans import kept_from_schedule, schedule_from_pools
from ecoopt.testing.keepalive import keepalive_instances, keepalive_schedules, replay_plainly

START = "2023-02-03T08:00:00Z"
SEEDS = st.integers(0, 2**32 - 1)
HALF = settings(max_examples=settings().max_examples // 2)


def by_hand(table: object, intensity: object = 1000.0, **changes: object) -> KeepAliveInstance:
    """Return functions of 1 GB on a box: a cold call costs 5 g more than a warm one, a waiting minute 1 g."""
    minutes = len(np.atleast_2d(table)[0])
    box = HardwareGeneration(name="box", cores=1, memory_gb=10.0, idle_cpu_w=60.0, idle_dram_w=0.0,
                             embodied=EmbodiedParts(), lifetime_s=1e8)
    profiles = FunctionProfiles(
        names=("one",), memory_gb=[1.0], warm_s=[[1.0]], cold_start_s=[[1.0]], warm_cpu_j=[[0.0]], warm_dram_j=[[0.0]],
        cold_start_cpu_j=[[18_000.0]], cold_start_dram_j=[[0.0]])
    trace = CarbonTrace(zone="nowhere", start_utc=START, step_s=60,
                        intensity_g_per_kwh=np.broadcast_to(np.asarray(intensity, dtype=float), (minutes,)))
    return KeepAliveInstance(**{
        "name": "by hand", "generations": (box,), "pool_memory_gb": [99.0], "profiles": profiles,
        "function_profile": [0] * len(table), "start_utc": START, "carbon": trace,
        "invocations": Invocations.from_dense(table),
        "weights": Weights(normalisation="grams", grams_per_s=0.0)} | changes)


def plain_gaps(instance: KeepAliveInstance) -> Counter[tuple[int, int]]:
    """Return the containers that may wait between two cells, layer by layer."""
    calls, found = instance.invocations, Counter()
    for f in range(calls.functions):
        cells = range(int(calls.offsets[f]), int(calls.offsets[f + 1]))
        for layer in range(1, int(calls.counts[cells].max(initial=0)) + 1):
            filled = [c for c in cells if calls.counts[c] >= layer]
            for one, other in pairwise(filled):
                steps = np.diff(calls.minutes[one: other + 1])
                adjacent = instance.containers == "persist" or other == one + 1
                if adjacent and steps.max() <= instance.max_keep_min:
                    found[one, other] += 1
    return found


def random_plan(pools: GapPools, seed: int) -> IntArray:
    """Return containers [N, G] that wait where it pays, without regard for memory."""
    rng = np.random.default_rng(seed)
    kept = np.zeros((pools.pools, pools.generations), dtype=np.int64)
    for i in range(pools.pools):
        left = int(pools.containers[i])
        for s in rng.permutation(np.flatnonzero(pools.delta[i] < 0)):
            kept[i, s] = rng.integers(0, left + 1)
            left -= kept[i, s]
    return kept


def used_gb(instance: KeepAliveInstance, schedule: KeepAliveSchedule) -> np.ndarray:
    return np.array(replay_plainly(instance, schedule).used_gb).reshape(len(instance.generations), -1)


@given(keepalive_instances(minutes=30, calls=5, schedules=10**12))
def test_gaps_are_those_of_a_plain_loop_over_layers(instance: KeepAliveInstance) -> None:
    gaps = find_gaps(instance)
    found: Counter[tuple[int, int]] = Counter()
    for cell, end_cell, containers in zip(gaps.cell, gaps.end_cell, gaps.containers, strict=True):
        found[int(cell), int(end_cell)] += int(containers)
    assert found == plain_gaps(instance)
    assert len(set(zip(gaps.cell.tolist(), gaps.end_cell.tolist(), strict=True))) == len(gaps.cell)
    assert (np.diff(gaps.cell) >= 0).all()
    calls = instance.invocations
    assert (gaps.start_min == calls.minutes[gaps.cell]).all()
    assert (gaps.end_min == calls.minutes[gaps.end_cell]).all()
    assert (gaps.profile == instance.cell_profile[gaps.cell]).all()


@given(keepalive_instances(minutes=30, calls=5, schedules=10**12))
@HALF
def test_exposure_is_the_intensity_summed_over_the_wait_or_frozen_at_each_call_passed(
    instance: KeepAliveInstance
) -> None:
    gaps, minutes, intensity = find_gaps(instance), instance.invocations.minutes, instance.intensity_g_per_kwh
    for cell, end_cell, exposure in zip(gaps.cell, gaps.end_cell, gaps.exposure, strict=True):
        if instance.accounting == "physical":
            expected = intensity[minutes[cell]: minutes[end_cell]].sum()
        else:
            passed = np.arange(cell, end_cell)
            expected = ((minutes[passed + 1] - minutes[passed]) * intensity[minutes[passed]]).sum()
        assert exposure == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(keepalive_instances(minutes=20, calls=4, schedules=10**12), SEEDS)
def test_the_referee_confirms_objective_and_memory_of_every_plan(instance: KeepAliveInstance, seed: int) -> None:
    pools = pool_gaps(instance)
    kept = random_plan(pools, seed)
    schedule = schedule_from_pools(pools, kept)
    score = evaluate(instance, schedule)
    assert {violation.what for violation in score.violations} <= {"the warm pool exceeds its memory"}
    assert score.objective == pytest.approx(pools.objective(kept), rel=1e-9, abs=1e-12)
    np.testing.assert_allclose(used_gb(instance, schedule), pools.memory(kept), atol=1e-9)


@pytest.mark.parametrize("relocation", [True, False])
def test_the_referee_confirms_plans_in_which_many_containers_wait_past_calls(relocation: bool) -> None:
    instance = ecoopt.generate("keepalive", functions=12, hours=1, seed=3, memory=9, heavy_share=0.3,
                               containers="persist", relocation=relocation)
    pools, cold_on_purpose = pool_gaps(instance), 0
    for seed in range(8):
        kept = random_plan(pools, seed)
        schedule = schedule_from_pools(pools, kept)
        cold_on_purpose += 0 if schedule.fresh is None else int(schedule.fresh.sum())
        score = evaluate(instance, schedule)
        assert {violation.what for violation in score.violations} <= {"the warm pool exceeds its memory"}
        assert score.objective == pytest.approx(pools.objective(kept), rel=1e-12)
    assert cold_on_purpose > 8


@given(keepalive_instances(minutes=20, calls=4, schedules=10**12, containers="release"), SEEDS)
@HALF
def test_adding_gaps_up_and_spreading_them_again_changes_nothing(instance: KeepAliveInstance, seed: int) -> None:
    pools, calls = pool_gaps(instance), instance.invocations
    gaps, rng = pools.gaps, np.random.default_rng(seed)
    kept = np.zeros((pools.pools, pools.generations), dtype=np.int64)
    runs = np.zeros((calls.cells, pools.generations), dtype=np.int64)
    rows = []
    for gap in np.flatnonzero(pools.pool_of_gap >= 0):
        pool, s = pools.pool_of_gap[gap], rng.integers(0, pools.generations)
        containers = int(rng.integers(0, gaps.containers[gap] + 1))
        kept[pool, s] += containers
        runs[gaps.end_cell[gap], s] += containers
        if containers:
            rows.append((gaps.cell[gap], s, containers, gaps.end_min[gap] - gaps.start_min[gap]))
    runs[np.arange(calls.cells), pools.cold_generation] += calls.counts - runs.sum(axis=1)
    cell, generation, containers, minutes = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    one_by_one = KeepAliveSchedule(runs=runs, keep_cell=cell, keep_generation=generation, keep_containers=containers,
                                   keep_min=minutes)
    assert (kept.sum(axis=1) <= pools.containers).all()
    assert evaluate(instance, one_by_one).objective == pytest.approx(pools.objective(kept), rel=1e-9, abs=1e-12)
    spread = schedule_from_pools(pools, kept)
    assert evaluate(instance, spread).objective == pytest.approx(pools.objective(kept), rel=1e-9, abs=1e-12)
    np.testing.assert_allclose(used_gb(instance, one_by_one), used_gb(instance, spread), atol=1e-9)


@given(keepalive_instances(minutes=20, calls=4, schedules=10**12), SEEDS)
@HALF
def test_a_plan_survives_the_way_to_a_schedule_and_back(instance: KeepAliveInstance, seed: int) -> None:
    pools = pool_gaps(instance)
    kept = random_plan(pools, seed)
    again = kept_from_schedule(pools, schedule_from_pools(pools, kept))
    if instance.containers == "release":
        np.testing.assert_array_equal(again, kept)
    assert (pools.memory(again) <= pools.memory(kept) + 1e-9).all()


@given(st.data())
def test_reading_a_schedule_never_takes_more_memory_and_with_release_never_costs_more(data: st.DataObject) -> None:
    instance = data.draw(keepalive_instances(minutes=12, schedules=10**9))
    schedule = data.draw(keepalive_schedules(instance, feasible=True))
    pools = pool_gaps(instance)
    kept = kept_from_schedule(pools, schedule)
    assert (kept >= 0).all()
    assert (kept.sum(axis=1) <= pools.containers).all()
    assert (pools.memory(kept) <= used_gb(instance, schedule) + 1e-9).all()
    if instance.containers == "release":
        objective = evaluate(instance, schedule).objective
        assert pools.objective(kept) <= objective + 1e-9 * max(1.0, abs(objective))


def test_what_a_wait_saves_is_the_cold_start_less_the_minutes() -> None:
    pools = pool_gaps(by_hand([[2, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1], [0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]))
    seen = zip(pools.start_min.tolist(), pools.end_min.tolist(), pools.containers.tolist(), strict=True)
    assert list(seen) == [(0, 2, 2), (1, 2, 1), (2, 6, 1)]
    assert pools.delta[:, 0].tolist() == pytest.approx([-5 + 2, -5 + 1, -5 + 4])
    assert pools.cold_cost == pytest.approx(5 * 9)
    assert pools.objective(pools.unconstrained()) == pytest.approx(45 - 2 * 3 - 4 - 1)
    assert pools.memory(pools.unconstrained()).tolist() == [[2, 3, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]]


def test_waits_of_like_functions_are_one_pool() -> None:
    pools = pool_gaps(by_hand([[1, 0, 1], [2, 0, 1], [1, 1, 1]]))
    assert pools.pools == 3
    assert pools.containers.tolist() == [1, 2, 1]
    assert pools.start_min.tolist() == [0, 0, 1]
    assert pools.end_min.tolist() == [1, 2, 2]


def test_intensity_weighs_each_minute_of_the_wait_and_the_call_at_its_end() -> None:
    intensity = [500.0, 1000.0, 2000.0, 3000.0]
    physical = pool_gaps(by_hand([[1, 0, 0, 1]], intensity))
    assert physical.delta.tolist() == [[pytest.approx(0.5 + 1 + 2 - 15)]]
    frozen = pool_gaps(by_hand([[1, 0, 0, 1]], intensity, accounting="artifact"))
    assert frozen.delta.tolist() == [[pytest.approx(3 * 0.5 - 15)]]


def test_a_container_that_waits_past_a_call_lets_that_call_start_cold_on_purpose() -> None:
    instance = by_hand([[2, 1, 2]], containers="persist")
    pools = pool_gaps(instance)
    ends = list(zip(pools.start_min.tolist(), pools.end_min.tolist(), strict=True))
    assert ends == [(0, 1), (0, 2), (1, 2)]
    schedule = schedule_from_pools(pools, np.array([[0], [1], [1]]))
    assert schedule.fresh is not None
    assert schedule.fresh.tolist() == [[0], [1], [0]]
    score = evaluate(instance, schedule)
    assert score.feasible
    assert score.objective == pytest.approx(15 + 1 + 2)


def test_without_relocation_every_wait_of_a_function_is_on_one_generation() -> None:
    instance = ecoopt.generate("keepalive", functions=20, hours=1, seed=2, containers="persist", relocation=False)
    pools = pool_gaps(instance)
    assert ((pools.delta < 0).sum(axis=1) == 1).all()
    calls = instance.invocations
    for f in range(calls.functions):
        cells = slice(calls.offsets[f], calls.offsets[f + 1])
        home = set(pools.cold_generation[cells].tolist())
        waits = pools.pool_of_gap[(calls.cell_function[pools.gaps.cell] == f) & (pools.pool_of_gap >= 0)]
        assert len(home | set(pools.delta[waits].argmin(axis=1).tolist())) <= 1
