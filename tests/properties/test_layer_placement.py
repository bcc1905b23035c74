"""Laws of layer placements: referee, programs, bounds and searches agree with enumeration on random tiny fleets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Status
from ecoopt.evaluate.layer_placement import evaluate
from ecoopt.formulations.layer_placement import explain
from ecoopt.formulations.layer_placement.configuration import Configuration
from ecoopt.formulations.layer_placement.exact import solve_cover
from ecoopt.formulations.layer_placement.patterns import cheapest_pattern
from ecoopt.heuristics.layer_placement.chains import best_chain
from ecoopt.instances.layer_placement import generate, placement_value, slots_of, throughput
from ecoopt.testing.layer_placement import (
    best_chain_plain,
    best_placement,
    layer_placement_instances,
    layer_placement_schedules,
)

METHODS = ecoopt.families()["layer_placement"].methods
FAST = ("greedy", "beam", "bisection", "chain-groups", "local-search", "pso", "petals", "fill-up", "even-split",
        "separate")
EXACT, BOUNDS, ONLINE = ("milp", "left-to-right"), ("compute", "configuration"), ("petals", "fill-up")


def _agrees(instance, outcome, best):
    if best is None:
        assert outcome.schedule is None
        assert outcome.status is Status.INFEASIBLE
        return
    assert outcome.status is Status.OPTIMAL
    score = evaluate(instance, outcome.schedule)
    assert score.feasible
    assert (outcome.objective, score.objective) == pytest.approx((best, best), rel=1e-9)


@given(layer_placement_instances(links=False))
def test_programs_and_searches_find_the_optimum_of_enumeration(instance):
    best = best_placement(instance)
    for name in EXACT:
        _agrees(instance, METHODS[name].run(instance), best)
    _agrees(instance, solve_cover(instance, Run(sense=Sense.MAX), 0, 1), best)
    assert bool(explain(instance)) == (best is None)
    for name in BOUNDS:
        bound = METHODS[name].run(instance).bound
        if best is not None and bound is not None:
            assert bound >= best - 1e-9 * max(1.0, abs(best))


@settings(max_examples=max(settings.default.max_examples // 2, 5))
@given(layer_placement_instances(machines=3, layers=3))
def test_the_flow_form_finds_the_same_with_links_and_without(instance):
    best = best_placement(instance)
    _agrees(instance, METHODS["helix"].run(instance), best)
    _agrees(instance, METHODS["milp"].run(instance), best)


@given(layer_placement_instances(), st.integers(0, 5), st.data())
def test_no_other_method_breaks_a_rule_beats_the_optimum_or_loses_its_start(instance, seed, data):
    best = best_placement(instance)
    start = data.draw(layer_placement_schedules(instance))
    had = placement_value(instance, start.first, start.held)
    for name in (*FAST, *BOUNDS, "left-to-right"):
        outcome = METHODS[name].run(
            instance, seed=seed, budget=Budget(iterations=8), start=None if had is None else start)
        assert outcome.iterations <= 8
        if outcome.schedule is not None:
            score = evaluate(instance, outcome.schedule)
            assert score.feasible, (name, score.violations)
            assert score.objective == pytest.approx(outcome.objective, rel=1e-9)
            assert score.objective <= best + 1e-9
        assert had is None or outcome.objective >= had - 1e-9
        assert outcome.bound is None or best is None or outcome.bound >= best - 1e-9 * max(1.0, abs(best))


@given(st.data())
def test_every_flow_is_that_of_the_referees_network(data):
    instance = data.draw(layer_placement_instances(machines=6, layers=8))
    schedule = data.draw(layer_placement_schedules(instance))
    score = evaluate(instance, schedule)
    assert score.terms["throughput_tokens_per_s"].value == throughput(instance, schedule.first, schedule.held)
    value = placement_value(instance, schedule.first, schedule.held)
    assert score.feasible == (value is not None)
    assert value is None or value == pytest.approx(score.objective, rel=1e-12, abs=1e-12)


def test_the_best_chain_is_that_of_enumeration_on_a_thousand_random_fleets():
    rng = np.random.default_rng(0)
    for _ in range(1000):
        machines, most, layers = rng.integers(1, 5), int(rng.integers(1, 5)), int(rng.integers(1, 13))
        speed = np.zeros((machines, most + 1), dtype=np.int64)
        speed[:, 1:] = np.sort(rng.integers(1, 20, (machines, most)), axis=1)[:, ::-1]
        speed[np.arange(most + 1) > rng.integers(1, most + 1, machines)[:, None]] = 0
        assert best_chain(speed, np.ones(machines, dtype=np.int64), layers) == best_chain_plain(speed, layers)


@given(st.integers(0, 2**32 - 1), st.integers(1, 30))
def test_the_cheapest_pattern_is_that_of_enumeration(seed, target):
    rng = np.random.default_rng(seed)
    price, speed = rng.integers(0, 50, 3), rng.integers(1, 12, 3)
    least, times = cheapest_pattern(price, speed, target)
    assert times @ speed >= target
    assert times @ price == least
    all_times = np.stack(np.meshgrid(*[np.arange(target + 1)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    assert least == (all_times @ price)[all_times @ speed >= target].min()


@given(layer_placement_instances(links=False), st.data())
def test_prices_of_any_target_are_paid_by_every_placement_that_reaches_it(instance, data):
    schedule = data.draw(layer_placement_schedules(instance))
    reached = throughput(instance, schedule.first, schedule.held)
    if reached:
        weight = np.zeros(len(instance.types))
        prices = Configuration(instance, weight).prices(reached, Run(sense=Sense.MAX))
        assert not prices.unreachable(instance)
        slots = slots_of(instance)
        assert prices.layer <= (-(-reached // slots.speed) * prices.slot).min()


@pytest.mark.parametrize("method", ONLINE)
@settings(max_examples=max(settings.default.max_examples // 2, 5))
@given(seed=st.integers(0, 50), cut=st.integers(1, 7))
def test_machines_that_join_later_change_no_decision_made_before(method, seed, cut):
    instance = generate(machines=8, layers=20, seed=seed, spread=0.3)
    kind = instance.kind.copy()
    kind[cut:] = np.random.default_rng(seed).integers(0, len(instance.types), 8 - cut)
    one, other = (METHODS[method].run(each) for each in (instance, instance.replace(kind=kind)))
    short = METHODS[method].run(instance.replace(kind=kind[:cut]))
    for found in (one, other):
        if short.objective and found.objective:
            assert found.schedule.held[:cut].tolist() == short.schedule.held.tolist()
            assert found.schedule.first[:cut].tolist() == short.schedule.first.tolist()
