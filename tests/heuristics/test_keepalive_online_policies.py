"""Online keep-alive policies one by one: the decisions each takes, against its definition."""


import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keepalive_cases import costs_at, instance_of, random_instance

from ecoopt.core.errors import InputError
from ecoopt.core.run import Run
from ecoopt.heuristics.engines.pso_settings import PsoSettings
from ecoopt.heuristics.keepalive.online import METHODS
from ecoopt.heuristics.keepalive.online.expected import ExpectedCost
from ecoopt.heuristics.keepalive.online.fitness import ExactFitness
from ecoopt.heuristics.keepalive.online.histogram import HybridHistogram
from ecoopt.heuristics.keepalive.online.recent import RecentCalls
from ecoopt.heuristics.keepalive.online.record import CallRecord
from ecoopt.heuristics.keepalive.online.swarm import Swarms
from ecoopt.heuristics.keepalive.online.tariff import Tariff
from ecoopt.heuristics.keepalive.online.view import Lots, PastView
from ecoopt.heuristics.keepalive.online.walk import walk
from ecoopt.instances.keepalive import Weights

BY_NAME = {method.name: method for method in METHODS}


def solve(name, instance, **options):
    return BY_NAME[name].run(instance, options=options)


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
    assert solve("price-directed", instance).schedule.digest == free.schedule.digest


def test_prices_rise_in_a_full_pool_and_spare_evictions():
    instance = instance_of(np.random.default_rng(2).poisson(0.6, (60, 300)), pool_gb=1.5, seed=4)
    plain, priced = solve("expected", instance, choose_containers=True), solve("price-directed", instance, target=1.0)
    assert priced.details["evicted_containers"] < plain.details["evicted_containers"]
    assert priced.objective < solve("fixed", instance).objective
