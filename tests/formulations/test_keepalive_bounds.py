"""Bounds of keep-alive: all prices prove one, the smoothed dual is what it says, and no schedule beats any of them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.arrays import FloatArray
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.formulations.dual.smoothing import maximise_smoothed
from ecoopt.formulations.highs import hand_over, solve_lp
from ecoopt.formulations.keepalive.gap_model import gap_model
from ecoopt.formulations.keepalive.persistent_bound import persistent_bound
from ecoopt.formulations.keepalive.priced_pools import PricedPools
from ecoopt.instances.keepalive import KeepAliveInstance
from ecoopt.instances.keepalive.gap_pools import GapPools, pool_gaps
from ecoopt.testing.keepalive import enumerate_optimum, keepalive_instances

SEEDS = st.integers(0, 2**32 - 1)
HALF = settings(max_examples=settings().max_examples // 2)
RELEASED = keepalive_instances(minutes=15, calls=4, schedules=10**12, containers="release")


def slack(value: float) -> float:
    return 1e-9 * max(1.0, abs(value))


def random_prices(pools: GapPools, seed: int) -> FloatArray:
    """Return prices [G T] of the size that makes containers hesitate, nothing in some minutes."""
    rng = np.random.default_rng(seed)
    saving = -pools.delta.min(axis=1, initial=0.0) / pools.memory_gb
    size = float(saving.max(initial=1e-3)) * 10 ** rng.uniform(-2, 1)
    minutes = pools.generations * pools.horizon_min
    return np.where(rng.random(minutes) < rng.random(), size * rng.random(minutes), 0.0)


def relaxation(pools: GapPools) -> float:
    bound = solve_lp(hand_over(gap_model(pools).model)).bound
    assert bound is not None
    return bound


@given(RELEASED, SEEDS)
@HALF
def test_no_prices_prove_more_than_the_relaxation(instance: KeepAliveInstance, seed: int) -> None:
    pools = pool_gaps(instance)
    value, _ = PricedPools(pools).value(random_prices(pools, seed))
    best = relaxation(pools)
    assert value <= best + 1e-7 * max(1.0, abs(best))


@given(RELEASED, SEEDS)
def test_the_value_is_the_sum_over_pools_in_plain_python(instance: KeepAliveInstance, seed: int) -> None:
    pools = pool_gaps(instance)
    prices = random_prices(pools, seed)
    table = prices.reshape(pools.generations, -1)
    expected = pools.cold_cost - sum(float(table[s].sum()) * instance.pool_memory_gb[s] for s in range(len(table)))
    used = np.zeros_like(table)
    for i in range(pools.pools):
        minutes = slice(pools.start_min[i], pools.end_min[i])
        costs = [pools.delta[i, s] + pools.memory_gb[i] * table[s, minutes].sum() for s in range(len(table))]
        if min(costs) < 0:
            expected += pools.containers[i] * min(costs)
            used[int(np.argmin(costs)), minutes] += pools.memory_gb[i] * pools.containers[i]
    value, gradient = PricedPools(pools).value(prices)
    assert value == pytest.approx(expected, rel=1e-9, abs=1e-9)
    beyond = (used - np.asarray(instance.pool_memory_gb)[:, None]).ravel()
    np.testing.assert_allclose(gradient, beyond, atol=1e-7)


@given(RELEASED, SEEDS, SEEDS)
@HALF
def test_the_gradient_is_a_supergradient(instance: KeepAliveInstance, here: int, there: int) -> None:
    pools = pool_gaps(instance)
    priced, one, other = PricedPools(pools), random_prices(pools, here), random_prices(pools, there)
    value, gradient = priced.value(one)
    beyond, _ = priced.value(other)
    most = value + float(gradient @ (other - one))
    assert beyond <= most + slack(abs(value) + float(np.abs(gradient) @ (one + other)))


@given(RELEASED, SEEDS, st.floats(0.01, 3.0))
def test_the_smoothed_value_lies_below_the_exact_one_by_at_most_the_logarithm_of_the_choices(
    instance: KeepAliveInstance, seed: int, share: float
) -> None:
    pools = pool_gaps(instance)
    priced, prices = PricedPools(pools), random_prices(pools, seed)
    smoothness = share * max(float(-pools.delta.min(initial=0.0)), 1e-6)
    smooth, _, exact = priced.smoothed(prices, smoothness)
    value, _ = priced.value(prices)
    assert exact == pytest.approx(value, rel=1e-12, abs=1e-12)
    most = smoothness * math.log(pools.generations + 1) * int(pools.containers.sum())
    assert -slack(exact) <= exact - smooth <= most + slack(exact)


@given(RELEASED, SEEDS)
@HALF
def test_the_smoothed_gradient_is_that_of_finite_differences(instance: KeepAliveInstance, seed: int) -> None:
    pools = pool_gaps(instance)
    priced, prices = PricedPools(pools), random_prices(pools, seed)
    smoothness = 0.5 * max(float(-pools.delta.min(initial=0.0)), 1e-3)
    direction = np.random.default_rng(seed).normal(size=len(prices))
    step = 1e-4 * smoothness / max(1.0, float(pools.memory_gb.max(initial=0.0)))
    ahead, _, _ = priced.smoothed(prices + step * direction, smoothness)
    behind, _, _ = priced.smoothed(prices - step * direction, smoothness)
    _, gradient, _ = priced.smoothed(prices, smoothness)
    rounding = 1e-15 * max(abs(ahead), float(prices.sum()) * float(priced.capacity_gb.max())) / step
    size = float(np.abs(gradient) @ np.abs(direction))
    assert (ahead - behind) / (2 * step) == pytest.approx(
        float(gradient @ direction), rel=1e-6, abs=1e-6 * size + 100 * rounding)


@given(RELEASED, SEEDS)
@HALF
def test_shares_are_what_the_smoothed_gradient_adds_up(instance: KeepAliveInstance, seed: int) -> None:
    pools = pool_gaps(instance)
    priced, prices = PricedPools(pools), random_prices(pools, seed)
    smoothness = 0.1 * max(float(-pools.delta.min(initial=0.0)), 1e-3)
    shares = priced.fractions(prices, smoothness)
    assert (shares >= 0).all()
    assert (shares.sum(axis=1) <= 1 + 1e-12).all()
    load = (pools.memory_gb * pools.containers)[:, None] * shares
    used = np.zeros((pools.generations, pools.horizon_min))
    for i in range(pools.pools):
        used[:, pools.start_min[i]: pools.end_min[i]] += load[i][:, None]
    _, gradient, _ = priced.smoothed(prices, smoothness)
    np.testing.assert_allclose(gradient, (used - priced.capacity_gb[:, None]).ravel(), atol=1e-7)


def test_the_ascent_reaches_the_relaxation_and_stays_below_it() -> None:
    pools = pool_gaps(ecoopt.generate("keepalive", functions=40, hours=1, seed=4, memory=0.3))
    priced, best = PricedPools(pools), relaxation(pools)
    run = Run()
    found = maximise_smoothed(priced.smoothed, np.zeros(2 * pools.horizon_min), priced.stages(), run)
    assert best * (1 - 1e-3) <= found.value <= best * (1 + 1e-9)
    assert run.bound == found.value == priced.value(found.prices)[0]
    assert (found.prices >= 0).all()


@pytest.mark.parametrize("iterations", [0, 1, 2, 7])
def test_the_ascent_evaluates_no_more_often_than_the_budget_allows(iterations: int) -> None:
    pools = pool_gaps(ecoopt.generate("keepalive", functions=20, hours=1, seed=4, memory=0.3))
    priced, run = PricedPools(pools), Run(Budget(iterations=iterations))
    found = maximise_smoothed(priced.smoothed, np.zeros(2 * pools.horizon_min), priced.stages(), run)
    assert run.iterations == iterations
    assert run.stop() is Termination.ITERATIONS
    assert run.bound is None if iterations == 0 else run.bound == found.value
    assert found.last_prices.shape == found.prices.shape


@given(keepalive_instances(schedules=2_000, containers="persist"), st.lists(SEEDS, min_size=3, max_size=3))
def test_no_schedule_of_persistent_containers_beats_the_bound_of_any_prices(
    instance: KeepAliveInstance, seeds: list[int]
) -> None:
    optimum, _ = enumerate_optimum(instance)
    pools = pool_gaps(instance)
    for prices in (np.zeros(pools.generations * pools.horizon_min), *(random_prices(pools, seed) for seed in seeds)):
        assert persistent_bound(instance, prices) <= optimum + slack(optimum)


@given(keepalive_instances(generations=1, schedules=2_000, containers="persist"))
def test_where_nothing_is_relaxed_the_persistent_bound_is_the_optimum(instance: KeepAliveInstance) -> None:
    roomy = instance.replace(pool_memory_gb=[1e6])
    optimum, _ = enumerate_optimum(roomy)
    bound = persistent_bound(roomy, np.zeros(roomy.invocations.horizon_min))
    assert bound == pytest.approx(optimum, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("relocation", [True, False])
def test_chains_with_breaks_are_bounded_piece_by_piece(relocation: bool) -> None:
    whole = ecoopt.generate("keepalive", functions=30, hours=1, seed=9, containers="persist", relocation=relocation,
                            max_keep_min=3)
    calls = whole.invocations
    steps = np.diff(calls.minutes)[np.diff(calls.cell_function) == 0]
    assert (steps > 3).any()
    assert (steps <= 3).any()
    no_prices = np.zeros(2 * calls.horizon_min)
    alone = [
        whole.replace(invocations=calls.select([f]), history=None, function_profile=whole.function_profile[[f]])
        for f in range(calls.functions)]
    parts = [persistent_bound(instance, no_prices) for instance in alone]
    assert persistent_bound(whole, no_prices) == pytest.approx(sum(parts), rel=1e-12)
    optima = [ecoopt.solve(instance.replace(pool_memory_gb=[1e6, 1e6]), "milp", heuristic_start=False).objective
              for instance in alone[:8]]
    for bound, optimum in zip(parts, optima, strict=False):
        assert optimum is not None
        assert bound <= optimum + slack(optimum)


@given(keepalive_instances(schedules=2_000))
@HALF
def test_the_closed_form_bounds_every_schedule_and_is_the_optimum_where_memory_is_ample(
    instance: KeepAliveInstance
) -> None:
    optimum, _ = enumerate_optimum(instance)
    found = ecoopt.solve(instance, "exact-unconstrained")
    assert found.bound is not None
    assert found.bound <= optimum + slack(optimum)
    roomy = instance.replace(pool_memory_gb=[1e6] * len(instance.generations))
    free = ecoopt.solve(roomy, "exact-unconstrained")
    assert free.score is not None
    assert free.score.feasible
    if instance.containers == "release":
        assert free.status == "optimal"
        assert free.objective == pytest.approx(enumerate_optimum(roomy)[0], rel=1e-9, abs=1e-12)
