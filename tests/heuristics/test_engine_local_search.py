import numpy as np
import pytest
from engine_toys import Flips, Pairs, decode
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.core.budget import Budget
from ecoopt.core.errors import InputError
from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Termination
from ecoopt.heuristics.engines.dont_look import DontLook
from ecoopt.heuristics.engines.iterated_local_search import iterate, within
from ecoopt.heuristics.engines.local_search import CHUNK, descend

PICKS = ("first", "best")


def improving(neighbourhood):
    return [move for move in neighbourhood.moves() if neighbourhood.delta(move) < -1e-9]


@pytest.mark.parametrize("pick", PICKS)
@pytest.mark.parametrize("seed", range(6))
def test_descent_ends_where_no_move_improves(pick, seed):
    toy = Flips(40, seed)
    result = descend([toy], toy.value(), snapshot=toy.snapshot, pick=pick)
    assert improving(toy) == []
    assert result.termination is Termination.STALLED
    assert result.best == toy.snapshot()
    assert result.value == pytest.approx(toy.value())


@pytest.mark.parametrize("pick", PICKS)
@pytest.mark.parametrize("seed", range(6))
def test_variable_neighbourhood_descent_ends_where_no_move_of_any_neighbourhood_improves(pick, seed):
    toy = Flips(20, seed)
    pairs = Pairs(toy)
    descend([toy, pairs], toy.value(), snapshot=toy.snapshot, pick=pick)
    assert improving(toy) == improving(pairs) == []


@pytest.mark.parametrize("pick", PICKS)
def test_a_later_neighbourhood_is_used_only_at_a_local_optimum_of_the_earlier_ones(pick):
    class Watched(Pairs):
        def apply(self, pair):
            assert improving(self.flips) == []
            super().apply(pair)

    used = 0
    for seed in range(20):
        toy = Flips(16, seed)
        pairs = Watched(toy)
        descend([toy, pairs], toy.value(), snapshot=toy.snapshot, pick=pick)
        used += pairs.applied
    assert used > 0


@given(st.integers(0, 5000), st.sampled_from(PICKS), st.integers(0, 700), st.integers(0, 25), st.booleans())
def test_budgets_are_never_exceeded_and_the_counts_are_true(seed, pick, evaluations, iterations, both):
    toy = Flips(18, seed)
    pairs = Pairs(toy)
    start = toy.value()
    run = Run(Budget(evaluations=evaluations, iterations=iterations))
    result = descend([toy, pairs] if both else [toy], start, snapshot=toy.snapshot, run=run, pick=pick)
    assert toy.deltas + pairs.deltas == result.evaluations == run.evaluations <= evaluations
    assert toy.applied + pairs.applied == result.iterations == run.iterations <= iterations
    if result.termination is Termination.ITERATIONS:
        assert run.evaluations == evaluations or run.iterations == iterations
    else:
        assert improving(toy) == []
    assert result.value <= start
    assert result.value == pytest.approx(toy.value(result.best))


def test_first_improvement_makes_the_first_improving_move_and_best_the_best():
    for pick in PICKS:
        toy = Flips(30, 3)
        changes = [toy.delta(i) for i in range(30)]
        start = toy.snapshot()
        result = descend([toy], toy.value(), snapshot=toy.snapshot, run=Run(Budget(iterations=1)), pick=pick)
        flipped = [i for i in range(30) if result.best[i] != start[i]]
        first = next(i for i, change in enumerate(changes) if change < 0)
        assert flipped == [first if pick == "first" else int(np.argmin(changes))]


def test_a_first_improvement_pass_goes_on_after_a_move():
    toy = Flips(40, 0)
    toy.q = np.diag(np.diag(toy.q))
    result = descend([toy], toy.value(), snapshot=toy.snapshot)
    assert result.iterations > 5
    assert result.evaluations == 2 * 40


def test_when_the_budget_ends_within_a_best_pass_the_best_move_seen_is_made():
    toy = Flips(30, 3)
    changes = [toy.delta(i) for i in range(30)]
    start = toy.value()
    result = descend([toy], start, snapshot=toy.snapshot, run=Run(Budget(evaluations=20)), pick="best")
    assert result.value == pytest.approx(start + min(changes[:20]))


@pytest.mark.parametrize("sense", list(Sense))
def test_the_run_is_offered_the_descent_in_its_own_sense(sense):
    toy = Flips(80, 0)
    run = Run(sense=sense)
    result = descend([toy, Pairs(toy)], toy.value(), snapshot=toy.snapshot, run=run, decode=decode)
    sign = 1 if sense is Sense.MIN else -1
    assert run.objective == sign * result.value
    assert run.schedule().bits == result.best
    incumbents = [sign * point.incumbent for point in run.trace]
    assert incumbents == sorted(incumbents, reverse=True)
    assert len(incumbents) >= 2
    assert result.evaluations > 2 * CHUNK


def test_without_a_budget_left_the_start_is_returned():
    toy = Flips(10, 0)
    start = toy.snapshot()
    result = descend([toy], toy.value(), snapshot=toy.snapshot, run=Run(Budget(evaluations=0)))
    assert (result.best, result.evaluations) == (start, 0)


def test_moves_below_the_tolerance_are_left_alone():
    toy = Flips(30, 0)
    result = descend([toy], toy.value(), snapshot=toy.snapshot, tolerance=60.0)
    assert min(toy.delta(i) for i in range(30)) >= -60
    assert result.iterations > 0


@pytest.mark.parametrize("wrong", [
    {"pick": "any"}, {"tolerance": -1.0}, {"value": float("nan")}, {"neighbourhoods": []}, {"marks": True}])
def test_wrong_settings_are_refused(wrong):
    toy = Flips(5, 0)
    neighbourhoods = [DontLook(toy)] if wrong.pop("marks", False) else wrong.pop("neighbourhoods", [toy])
    if not wrong:
        wrong = {"pick": "best"}
    with pytest.raises(InputError):
        descend(neighbourhoods, wrong.pop("value", 0.0), snapshot=toy.snapshot, **wrong)


# ---------------------------------------------------------------- don't-look marks


@pytest.mark.parametrize("seed", range(8))
def test_marked_descent_ends_where_no_move_improves(seed):
    toy = Flips(60, seed, density=0.05)
    marked = DontLook(toy)
    descend([marked], toy.value(), snapshot=toy.snapshot)
    assert improving(toy) == []
    assert list(marked.moves()) == []


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_marked_neighbourhoods_of_one_state_wake_each_other(seed, linked):
    toy = Flips(24, seed, density=0.3)
    pairs = Pairs(toy)
    first, second = DontLook(toy), DontLook(pairs)
    if linked:
        first.link(second)
    descend([first, second], toy.value(), snapshot=toy.snapshot)
    assert improving(toy) == improving(pairs) == []


def test_marked_and_plain_neighbourhoods_mix():
    used = 0
    for seed in range(10):
        toy = Flips(24, seed, density=0.3)
        pairs = Pairs(toy)
        descend([DontLook(toy), pairs], toy.value(), snapshot=toy.snapshot)
        used += pairs.applied
        assert improving(toy) == improving(pairs) == []
    assert used > 0


def test_an_element_that_moved_is_looked_at_again_even_if_it_does_not_say_so():
    class Climb:
        elements, at = 1, 0

        def moves_of(self, element):
            return (1,)

        def delta(self, step):
            return float(abs(self.at + step - 5) - abs(self.at - 5))

        def apply(self, step):
            self.at += step

        def touched(self, step):
            return ()

    climb = Climb()
    descend([DontLook(climb)], 5.0, snapshot=lambda: climb.at)
    assert climb.at == 5


def test_marks_save_evaluations_after_a_small_change():
    toy = Flips(400, 0, density=0.005)
    marked = DontLook(toy)
    descend([marked], toy.value(), snapshot=toy.snapshot)
    marked.apply(7)
    result = descend([marked], toy.value(), snapshot=toy.snapshot)
    assert 0 < result.evaluations < 100
    assert improving(toy) == []


def test_a_marked_descent_that_the_budget_cut_goes_on_to_a_local_optimum():
    for evaluations in range(0, 200, 7):
        toy = Flips(50, 1, density=0.1)
        marked = DontLook(toy)
        value = descend([marked], toy.value(), snapshot=toy.snapshot, run=Run(Budget(evaluations=evaluations))).value
        descend([marked], value, snapshot=toy.snapshot)
        assert improving(toy) == []


def test_only_neighbourhoods_with_the_same_elements_can_be_linked():
    with pytest.raises(InputError):
        DontLook(Flips(5, 0)).link(DontLook(Flips(6, 0)))


# ---------------------------------------------------------------- iterated local search


def ils(toy, run, seed=0, neighbourhoods=None, **options):
    return iterate(neighbourhoods or [toy], toy.value(), perturb=options.pop("perturb", toy.kick),
                   snapshot=toy.snapshot, restore=toy.restore, rng=np.random.default_rng(seed), run=run, **options)


@pytest.mark.parametrize("pick", PICKS)
@pytest.mark.parametrize("seed", range(5))
def test_iterated_local_search_finds_the_optimum_of_a_small_problem(pick, seed):
    toy = Flips(12, seed)
    result = ils(toy, Run(Budget(iterations=200)), pick=pick)
    assert result.value == pytest.approx(toy.optimum())
    assert toy.snapshot() == result.best


@given(st.integers(0, 1000), st.integers(0, 900), st.integers(0, 20))
def test_iterated_budgets_are_met_exactly(seed, evaluations, iterations):
    toy = Flips(15, seed)
    kicks = 0

    def kick(rng):
        nonlocal kicks
        kicks += 1
        return toy.kick(rng)

    start = toy.value()
    run = Run(Budget(evaluations=evaluations, iterations=iterations))
    result = ils(toy, run, seed, perturb=kick)
    assert toy.deltas + kicks == result.evaluations == run.evaluations <= evaluations
    assert kicks == result.iterations == run.iterations <= iterations
    assert run.evaluations == evaluations or run.iterations == iterations
    assert result.value <= start
    assert result.value == pytest.approx(toy.value(result.best))


def test_the_result_is_the_best_of_all_local_optima_and_longer_searches_are_no_worse():
    for accept in (within(0.0), within(0.5), lambda candidate, current, best: True, lambda *_: False):
        values = []
        for iterations in (1, 5, 40):
            toy = Flips(30, 2)
            result = ils(toy, Run(Budget(iterations=iterations)), accept=accept)
            assert improving(toy) == []
            values.append(result.value)
        assert values == sorted(values, reverse=True)


def test_refused_local_optima_are_left_for_the_current_one():
    toy = Flips(30, 2)
    begun_at = []

    def kick(rng):
        begun_at.append(toy.value())
        return toy.kick(rng)

    ils(toy, Run(Budget(iterations=60)), perturb=kick)
    assert begun_at == sorted(begun_at, reverse=True)


def test_marks_serve_a_perturbation_that_moves_through_them():
    toy = Flips(60, 5, density=0.1)
    marked = DontLook(toy)

    def kick(rng):
        before = toy.value()
        for i in rng.choice(60, size=3, replace=False):
            marked.apply(int(i))
        return toy.value() - before

    result = ils(toy, Run(Budget(iterations=50)), neighbourhoods=[marked], perturb=kick)
    assert improving(toy) == []
    assert result.value == pytest.approx(toy.value())
    plain = Flips(60, 5, density=0.1)
    assert result.evaluations < 0.7 * ils(plain, Run(Budget(iterations=50))).evaluations


def test_patience_ends_a_search_that_finds_nothing_more():
    toy = Flips(6, 0)
    result = ils(toy, None, patience=25)
    assert result.termination is Termination.STALLED
    assert result.iterations >= 25


@pytest.mark.parametrize("sense", list(Sense))
def test_the_run_is_offered_the_best_local_optimum_in_its_own_sense(sense):
    toy = Flips(40, 1)
    run = Run(Budget(iterations=40), sense=sense)
    result = ils(toy, run, decode=decode)
    assert run.objective == (result.value if sense is Sense.MIN else -result.value)
    assert run.schedule().bits == result.best


@pytest.mark.parametrize(("options", "message"), [
    ({"run": None}, "nothing ends"), ({"run": None, "patience": 0}, "whole number"),
    ({"run": Run(Budget(iterations=3)), "perturb": lambda rng: float("inf")}, "perturb")])
def test_a_search_that_cannot_go_on_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        ils(Flips(5, 0), **options)


def test_a_negative_acceptance_share_is_refused():
    with pytest.raises(InputError):
        within(-0.1)
