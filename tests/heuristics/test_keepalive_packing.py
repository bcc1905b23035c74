"""Packings of gap pools: what is inserted fits, greedy leaves no room unused, descent ends where no move improves."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.arrays import FloatArray
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.evaluate import evaluate
from ecoopt.heuristics.keepalive.exchange import improve, sweep
from ecoopt.heuristics.keepalive.greedy import pack_by_density, pack_fractions
from ecoopt.heuristics.keepalive.joint_swarm import _Decoder
from ecoopt.heuristics.keepalive.packing import Packing
from ecoopt.instances.keepalive import KeepAliveInstance
from ecoopt.instances.keepalive.gap_pools import GapPools, pool_gaps
from ecoopt.instances.keepalive.plans import schedule_from_pools
from ecoopt.testing.keepalive import enumerate_optimum, keepalive_instances

SEEDS = st.integers(0, 2**32 - 1)
HALF = settings(max_examples=settings().max_examples // 2)
INSTANCES = keepalive_instances(minutes=15, calls=4, schedules=10**12)


def capacity_of(pools: GapPools) -> FloatArray:
    return np.asarray(pools.instance.pool_memory_gb, dtype=float)


def assert_consistent(packing: Packing) -> None:
    """Fail unless the packing fits and its three tables tell the same story."""
    pools, capacity = packing.pools, capacity_of(packing.pools)
    memory = pools.memory(packing.kept)
    assert (packing.kept >= 0).all()
    assert (packing.left >= 0).all()
    assert (packing.kept.sum(axis=1) + packing.left == pools.containers).all()
    assert (packing.kept[pools.delta >= 0] == 0).all()
    assert (memory <= capacity[:, None] + 1e-9 * np.maximum(capacity, 1)[:, None]).all()
    np.testing.assert_allclose(packing.free_gb, capacity[:, None] - memory, atol=1e-9 * max(1.0, capacity.max()))


def room(packing: Packing, pool: int, generation: int) -> float:
    """Return how many containers of a pool would fit more."""
    pools = packing.pools
    minutes = slice(pools.start_min[pool], pools.end_min[pool])
    return float(packing.free_gb[generation, minutes].min() / pools.memory_gb[pool])


def random_packing(pools: GapPools, seed: int) -> Packing:
    rng = np.random.default_rng(seed)
    packing = Packing.empty(pools)
    pool, generation = np.nonzero(pools.delta < 0)
    order = rng.permutation(len(pool))
    packing.insert(pool[order], generation[order], rng.integers(0, 4, len(pool)))
    return packing


@given(INSTANCES, SEEDS)
def test_insertion_never_overfills_and_takes_all_that_fits(instance: KeepAliveInstance, seed: int) -> None:
    pools = pool_gaps(instance)
    rng, packing = np.random.default_rng(seed), Packing.empty(pools)
    pool, generation = np.nonzero(pools.delta < 0)
    for k in rng.permutation(len(pool)):
        i, s, wanted = pool[k], generation[k], int(rng.integers(0, 5))
        before, left = packing.kept[i, s], packing.left[i]
        packing.insert(np.array([i]), np.array([s]), np.array([wanted]))
        added = packing.kept[i, s] - before
        assert 0 <= added <= min(wanted, left)
        if added < min(wanted, left):
            assert room(packing, i, s) < 1 - 1e-10
    assert_consistent(packing)


@given(INSTANCES, SEEDS)
@HALF
def test_a_packing_made_of_given_containers_is_the_one_they_came_from(instance: KeepAliveInstance, seed: int) -> None:
    pools = pool_gaps(instance)
    packing = random_packing(pools, seed)
    again = Packing.of(pools, packing.kept)
    assert_consistent(again)
    assert again.objective == packing.objective
    again.kept[:] = 0
    assert packing.objective == pools.objective(packing.kept)


@given(INSTANCES)
def test_greedy_is_feasible_and_leaves_no_room_that_a_container_could_use(instance: KeepAliveInstance) -> None:
    pools = pool_gaps(instance)
    packing = pack_by_density(pools)
    assert_consistent(packing)
    for i, s in np.argwhere((pools.delta < 0) & (packing.left > 0)[:, None]):
        assert room(packing, i, s) < 1 - 1e-10
    assert evaluate(instance, schedule_from_pools(pools, packing.kept)).feasible


def test_greedy_takes_the_densest_waits_first() -> None:
    pools = pool_gaps(ecoopt.generate("keepalive", functions=30, hours=1, seed=5, memory=0.2))
    packing = pack_by_density(pools)
    density = pools.delta / (pools.memory_gb * (pools.end_min - pools.start_min))[:, None]
    turned_away = np.argwhere((pools.delta < 0) & (packing.left > 0)[:, None])
    assert len(turned_away) > 10
    for i, s in turned_away:
        # Without what was less dense there would be no room either.
        denser = np.where(density <= density[i, s], packing.kept, 0)
        denser[i] = packing.kept[i]
        minutes = slice(pools.start_min[i], pools.end_min[i])
        free = pools.instance.pool_memory_gb[s] - pools.memory(denser)[s, minutes].max()
        assert free < pools.memory_gb[i]


@given(INSTANCES, SEEDS)
@HALF
def test_rounding_fractions_fits_and_fills_up(instance: KeepAliveInstance, seed: int) -> None:
    pools = pool_gaps(instance)
    rng = np.random.default_rng(seed)
    fractions = np.where(pools.delta < 0, rng.dirichlet(np.ones(pools.generations + 1), pools.pools)[:, :-1], 0.0)
    packing = pack_fractions(pools, fractions, pools.delta)
    assert_consistent(packing)
    for i, s in np.argwhere((pools.delta < 0) & (packing.left > 0)[:, None]):
        assert room(packing, i, s) < 1 - 1e-10


def test_whole_fractions_that_fit_are_kept_as_they_are() -> None:
    pools = pool_gaps(ecoopt.generate("keepalive", functions=30, hours=1, seed=5, memory=0.3))
    packing = pack_by_density(pools)
    again = pack_fractions(pools, packing.kept / pools.containers[:, None], pools.delta)
    np.testing.assert_array_equal(again.kept, packing.kept)


def moves(packing: Packing) -> Iterator[tuple[str, float, np.ndarray]]:
    """Yield every addition, move and exchange of the search: what it is, what it gains, and the containers after it.

    An exchange gives up waits that have begun when the new one begins.
    """
    pools = packing.pools
    for i, s in np.argwhere(pools.delta < 0):
        if packing.left[i] > 0:
            more = packing.kept.copy()
            more[i, s] += 1
            yield f"add {i} on {s}", -pools.delta[i, s], more
            for j in np.flatnonzero((packing.kept[:, s] > 0) & (pools.start_min <= pools.start_min[i])):
                for number in range(1, packing.kept[j, s] + 1):
                    other = more.copy()
                    other[j, s] -= number
                    yield (f"swap {number} of {j} for {i} on {s}",
                           number * pools.delta[j, s] - pools.delta[i, s], other)
        for other_place in np.flatnonzero(packing.kept[i]):
            moved = packing.kept.copy()
            moved[i, other_place] -= 1
            moved[i, s] += 1
            yield (f"move {i} from {other_place} to {s}",
                   pools.delta[i, other_place] - pools.delta[i, s], moved)


@given(INSTANCES, SEEDS)
def test_descent_ends_where_no_addition_move_or_exchange_improves(instance: KeepAliveInstance, seed: int) -> None:
    pools = pool_gaps(instance)
    packing, run = random_packing(pools, seed), Run()
    before = packing.objective
    improve(packing, run)
    assert_consistent(packing)
    assert packing.objective <= before + 1e-9 * abs(before)
    assert run.objective == pytest.approx(packing.objective, rel=1e-12)
    capacity = capacity_of(pools)[:, None]
    for name, gain, kept in moves(packing):
        if gain > 1e-7:
            assert (pools.memory(kept) > capacity * (1 + 1e-10)).any(), (name, gain)


@given(INSTANCES, SEEDS)
@HALF
def test_a_sweep_gains_what_it_says(instance: KeepAliveInstance, seed: int) -> None:
    packing = random_packing(pool_gaps(instance), seed)
    before = packing.objective
    gained = sweep(packing)
    assert gained >= 0
    assert before - packing.objective == pytest.approx(gained, rel=1e-9, abs=1e-9 * max(1.0, abs(before)))
    assert_consistent(packing)


@pytest.mark.parametrize("iterations", [0, 1, 2])
def test_a_budget_counts_sweeps(iterations: int) -> None:
    pools = pool_gaps(ecoopt.generate("keepalive", functions=60, hours=2, seed=5, memory=0.3))
    run, packing = Run(Budget(iterations=iterations)), Packing.empty(pools)
    improve(packing, run)
    assert run.iterations == iterations
    assert run.objective == packing.objective
    assert (packing.kept.sum() > 0) == (iterations > 0)


@given(keepalive_instances(schedules=2_000))
@HALF
def test_greedy_and_descent_stay_above_the_optimum(instance: KeepAliveInstance) -> None:
    optimum, _ = enumerate_optimum(instance)
    found = [ecoopt.solve(instance, name) for name in ("greedy", "local-search")]
    for result in found:
        assert result.score is not None
        assert result.score.feasible
        assert result.objective is not None
        assert result.objective >= optimum - 1e-9 * max(1.0, abs(optimum))
    assert found[1].objective <= found[0].objective + 1e-12 * abs(found[0].objective)


@given(INSTANCES, SEEDS)
@HALF
def test_the_swarm_reads_every_position_as_a_packing_of_that_objective(instance: KeepAliveInstance, seed: int) -> None:
    pools = pool_gaps(instance)
    decoder, rng = _Decoder(pools), np.random.default_rng(seed)
    positions = rng.integers(0, pools.generations + 1, (4, pools.pools)).astype(float)
    for position, value in zip(positions, decoder.values(positions), strict=True):
        kept = decoder.kept(position)
        assert_consistent(Packing.of(pools, kept))
        assert value == pools.objective(kept)
        chosen = np.zeros(kept.shape, dtype=bool)
        chosen[np.arange(pools.pools), position.astype(int) - 1] = position > 0
        assert (kept[~chosen] == 0).all()
        assert evaluate(instance, decoder.schedule(position)).objective == pytest.approx(value, rel=1e-9, abs=1e-12)


@given(INSTANCES, SEEDS)
@HALF
def test_the_swarm_finds_a_packing_of_whole_pools_again(instance: KeepAliveInstance, seed: int) -> None:
    pools = pool_gaps(instance)
    decoder = _Decoder(pools)
    positions = np.random.default_rng(seed).integers(0, pools.generations + 1, pools.pools).astype(float)
    kept = decoder.kept(positions)
    np.testing.assert_array_equal(decoder.kept(decoder.position(kept)), kept)


def test_the_swarm_is_never_worse_than_its_start() -> None:
    instance = ecoopt.generate("keepalive", functions=10, hours=1, seed=2)
    start = ecoopt.solve(instance, "greedy")
    found = ecoopt.solve(instance, "pso", start=start, iterations=5, swarm_size=4)
    assert start.objective is not None
    assert found.objective is not None
    assert found.objective <= start.objective
