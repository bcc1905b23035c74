import itertools
from math import exp

import numpy as np
import pytest
from engine_toys import Flips, decode
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.core.budget import Budget
from ecoopt.core.errors import InputError
from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Termination
from ecoopt.heuristics.engines import cooling
from ecoopt.heuristics.engines.annealing import AnnealingSettings, anneal
from ecoopt.heuristics.engines.cooling import Level

SCHEDULES = {
    "geometric": cooling.geometric(0.9), "geometric_to": cooling.geometric_to(0.01, 30),
    "linear": cooling.linear(40), "adaptive": cooling.adaptive(40)}


def search(toy, seed=0, run=None, **options):
    options.setdefault("snapshot", toy.snapshot)
    return anneal(toy, toy.value(), rng=np.random.default_rng(seed), run=run or Run(Budget(iterations=2000)), **options)


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("seed", range(4))
def test_every_schedule_finds_the_optimum_of_a_small_problem(name, seed):
    toy = Flips(11, seed)
    settings = AnnealingSettings(cooling=SCHEDULES[name], level_moves=50)
    result = search(toy, seed, Run(Budget(iterations=8000)), settings=settings, restore=toy.restore)
    assert result.value == pytest.approx(toy.optimum())


@given(st.integers(0, 500), st.integers(0, 400), st.integers(1, 60), st.booleans())
def test_budgets_are_met_exactly_and_the_counts_are_true(evaluations, iterations, level_moves, given_temperature):
    toy = Flips(8, 1)
    run = Run(Budget(evaluations=evaluations, iterations=iterations))
    settings = AnnealingSettings(level_moves=level_moves, start_temperature=50.0 if given_temperature else None)
    result = search(toy, 0, run, settings=settings)
    assert toy.deltas == result.evaluations == run.evaluations == min(evaluations, iterations)
    assert result.iterations == run.iterations == min(evaluations, iterations)
    assert result.termination is Termination.ITERATIONS


@given(st.integers(0, 10_000), st.integers(0, 300))
def test_the_result_is_never_worse_than_the_start_and_its_value_is_that_of_its_state(seed, iterations):
    toy = Flips(9, seed)
    start = toy.value()
    result = search(toy, seed, Run(Budget(iterations=iterations)))
    assert result.value <= start
    assert result.value == pytest.approx(toy.value(result.best))


def test_the_best_is_the_least_value_of_all_states_visited():
    class Watched(Flips):
        def apply(self, i):
            super().apply(i)
            seen.append(self.value())

    for seed in range(10):
        toy = Watched(10, seed)
        seen = [toy.value()]
        result = search(toy, seed, Run(Budget(iterations=700)), settings=AnnealingSettings(cooling=cooling.linear(6)))
        assert result.value == pytest.approx(min(seen))


def test_a_longer_run_begins_like_a_shorter_one():
    class Watched(Flips):
        def apply(self, i):
            super().apply(i)
            made.append(i)

    histories = []
    for iterations in (430, 990):
        made = []
        search(Watched(12, 3), 5, Run(Budget(iterations=iterations)))
        histories.append(made)
    assert histories[1][:len(histories[0])] == histories[0]
    assert len(histories[0]) > 20


def test_at_temperature_zero_nothing_worsens():
    class Watched(Flips):
        def apply(self, i):
            before = self.value()
            super().apply(i)
            assert self.value() <= before

    toy = Watched(12, 0)
    result = search(toy, 0, settings=AnnealingSettings(start_temperature=0.0))
    assert result.value == toy.value()


def test_acceptance_follows_metropolis():
    class Uphill:
        accepted = 0

        def propose(self, rng):
            return 1.5

        def delta(self, move):
            return move

        def apply(self, move):
            self.accepted += 1

    walk = Uphill()
    anneal(walk, 0.0, snapshot=lambda: None, rng=np.random.default_rng(0), run=Run(Budget(iterations=20_000)),
           settings=AnnealingSettings(start_temperature=2.0, cooling=lambda level: 2.0))
    assert walk.accepted / 20_000 == pytest.approx(exp(-1.5 / 2.0), abs=0.012)


def test_moves_of_infinite_or_undefined_change_are_never_made():
    class Barred(Flips):
        def delta(self, i):
            change = super().delta(i)
            return float("inf") if i == 0 else float("nan") if i == 1 else change

    toy = Barred(8, 0)
    before = toy.x[:2].copy()
    search(toy)
    assert np.array_equal(toy.x[:2], before)


def test_a_frozen_search_ends_after_its_reheats():
    toy = Flips(6, 0)
    results = [search(Flips(6, 0), 0, Run(Budget(iterations=10**6)), settings=AnnealingSettings(reheats=reheats))
               for reheats in (0, 3)]
    assert [result.termination for result in results] == [Termination.STALLED] * 2
    assert results[0].iterations < results[1].iterations < 10**6
    assert toy.optimum() == pytest.approx(results[1].value)


def test_reheats_alone_end_a_search_without_budget():
    toy = Flips(6, 0)
    result = anneal(toy, toy.value(), snapshot=toy.snapshot, rng=np.random.default_rng(0),
                    settings=AnnealingSettings(reheats=1))
    assert result.termination is Termination.STALLED


def test_reheats_begin_at_the_best_state_and_the_search_leaves_it_behind_when_it_can_be_restored():
    toy = Flips(10, 2)
    restored = []

    def restore(bits):
        restored.append(bits)
        toy.restore(bits)

    result = search(toy, 0, Run(Budget(iterations=9000)), restore=restore)
    assert len(restored) > 2
    assert toy.snapshot() == result.best == restored[-1]
    assert [toy.value(bits) for bits in restored] == sorted((toy.value(bits) for bits in restored), reverse=True)


def test_a_neighbourhood_without_moves_ends_the_search():
    class Stuck(Flips):
        def propose(self, rng):
            return None

    result = search(Stuck(5, 0), run=Run(Budget(evaluations=10)))
    assert result.termination is Termination.STALLED
    assert result.evaluations == 0


def test_proposals_that_find_nothing_count_as_iterations_alone():
    class Shy(Flips):
        def propose(self, rng):
            move = super().propose(rng)
            return None if move % 2 else move

    toy = Shy(8, 0)
    result = search(toy, run=Run(Budget(iterations=1000)))
    assert result.iterations == 1000
    assert 300 < result.evaluations == toy.deltas < 700


def test_snapshots_are_far_fewer_than_moves():
    toy = Flips(30, 0)
    calls = itertools.count()

    def snapshot():
        next(calls)
        return toy.snapshot()

    search(toy, 0, Run(Budget(iterations=20_000)), snapshot=snapshot)
    assert next(calls) < 0.02 * toy.applied + 60


@pytest.mark.parametrize("sense", list(Sense))
def test_the_run_is_offered_the_best_in_its_own_sense(sense):
    run = Run(Budget(iterations=1500), sense=sense)
    toy = Flips(14, 4)
    result = search(toy, 0, run, decode=decode)
    assert run.objective == (result.value if sense is Sense.MIN else -result.value)
    assert run.schedule().bits == result.best
    assert run.trace[0].iteration == 0


def test_the_same_seed_gives_the_same_walk_and_another_seed_another():
    ends = []
    for seed in (1, 1, 2):
        toy = Flips(25, 7)
        search(toy, seed, Run(Budget(iterations=300)))
        ends.append(toy.snapshot())
    assert ends[0] == ends[1] != ends[2]


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_a_start_without_finite_value_is_refused(value):
    toy = Flips(4, 0)
    with pytest.raises(InputError, match="finite"):
        anneal(toy, value, snapshot=toy.snapshot, rng=np.random.default_rng(0), run=Run(Budget(iterations=1)))


def test_a_search_that_nothing_would_end_is_refused():
    toy = Flips(4, 0)
    with pytest.raises(InputError, match="nothing ends"):
        anneal(toy, toy.value(), snapshot=toy.snapshot, rng=np.random.default_rng(0))


def test_wrong_settings_are_reported_all_at_once():
    with pytest.raises(InputError) as caught:
        AnnealingSettings(level_moves=0, start_temperature=-1.0, start_acceptance=1.0, samples=0, frozen_share=2.0,
                          frozen_levels=0, reheats=-1, reheat_share=0.0, tolerance=-1.0)
    assert len(caught.value.problems) == 9


# ---------------------------------------------------------------- cooling


@given(st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=40), st.floats(0.01, 0.99))
def test_the_start_temperature_gives_the_acceptance_asked_for(worse, acceptance):
    temperature = cooling.temperature_for([*worse, -3.0, 0.0, float("inf")], acceptance)
    assert np.mean(np.exp(-np.array(worse) / temperature)) == pytest.approx(acceptance, rel=1e-6)


def test_the_start_temperature_without_worsening_moves_is_a_positive_number():
    assert cooling.temperature_for([-2.0, -5.0], 0.5) == 5.0
    assert cooling.temperature_for([0.0], 0.5) == 1.0
    assert cooling.temperature_for([], 0.5) == 1.0


def test_schedules_end_where_they_say():
    temperature, to = 8.0, cooling.geometric_to(0.01, 30)
    for index in range(1, 31):
        temperature = to(Level(index, temperature, 8.0, 0.5))
    assert temperature == pytest.approx(0.08)
    assert cooling.linear(4)(Level(1, 8.0, 8.0, 0.5)) == 6.0
    assert cooling.linear(4)(Level(9, 2.0, 8.0, 0.5)) == 0.0


def test_the_adaptive_schedule_heats_when_too_little_is_accepted_and_cools_when_too_much():
    schedule = cooling.adaptive(100)
    assert schedule(Level(40, 1.0, 1.0, 0.1)) > 1.0 > schedule(Level(40, 1.0, 1.0, 0.9))
    assert schedule(Level(40, 1.0, 1.0, 0.44)) == 1.0


def test_lams_acceptance_falls_from_one_to_nought_without_jumps():
    aimed = [cooling.lam_acceptance(k / 1000) for k in range(1001)]
    assert aimed[0] == 1.0
    assert aimed[400] == 0.44
    assert aimed[-1] == pytest.approx(0.001)
    assert all(0 <= high - low < 0.03 for high, low in itertools.pairwise(aimed))


@pytest.mark.parametrize("make", [
    lambda: cooling.geometric(1.0), lambda: cooling.geometric_to(0.0, 5), lambda: cooling.geometric_to(0.5, 0),
    lambda: cooling.linear(0), lambda: cooling.adaptive(0), lambda: cooling.adaptive(5, gain=0.0)])
def test_schedules_that_do_not_cool_are_refused(make):
    with pytest.raises(InputError):
        make()
