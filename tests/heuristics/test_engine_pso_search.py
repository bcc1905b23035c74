import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.core.budget import Budget
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Schedule
from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Termination
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, Swarm, minimise


class Point(Schedule):
    family: str = "toy"
    schema_version: int = 1
    at: tuple[float, ...]


def decode(position):
    return Point(at=tuple(position.tolist()))


def sphere(x):
    return np.einsum("ij,ij->i", x, x)


class Counted:
    """An objective that keeps what it was asked."""

    def __init__(self, objective=sphere):
        self.objective, self.asked = objective, []

    def __call__(self, x):
        self.asked.append(x.copy())
        return self.objective(x)


# ---------------------------------------------------------------- minimise


@given(st.integers(0, 200), st.integers(0, 12), st.integers(1, 20))
def test_budgets_are_met_exactly(evaluations, iterations, size):
    objective = Counted()
    run = Run(Budget(evaluations=evaluations, iterations=iterations))
    result = minimise(objective, SearchSpace([-1] * 2, [1] * 2), rng=np.random.default_rng(0),
                      settings=PsoSettings(swarm_size=size), run=run)
    wanted = min(evaluations, iterations * size)
    assert sum(len(x) for x in objective.asked) == wanted == result.evaluations == run.evaluations
    assert len(objective.asked) == -(-wanted // size) == result.iterations == run.iterations
    assert result.termination is Termination.ITERATIONS


def test_a_budget_of_evaluations_that_ends_within_the_swarm_is_spent_to_the_last():
    objective = Counted()
    minimise(objective, SearchSpace([0], [1]), rng=np.random.default_rng(0), settings=PsoSettings(swarm_size=10),
             run=Run(Budget(evaluations=33)))
    assert [len(x) for x in objective.asked] == [10, 10, 10, 3]


def test_the_result_is_the_best_position_evaluated():
    objective = Counted()
    result = minimise(objective, SearchSpace([-3] * 3, [3] * 3), rng=np.random.default_rng(4),
                      run=Run(Budget(iterations=80)), restart_after=5)
    everything = np.concatenate(objective.asked)
    values = sphere(everything)
    assert result.value == values.min()
    assert np.array_equal(result.position, everything[values.argmin()])


@given(st.integers(0, 1000), st.integers(1, 30))
def test_the_result_is_never_worse_than_the_start(seed, iterations):
    space = SearchSpace.integers([0] * 5, [9] * 5)
    start = space.sample(np.random.default_rng(seed), 1)
    table = np.random.default_rng(seed + 1).normal(size=(5, 10))
    result = minimise(lambda x: table[np.arange(5), x.astype(int)].sum(axis=1), space, start=start,
                      rng=np.random.default_rng(seed), run=Run(Budget(iterations=iterations)))
    assert result.value <= table[np.arange(5), start[0].astype(int)].sum()


@pytest.mark.parametrize("seed", range(8))
def test_the_optimum_of_a_small_separable_discrete_problem_is_found(seed):
    sizes = (2, 31, 4, 5)
    tables = [np.random.default_rng([seed, k]).random(size) for k, size in enumerate(sizes)]

    def objective(x):
        return sum(table[x[:, k].astype(int)] for k, table in enumerate(tables))

    space = SearchSpace.integers([0] * 4, [size - 1 for size in sizes])
    everything = np.array(list(itertools.product(*map(range, sizes))), dtype=float)
    result = minimise(objective, space, rng=np.random.default_rng(seed), run=Run(Budget(evaluations=60_000)))
    assert result.value == objective(everything).min()


def test_a_continuous_problem_is_solved_to_high_precision():
    result = minimise(lambda x: sphere(x - 1.5), SearchSpace([-5] * 10, [5] * 10), rng=np.random.default_rng(0),
                      run=Run(Budget(evaluations=20_000)))
    assert result.value < 1e-8


def test_a_mixed_problem_is_solved_in_both_parts():
    result = minimise(lambda x: (x[:, 0] - 7) ** 2 + (x[:, 1] - 0.3) ** 2 + x[:, 2],
                      SearchSpace([0, -1, 0], [20, 1, 3], [True, False, True]), rng=np.random.default_rng(0),
                      run=Run(Budget(iterations=200)))
    assert result.position[[0, 2]].tolist() == [7, 0]
    assert result.position[1] == pytest.approx(0.3, abs=1e-3)


def test_patience_ends_a_search_that_finds_nothing_more():
    result = minimise(lambda x: np.zeros(len(x)), SearchSpace([0], [1]), rng=np.random.default_rng(0), patience=12)
    assert result.termination is Termination.STALLED
    assert result.iterations == 13


def test_a_search_that_nothing_would_end_is_refused():
    with pytest.raises(InputError, match="nothing ends"):
        minimise(sphere, SearchSpace([0], [1]), rng=np.random.default_rng(0), run=Run(Budget(gap=0.1)))
    with pytest.raises(InputError) as caught:
        minimise(sphere, SearchSpace([0], [1]), rng=np.random.default_rng(0), patience=0, restart_after=0)
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize("sense", list(Sense))
def test_the_run_is_offered_each_improvement_in_its_own_sense(sense):
    run = Run(Budget(iterations=30), sense=sense)
    result = minimise(sphere, SearchSpace([-2] * 2, [3] * 2), rng=np.random.default_rng(0), run=run, decode=decode)
    sign = 1 if sense is Sense.MIN else -1
    assert run.objective == sign * result.value
    assert run.schedule().at == tuple(result.position)
    incumbents = [sign * point.incumbent for point in run.trace]
    assert incumbents == sorted(incumbents, reverse=True)
    assert len(incumbents) > 1


def test_the_same_seed_gives_the_same_search_and_another_seed_another():
    def search(seed):
        objective = Counted()
        minimise(objective, SearchSpace([-1] * 3, [1] * 3), rng=np.random.default_rng(seed),
                 run=Run(Budget(iterations=50)), restart_after=10)
        return np.concatenate(objective.asked)

    assert np.array_equal(search(1), search(1))
    assert not np.array_equal(search(1), search(2))


def test_the_global_random_state_is_neither_read_nor_changed():
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    minimise(sphere, SearchSpace([0], [1]), rng=np.random.default_rng(0), run=Run(Budget(iterations=5)))
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002


# ---------------------------------------------------------------- following a changing problem


def tracking_error(seed, perceives, chosen):
    """Return the mean excess of the best held, over 25 shifts of the optimum of an integer problem."""
    rng = np.random.default_rng([seed, 1])
    swarm = Swarm(SearchSpace.integers([0, 0], [1, 30]), np.random.default_rng(seed), chosen)
    target, total = np.array([1.0, 15.0]), 0.0
    for _ in range(25):
        moved = np.array([rng.integers(2), rng.integers(31)], dtype=float)
        change, target = abs(moved - target), moved

        def objective(x, target=target):
            return 5 * abs(x[:, 0] - target[0]) + abs(x[:, 1] - target[1])

        if perceives:
            swarm.perceive(change)
        for _ in range(3):
            swarm.tell(objective(swarm.ask()))
        total += objective(swarm.best_position[None])[0]
    return total / 25


@pytest.mark.parametrize("chosen", [PsoSettings(), PsoSettings.published()], ids=["paper", "artifact"])
def test_a_swarm_that_perceives_changes_follows_the_optimum_better(chosen):
    seeds = range(12)
    with_perception = np.mean([tracking_error(seed, True, chosen) for seed in seeds])
    without = np.mean([tracking_error(seed, False, chosen) for seed in seeds])
    only_reevaluating = np.mean([
        tracking_error(seed, True, PsoSettings(scattered_share=0.0, rounding=chosen.rounding,
                                               velocities=chosen.velocities, draws=chosen.draws)) for seed in seeds])
    assert with_perception < 0.5 * without
    assert with_perception < only_reevaluating
