"""The far-sighted baselines: what they promise, and how they behave when memory is short."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keepalive_cases import costs_at, instance_of, published_trace, random_instance

from ecoopt.core.budget import Budget
from ecoopt.evaluate.keepalive import evaluate
from ecoopt.heuristics.keepalive.baselines import BASELINES
from ecoopt.heuristics.keepalive.online import METHODS
from ecoopt.heuristics.keepalive.online.cost import schedule_cost
from ecoopt.instances.keepalive import Weights
from ecoopt.instances.keepalive.costs import cost_table

BY_NAME = {method.name: method for method in BASELINES}
NAMES = sorted(BY_NAME)


def solve(name, instance, budget=None, start=None, **options):
    return BY_NAME[name].run(instance, budget=budget, start=start, options=options)


@settings(max_examples=2 * settings.default.max_examples)
@given(name=st.sampled_from(NAMES), own=st.booleans(), seed=st.integers(0, 10**6))
def test_schedule_is_feasible_and_own_objective_is_the_referees(name, own, seed):
    instance = random_instance(seed)
    outcome = solve(name, instance, own_placement=own)
    score = evaluate(instance, outcome.schedule)
    assert score.violations == ()
    assert outcome.objective == pytest.approx(score.objective, rel=1e-9)


@given(seed=st.integers(0, 10**6))
def test_oracle_decides_each_gap_as_published(seed):
    instance = random_instance(seed).replace(containers="release", relocation=True)
    instance = instance.replace(pool_memory_gb=np.full(len(instance.generations), 1e6))
    schedule = solve("oracle", instance).schedule
    calls = instance.invocations
    keeps = dict(zip(schedule.keep_cell.tolist(), zip(schedule.keep_generation.tolist(), schedule.keep_min.tolist(),
                                                      schedule.keep_containers.tolist(), strict=True), strict=True))
    for cell in range(calls.cells):
        f = calls.cell_function[cell]
        gap = calls.minutes[cell + 1] - calls.minutes[cell] if cell + 1 < calls.offsets[f + 1] else 10**9
        # As in the artifact, the options are scored at the intensity of this call, starting with the cold ones.
        warm, cold, keep = (table[instance.function_profile[f]] for table in costs_at(
            instance, instance.intensity_g_per_kwh[calls.minutes[cell]]))
        best = int(np.argmin(warm + gap * keep)) if gap <= instance.max_keep_min else None
        if best is not None and (warm + gap * keep)[best] < cold.min():
            assert keeps.pop(cell) == (best, gap, calls.counts[cell])
    assert keeps == {}


def carbon_g(instance, schedule):
    cost = schedule_cost(instance, schedule)
    return cost.execution_g + cost.keep_g


def objective(instance, schedule):
    return schedule_cost(instance, schedule).objective


def energy(instance, schedule):
    clean = instance.replace(
        generations=[box.replace(embodied=type(box.embodied)()) for box in instance.generations],
        weights=Weights(normalisation="grams", grams_per_s=0.0))
    return schedule_cost(clean, schedule).objective


def seconds(instance, schedule):
    return schedule_cost(instance, schedule).service_time_s


@pytest.mark.parametrize(("name", "measure"), [
    ("co2-opt", carbon_g), ("energy-opt", energy), ("oracle", objective), ("service-time-opt", seconds)])
@given(seed=st.integers(0, 10**6))
def test_no_policy_beats_a_baseline_in_its_own_measure(name, measure, seed):
    # One call at a time, constant intensity, memory without end: gaps do not interact and the baselines are optimal.
    rng = np.random.default_rng(seed)
    instance = instance_of((rng.random((4, 40)) < rng.uniform(0.05, 0.6)).astype(int), seed=seed,
                           intensity=np.full(40, 180.0), pool_gb=1e6)
    if name == "service-time-opt":
        newest = instance.profiles.warm_s.min(axis=1)
        fast = np.column_stack([instance.profiles.warm_s[:, 0] + 1, newest])
        cold = np.column_stack([instance.profiles.cold_start_s[:, 0] + 1, instance.profiles.cold_start_s.min(axis=1)])
        instance = instance.replace(profiles=instance.profiles.replace(warm_s=fast, cold_start_s=cold))
    best = measure(instance, solve(name, instance, own_placement=True).schedule)
    for method in (*METHODS, *BASELINES):
        assert best <= measure(instance, method.run(instance).schedule) * (1 + 1e-12)


def test_service_time_opt_keeps_every_gap_the_menu_allows_on_the_last_generation():
    counts = np.zeros((1, 60), np.int64)
    counts[0, [0, 3, 20, 55]] = 2
    schedule = solve("service-time-opt", instance_of(counts)).schedule
    assert schedule.keep_min.tolist() == [3, 17]
    assert schedule.keep_generation.tolist() == [1, 1]
    assert schedule.keep_containers.tolist() == [2, 2]


def test_energy_opt_ignores_the_grid():
    counts = np.random.default_rng(3).poisson(0.4, (6, 50))
    clean, dirty = (instance_of(counts, intensity=np.full(50, level)) for level in (1.0, 900.0))
    plans = [solve("energy-opt", instance).schedule for instance in (clean, dirty)]
    np.testing.assert_array_equal(plans[0].keep_min, plans[1].keep_min)
    np.testing.assert_array_equal(plans[0].keep_generation, plans[1].keep_generation)


def test_in_a_full_pool_the_earlier_keep_stays_and_the_rest_is_dropped():
    counts = np.zeros((3, 12), np.int64)
    counts[0, [0, 9]], counts[1, [2, 5]], counts[2, [2, 6]] = 2, 3, 3
    instance = instance_of(counts, profiles=1)
    instance = instance.replace(pool_memory_gb=np.array([1, 6]) * instance.profiles.memory_gb[0] * (1 + 1e-9))
    outcome = solve("service-time-opt", instance)
    rows = {instance.invocations.cell_function[c]: n
            for c, n in zip(outcome.schedule.keep_cell, outcome.schedule.keep_containers, strict=True)}
    assert rows == {0: 2, 1: 3, 2: 1}
    assert outcome.details["evicted_containers"] == 2
    assert evaluate(instance, outcome.schedule).feasible


@pytest.mark.parametrize("name", NAMES)
def test_budget_and_start_are_honoured(name):
    instance = instance_of(np.ones((3, 20), np.int64))
    whole = solve(name, instance)
    cut = solve(name, instance, budget=Budget(iterations=4))
    assert cut.iterations == 4
    assert evaluate(instance, cut.schedule).feasible
    assert (instance.invocations.minutes[cut.schedule.keep_cell] < 4).all()
    better, worse = sorted([whole, cut], key=lambda outcome: outcome.objective)
    assert solve(name, instance, start=better.schedule, budget=Budget(iterations=4)).objective == better.objective
    assert solve(name, instance, start=worse.schedule).objective <= worse.objective


def test_own_placement_puts_cold_calls_where_the_baselines_measure_is_least():
    instance = instance_of(np.ones((8, 1), np.int64), profiles=8, seed=5, intensity=[300.0])
    costs = cost_table(instance)
    grams = (costs.cold_embodied_g + costs.cold_kwh * 300.0)[instance.function_profile]
    runs = solve("co2-opt", instance, own_placement=True).schedule.runs
    np.testing.assert_array_equal(np.argmax(runs, axis=1), np.argmin(grams, axis=1))


# Means per call of each scheme's own decisions over the published day, every call and wait accounted for.
PUBLISHED = [
    ("oracle", 30, 2.8836, 24.517), ("co2-opt", 30, 3.4521, 22.835), ("service-time-opt", 1440, 2.6968, 29.233)]


@pytest.mark.parametrize(("name", "longest_min", "time_s", "carbon_mg"), PUBLISHED)
def test_means_of_the_published_day(shared_data, name, longest_min, time_s, carbon_mg):
    instance = published_trace(shared_data, 20, 1460).replace(
        weights=Weights(reference_intensity_g_per_kwh=193.46), keep_alive_menu_min=np.arange(longest_min + 1))
    cost = schedule_cost(instance, solve(name, instance).schedule)
    assert cost.mean_service_time_s == pytest.approx(time_s, rel=1e-4)
    assert cost.mean_carbon_mg == pytest.approx(carbon_mg, rel=1e-4)
