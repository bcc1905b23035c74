"""Online keep-alive: what every policy must obey, and what each one is."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keepalive_cases import carbon, costs_at, instance_of, occupancy, published_trace, random_instance

from ecoopt.core.budget import Budget
from ecoopt.core.errors import InputError
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.evaluate.keepalive import evaluate
from ecoopt.heuristics.engines.pso_settings import PsoSettings
from ecoopt.heuristics.keepalive.online import METHODS
from ecoopt.heuristics.keepalive.online.cost import schedule_cost
from ecoopt.heuristics.keepalive.online.expected import ExpectedCost
from ecoopt.heuristics.keepalive.online.fitness import ExactFitness
from ecoopt.heuristics.keepalive.online.histogram import HybridHistogram
from ecoopt.heuristics.keepalive.online.recent import RecentCalls
from ecoopt.heuristics.keepalive.online.record import CallRecord
from ecoopt.heuristics.keepalive.online.swarm import Swarms
from ecoopt.heuristics.keepalive.online.tariff import Tariff
from ecoopt.heuristics.keepalive.online.view import Decision, Lots, PastView
from ecoopt.heuristics.keepalive.online.walk import walk
from ecoopt.instances.keepalive import Invocations, Weights

BY_NAME = {method.name: method for method in METHODS}
NAMES = sorted(BY_NAME)
VARIANTS = [(name, {}) for name in NAMES] + [
    ("ecolife", {"dynamic": False}), ("ecolife", {"adjust": False}),
    ("expected", {"choose_containers": True}), ("price-directed", {"choose_containers": False})]


def solve(name, instance, seed=0, budget=None, start=None, **options):
    return BY_NAME[name].run(instance, seed=seed, budget=budget, start=start, options=options)


def same(one, other):
    return one.digest == other.digest


ALL_VARIANTS = settings(max_examples=4 * settings.default.max_examples)


@ALL_VARIANTS
@given(variant=st.sampled_from(VARIANTS), seed=st.integers(0, 10**6))
def test_schedule_is_feasible_and_own_objective_is_the_referees(variant, seed):
    name, options = variant
    instance = random_instance(seed)
    outcome = solve(name, instance, seed=seed, **options)
    score = evaluate(instance, outcome.schedule)
    assert score.violations == ()
    assert outcome.objective == pytest.approx(score.objective, rel=1e-9)
    assert outcome.iterations == instance.invocations.horizon_min
    cost = schedule_cost(instance, outcome.schedule)
    for term, value in (("mean_service_time_s", cost.mean_service_time_s), ("mean_carbon_mg", cost.mean_carbon_mg),
                        ("warm_calls", cost.warm_calls), ("keep_carbon_g", cost.keep_g)):
        assert value == pytest.approx(score.terms[term].value, rel=1e-9, abs=1e-12)


@ALL_VARIANTS
@given(variant=st.sampled_from(VARIANTS), seed=st.integers(0, 10**6), data=st.data())
def test_decisions_do_not_depend_on_the_future(variant, seed, data):
    name, options = variant
    instance = random_instance(seed)
    calls = instance.invocations
    now = data.draw(st.integers(0, calls.horizon_min - 1), label="last minute in common")
    rng = np.random.default_rng(seed + 1)
    table = np.zeros((calls.functions, calls.horizon_min), np.int64)
    table[calls.cell_function, calls.minutes] = calls.counts
    intensity = instance.intensity_g_per_kwh.copy()
    table[:, now + 1:] = rng.poisson(1.5, table[:, now + 1:].shape)
    intensity[now + 1:] = rng.uniform(0, 900, len(intensity) - now - 1)
    other = instance.replace(invocations=Invocations.from_dense(table), carbon=carbon(intensity))

    whole = [solve(name, one, seed=3, **options).schedule for one in (instance, other)]
    waiting = [occupancy(one, plan, now + 1) for one, plan in zip((instance, other), whole, strict=True)]
    np.testing.assert_array_equal(*[table[:, :, : now + 1] for table in waiting])
    budget = Budget(iterations=now + 1)
    cut = [solve(name, one, seed=3, budget=budget, **options).schedule for one in (instance, other)]
    keeps, runs = [], []
    for one, plan, full in zip((instance, other), cut, whole, strict=True):
        past = one.invocations
        key = past.cell_function * past.horizon_min + past.minutes
        keeps.append(np.column_stack([key[plan.keep_cell], plan.keep_generation, plan.keep_containers, plan.keep_min]))
        runs.append([schedule.runs[past.minutes <= now] for schedule in (plan, full)])
        assert (past.minutes[plan.keep_cell] <= now).all()
    np.testing.assert_array_equal(*keeps)
    for pair in zip(*runs, strict=True):
        np.testing.assert_array_equal(*pair)
    np.testing.assert_array_equal(*runs[0])


def test_the_future_check_catches_a_policy_that_peeks():
    class Peeking(ExactFitness):
        def decide(self, now):
            n = len(now.functions)
            keep = np.full((n, 2), self.following - now.minute)
            return Decision(np.zeros(n, np.int64), keep, now.counts)

    counts = np.zeros((1, 9), np.int64)
    counts[0, [0, 4]] = 1
    later = np.roll(counts, 1, axis=1) + counts
    later[0, [1, 4]] = 0
    plans = []
    for table in (counts, later):
        instance = instance_of(table)
        tariff = Tariff(instance)
        policy = Peeking(tariff)
        policy.following = instance.invocations.minutes[1]
        plans.append(occupancy(instance, walk(instance, policy, tariff, Run())[0], 5))
    assert (plans[0] != plans[1]).any()


@pytest.mark.parametrize("name", NAMES)
def test_same_seed_gives_the_same_schedule(name):
    instance = random_instance(5)
    assert same(solve(name, instance, seed=2).schedule, solve(name, instance, seed=2).schedule)


def test_a_swarms_seed_matters_and_other_processes_agree():
    program = (
        "from keepalive_cases import random_instance\n"
        "from ecoopt.heuristics.keepalive.online import METHODS\n"
        "m = {m.name: m for m in METHODS}['ecolife']\n"
        "print(m.run(random_instance(7), seed=4).schedule.digest)")
    environment = os.environ | {"PYTHONHASHSEED": "123", "PYTHONPATH": str(Path(__file__).parent)}
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    instance = random_instance(7)
    assert other.stdout.strip() == solve("ecolife", instance, seed=4).schedule.digest
    assert len({solve("ecolife", instance, seed=s).schedule.digest for s in range(5)}) > 1


@pytest.mark.parametrize("name", NAMES)
def test_a_stopped_run_keeps_nothing_more_and_is_complete(name):
    instance = instance_of(np.ones((3, 20), np.int64), containers="persist")
    outcome = solve(name, instance, budget=Budget(iterations=7))
    assert outcome.iterations == 7
    assert outcome.termination is Termination.ITERATIONS
    assert evaluate(instance, outcome.schedule).feasible
    assert (instance.invocations.minutes[outcome.schedule.keep_cell] < 7).all()
    nothing = solve(name, instance, budget=Budget(iterations=0))
    assert nothing.schedule.keep_cell.size == 0
    assert evaluate(instance, nothing.schedule).feasible


@pytest.mark.parametrize("name", NAMES)
def test_a_start_is_never_made_worse(name):
    instance = random_instance(11)
    best = min((solve(other, instance) for other in NAMES), key=lambda outcome: outcome.objective)
    assert solve(name, instance, start=best.schedule).objective <= best.objective


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(0, 4), (3, 1), (3, 5)])
def test_an_instance_without_calls_is_no_trouble(name, shape):
    instance = instance_of(np.zeros(shape, np.int64))
    outcome = solve(name, instance)
    assert outcome.objective == 0
    assert outcome.schedule.keep_cell.size == 0


# ---- EcoLife's fitness, its swarms and their exact rival

WINDOW = st.integers(1, 62)


@given(minutes=st.lists(st.integers(0, 200), unique=True, max_size=40).map(sorted), window=WINDOW,
       ahead=st.integers(1, 90), waits=st.lists(st.integers(1, 70), min_size=1, max_size=4))
def test_the_look_back_window_holds_the_gaps_between_calls_in_it(minutes, window, ahead, waits):
    recent = RecentCalls(1, window)
    for minute in minutes:
        recent.note(minute, np.array([0]))
    now = (minutes[-1] if minutes else 0) + ahead
    inside = [m for m in minutes if now - window <= m < now]
    gaps = np.diff(inside)
    lots = Lots(0, np.zeros(len(waits), np.int64), np.ones(len(waits), np.int64), np.ones(len(waits), np.int64),
                np.array(waits))
    expected = [np.mean(gaps <= wait) if len(gaps) else 0.5 for wait in waits]
    np.testing.assert_allclose(recent.warm_share(now, lots), expected, rtol=1e-15)


def decisions(policy, instance):
    """Walk and return what the policy decided: minute, function, generation, minutes."""
    told = []
    original = policy.decide

    def decide(now):
        decision = original(now)
        told.extend(zip([now.minute] * len(now.functions), now.functions.tolist(), decision.generation.tolist(),
                        decision.keep_min.tolist(), strict=True))
        return decision

    policy.decide = decide
    walk(instance, policy, policy.tariff, Run())
    return told


def fitness_table(instance, minute, f):
    """EcoLife's fitness of every generation and time, straight from the definition."""
    calls, past = instance.invocations, instance.history
    seen = calls.minutes[calls.offsets[f]:calls.offsets[f + 1]].tolist()
    if past is not None:
        seen = [int(m) - past.horizon_min for m in past.minutes[past.offsets[f]:past.offsets[f + 1]]] + seen
    gaps = np.diff([m for m in seen if minute - 20 <= m < minute])
    warm, cold, keep = (table[instance.function_profile[f]]
                        for table in costs_at(instance, instance.intensity_g_per_kwh[minute]))
    menu = instance.keep_alive_menu_min
    share = np.array([np.mean(gaps <= k) if len(gaps) else 0.5 for k in menu])[None, :]
    return share * warm[:, None] + (1 - share) * cold[:, None] + menu * keep[:, None]


def with_release(instance):
    return instance.replace(containers="release", relocation=True)


@given(seed=st.integers(0, 10**6))
def test_exact_decisions_equal_full_enumeration(seed):
    instance = with_release(random_instance(seed))
    for minute, f, s, keep in decisions(ExactFitness(Tariff(instance)), instance):
        table = fitness_table(instance, minute, f)
        chosen = np.searchsorted(instance.keep_alive_menu_min, keep[s])
        assert table[s, chosen] == pytest.approx(table.min(), rel=1e-12)
        unique = np.isclose(table, table.min(), rtol=1e-9, atol=0).sum() == 1
        if unique:
            assert (s, chosen) == np.unravel_index(np.argmin(table), table.shape)


@given(seed=st.integers(0, 10**6))
def test_no_swarm_beats_the_exact_minimum_of_its_fitness(seed):
    instance = with_release(random_instance(seed))
    for minute, f, s, keep in decisions(Swarms(Tariff(instance), PsoSettings.published()), instance):
        table = fitness_table(instance, minute, f)
        chosen = np.searchsorted(instance.keep_alive_menu_min, keep[s])
        assert instance.keep_alive_menu_min[chosen] == keep[s]
        assert table[s, chosen] >= table.min() * (1 - 1e-12)


def test_swarms_find_the_minimum_of_a_calm_function():
    instance = instance_of(np.ones((40, 120), np.int64), intensity=np.full(120, 200.0))
    swarm = decisions(Swarms(Tariff(instance), PsoSettings.published()), instance)
    exact = decisions(ExactFitness(Tariff(instance)), instance)
    late = [(a[2:], b[2:]) for a, b in zip(swarm, exact, strict=True) if a[0] >= 100]
    agree = sum(a[0] == b[0] and a[1][a[0]] == b[1][b[0]] for a, b in late)
    assert agree > 0.9 * len(late)


def test_the_artifacts_golden_fitness_inputs_are_the_cost_tables():
    # video on i3/m5zn at 100 g/kWh, from EcoLife's artifact: grams of a cold and a warm call and of 10 minutes' wait.
    from ecoopt.instances.keepalive.catalogue import profiles_for

    instance = instance_of(np.ones((1, 3), np.int64), weights=Weights(normalisation="grams", grams_per_s=0.0))
    profiles = profiles_for(("i3", "m5zn"))
    instance = instance.replace(profiles=profiles, function_profile=[profiles.names.index("video")])
    quote, p = Tariff(instance).at(100.0), profiles.names.index("video")
    np.testing.assert_allclose(quote.cold[p], [0.012770799, 0.013186951], rtol=1e-6)
    np.testing.assert_allclose(quote.warm[p], [0.006711185, 0.006763207], rtol=1e-6)
    np.testing.assert_allclose(10 * quote.keep[p], [0.018933244, 0.024868647], rtol=1e-6)


@pytest.mark.parametrize("settings", [
    PsoSettings(), PsoSettings.constricted(), PsoSettings.published(swarm_size=1, velocity_limit=0.5),
    PsoSettings.published(scattered_share=1.0)])
def test_every_settings_of_the_engine_moves_within_the_menu(settings):
    instance = instance_of(np.random.default_rng(0).poisson(1, (5, 60)), menu=[0, 3, 9], boxes=("i3", "c5n", "m5zn"))
    for _, _, s, keep in decisions(Swarms(Tariff(instance), settings), instance):
        assert 0 <= s < 3
        assert keep[s] in (0, 3, 9)


def test_swarms_without_reevaluation_are_refused():
    with pytest.raises(InputError, match="reevaluate"):
        Swarms(Tariff(instance_of(np.ones((1, 2), np.int64))), PsoSettings(reevaluate=False))


# ---- expected cost, histogram, prices


def expected_table(instance, minute, f):
    """Expected cost of every generation and time of one container over that of none, from the definition."""
    calls = instance.invocations
    seen = calls.minutes[calls.offsets[f]:calls.offsets[f + 1]]
    gaps = np.diff(seen[seen <= minute])
    warm, cold, keep = (table[instance.function_profile[f]]
                        for table in costs_at(instance, instance.intensity_g_per_kwh[minute]))
    cheapest = cold[Tariff(instance).at(instance.intensity_g_per_kwh[minute]).cold_at[instance.function_profile[f]]]
    menu = instance.keep_alive_menu_min
    if not len(gaps):
        return np.zeros((len(warm), len(menu)))
    wait, hit = np.minimum(gaps[:, None], menu).mean(axis=0), (gaps[:, None] <= menu).mean(axis=0)
    return wait * keep[:, None] + hit * (warm - cheapest)[:, None]


@given(seed=st.integers(0, 10**6))
def test_expected_cost_decisions_equal_full_enumeration(seed):
    instance = with_release(random_instance(seed)).replace(history=None)
    for minute, f, s, keep in decisions(ExpectedCost(Tariff(instance), prior=0.0), instance):
        table = expected_table(instance, minute, f)
        chosen = np.searchsorted(instance.keep_alive_menu_min, keep[s])
        assert table[s, chosen] == pytest.approx(min(table.min(), 0.0), rel=1e-9, abs=1e-12)


@given(sizes=st.lists(st.integers(1, 50), min_size=1, max_size=80))
def test_the_record_keeps_the_latest_sizes_in_order(sizes):
    record = CallRecord(Tariff(instance_of(np.ones((1, 2), np.int64))))
    for minute, size in enumerate(sizes):
        record.note(minute, np.array([0]), np.array([size]))
    latest = sorted(sizes[-32:])
    assert record.counts[0, : len(latest)].tolist() == latest


def test_the_number_kept_is_the_newsvendors_quantile():
    sizes = np.array([8, 1, 1, 1, 2, 8, 1, 1, 2, 8] * 3)
    instance = instance_of(sizes[None, :], intensity=np.full(30, 200.0), profiles=1)
    policy = ExpectedCost(Tariff(instance), prior=0.0, choose_containers=True)
    for minute, size in enumerate(sizes[:-1]):
        policy.learn(minute, np.array([0]), np.array([size]))
    quote = policy.tariff.at(200.0)
    view = PastView(len(sizes) - 1, 200.0, np.array([0]), np.array([8]), np.array([[8, 8]]), quote)
    decision = policy.decide(view)
    s = decision.generation[0]
    saving = quote.cold[0, quote.cold_at[0]] - quote.warm[0, s]
    cost = [y * quote.keep[0, s] - saving * np.minimum(sizes, y).mean() for y in range(9)]
    assert decision.keep_min[0, s] == 1
    assert decision.containers[0] == np.argmin(cost)


def histogram_of(gaps, **options):
    instance = instance_of(np.ones((1, 2), np.int64))
    policy = HybridHistogram(Tariff(instance), **options)
    minutes = np.concatenate([[0], np.cumsum(gaps)])
    for minute in minutes[:-1]:
        policy.learn(int(minute) - 10**5, np.array([0]), np.array([1]))
    last = int(minutes[-1]) - 10**5
    view = PastView(last, 200.0, np.array([0]), np.array([1]), np.ones((1, 2), np.int64), policy.tariff.at(200.0))
    return policy.decide(view).keep_min[0, 0]


def test_histogram_waits_until_the_tail_of_regular_idle_times():
    assert histogram_of([7] * 60) == 8
    assert histogram_of([7] * 60, margin=0.0) == 7
    assert histogram_of([2] * 90 + [12] * 10, margin=0.0) == 12
    assert histogram_of([2] * 100 + [12], tail=95.0, margin=0.0) == 2


def test_histogram_takes_the_standard_time_when_it_knows_too_little():
    assert histogram_of([]) == 10
    assert histogram_of(list(range(1, 31)) * 3) == 10
    assert histogram_of([100] * 20 + [3] * 5, standard_min=6) == 6


def test_histogram_caps_a_tail_beyond_the_longest_time():
    assert histogram_of([4] * 70 + [100] * 30) == 30


def test_prices_of_a_pool_that_is_never_short_stay_zero():
    instance = instance_of(np.random.default_rng(1).poisson(0.7, (6, 90)))
    free = solve("expected", instance, choose_containers=True)
    assert same(solve("price-directed", instance).schedule, free.schedule)


def test_prices_rise_in_a_full_pool_and_spare_evictions():
    instance = instance_of(np.random.default_rng(2).poisson(0.6, (60, 300)), pool_gb=1.5, seed=4)
    plain, priced = solve("expected", instance, choose_containers=True), solve("price-directed", instance, target=1.0)
    assert priced.details["evicted_containers"] < plain.details["evicted_containers"]
    assert priced.objective < solve("fixed", instance).objective


# ---- pools


class Told(ExactFitness):
    """A policy that keeps on a given generation for ten minutes; the worth of a lot is told."""

    def __init__(self, tariff, where, worth):
        super().__init__(tariff)
        self.where, self.worth = np.asarray(where), np.asarray(worth, float)

    def decide(self, now):
        keep = np.full((len(now.functions), self.tariff.generations), 10)
        return Decision(self.where[now.functions], keep, now.counts)

    def priority(self, now, lots):
        return self.worth[lots.functions]


def kept(instance, where, worth, adjust=True):
    tariff = Tariff(instance)
    schedule, _ = walk(instance, Told(tariff, where, worth), tariff, Run(), adjust=adjust)
    assert evaluate(instance, schedule).feasible
    function = instance.invocations.cell_function[schedule.keep_cell]
    rows = zip(function, schedule.keep_generation, schedule.keep_containers, schedule.keep_min, strict=True)
    return sorted(tuple(int(entry) for entry in row) for row in rows)


def equal_sized(counts, pool_gb):
    instance = instance_of(counts, profiles=1)
    return instance.replace(pool_memory_gb=np.array(pool_gb) * instance.profiles.memory_gb[0] * (1 + 1e-9))


def test_what_a_full_pool_refuses_goes_to_the_pool_with_room():
    instance = equal_sized([[2], [3]], [10, 2])
    assert kept(instance, [1, 1], [5, 1]) == [(0, 1, 2, 10), (1, 0, 3, 10)]
    assert kept(instance, [1, 1], [5, 1], adjust=False) == [(0, 1, 2, 10)]


def test_a_lot_may_be_split_between_two_pools_and_the_rest_is_dropped():
    instance = equal_sized([[6]], [2, 3])
    assert kept(instance, [1], [1]) == [(0, 0, 2, 10), (0, 1, 3, 10)]


def test_residents_of_less_worth_are_dropped_where_they_are():
    instance = equal_sized([[2, 0, 0], [0, 0, 2]], [9, 2])
    assert kept(instance, [1, 1], [1, 5]) == [(0, 1, 2, 2), (1, 1, 2, 10)]
    assert kept(instance, [1, 1], [5, 1]) == [(0, 1, 2, 10), (1, 0, 2, 10)]
    assert kept(instance, [1, 1], [1, 5], adjust=False) == [(0, 1, 2, 10)]


def test_a_resident_lot_evicted_in_part_is_split_in_two_rows():
    instance = equal_sized([[3, 0], [0, 2]], [9, 4])
    assert kept(instance, [1, 1], [1, 5]) == [(0, 1, 1, 1), (0, 1, 2, 10), (1, 1, 2, 10)]


def test_nothing_is_moved_into_a_pool_that_overflows_too():
    instance = equal_sized([[2], [3]], [2, 2])
    assert kept(instance, [1, 0], [5, 1]) == [(0, 1, 2, 10), (1, 0, 2, 10)]


# ---- options


def test_fixed_names_generations_it_does_not_know():
    instance = instance_of(np.ones((1, 2), np.int64))
    with pytest.raises(InputError, match="i3, m5zn"):
        solve("fixed", instance, generation="z80")
    for same_box in ("m5zn", "new", 1, "1"):
        assert solve("fixed", instance, generation=same_box).schedule.keep_generation.tolist() == [1, 1]
    assert solve("fixed", instance, generation="old", minutes=3).schedule.keep_min.tolist() == [3, 3]


@pytest.mark.parametrize("name", ["fixed", "new-only", "old-only"])
def test_a_fixed_time_beyond_the_menu_is_cut_to_it(name):
    schedule = solve(name, instance_of(np.ones((1, 2), np.int64), menu=[0, 7]), minutes=13).schedule
    assert schedule.keep_min.tolist() == [7, 7]


@pytest.mark.parametrize(("name", "options"), [
    ("ecolife", {"swarm_size": 0}), ("ecolife", {"window_min": 63}), ("expected", {"prior": -1}),
    ("histogram", {"tail": 101}), ("price-directed", {"smoothing": 2}), ("no-keep", {"minutes": 3})])
def test_wrong_options_are_refused(name, options):
    with pytest.raises(InputError):
        solve(name, instance_of(np.ones((1, 2), np.int64)), **options)


# ---- the published day


@pytest.fixture(scope="module")
def published_day(shared_data):
    """Minutes 20..1459 of EcoLife's trace."""
    return published_trace(shared_data, 20, 1460)


# Means per call over that day, seconds and milligrams: the artifact's rules applied to each policy by an independent
# implementation, which equals EcoLife's artifact (commit 02a04ec) to 13 digits for fixed policies.
PUBLISHED = [
    ("ecolife-exact", {}, 330.82, 2.8654, 25.040),
    ("ecolife-exact", {}, 193.46, 2.9399, 24.673),
    ("new-only", {}, 330.82, 2.7399, 26.860),
    ("old-only", {}, 330.82, 3.4012, 24.700),
    ("fixed", {"minutes": 1}, 330.82, 3.0782, 25.065),
    ("fixed", {"minutes": 5}, 330.82, 2.7811, 26.243),
    ("eco-new", {}, 330.82, 2.8427, 25.251),
    ("eco-old", {}, 330.82, 3.5178, 23.515),
    ("no-keep", {}, 330.82, 4.6284, 27.326),
]


@pytest.mark.parametrize(("name", "options", "reference", "time_s", "carbon_mg"), PUBLISHED)
def test_means_of_the_published_day(published_day, name, options, reference, time_s, carbon_mg):
    instance = published_day.replace(weights=Weights(reference_intensity_g_per_kwh=reference))
    cost = schedule_cost(instance, solve(name, instance, **options).schedule)
    assert cost.calls == 857_068
    assert cost.mean_service_time_s == pytest.approx(time_s, rel=1e-4)
    assert cost.mean_carbon_mg == pytest.approx(carbon_mg, rel=1e-4)


def test_swarms_on_the_published_hour(shared_data):
    instance = published_trace(shared_data, 20, 80)
    costs = [schedule_cost(instance, solve("ecolife", instance, seed=seed).schedule) for seed in range(5)]
    assert np.mean([cost.mean_service_time_s for cost in costs]) == pytest.approx(3.0555, rel=0.02)
    assert np.mean([cost.mean_carbon_mg for cost in costs]) == pytest.approx(28.158, rel=0.02)
