"""Dual engines: they reach the LP bound, never pass the optimum, and average a nearly feasible solution."""

import numpy as np
import pytest
from dual_cases import Knapsacks, Placement, equations

from ecoopt.core.budget import Budget
from ecoopt.core.errors import InputError
from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Termination
from ecoopt.formulations.dual import Priced, maximise_by_bundle, maximise_by_subgradient, maximise_by_volume

ENGINES = [(maximise_by_bundle, 300), (maximise_by_subgradient, 2000), (maximise_by_volume, 3000)]
CASES = [Placement.random(0, 20, 4), Placement.random(1, 60, 10), Placement.random(2, 30, 6, Sense.MAX),
         Knapsacks.random(3, 40, 5), Knapsacks.random(4, 150, 15)]


def shortfall(case, bound: float) -> float:
    """Return by which share the bound is worse than the LP's; negative when it passes it."""
    exact = case.lp_bound()
    return (exact - bound if case.sense is Sense.MIN else bound - exact) / abs(exact)


@pytest.mark.parametrize(("engine", "iterations"), ENGINES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{type(case).__name__}-{case.capacity.size}")
def test_the_bound_of_the_linear_program_is_reached_and_never_passed(engine, iterations, case):
    run = Run(Budget(iterations=iterations), sense=case.sense)
    result = engine(case.priced, np.zeros(case.capacity.size), run)
    assert -1e-9 <= shortfall(case, result.bound) <= 1e-4
    assert run.bound == result.bound
    assert result.bound == pytest.approx(case.priced(result.prices).value, abs=1e-9)
    assert (result.prices >= 0).all()
    assert result.iterations == run.iterations == run.evaluations


@pytest.mark.parametrize(("engine", "iterations"), ENGINES)
@pytest.mark.parametrize("case", CASES[:4], ids=lambda case: f"{type(case).__name__}-{case.capacity.size}")
def test_every_bound_on_the_way_is_below_the_optimum_and_better_than_the_one_before(engine, iterations, case):
    run = Run(Budget(iterations=iterations // 4), sense=case.sense)
    engine(case.priced, np.zeros(case.capacity.size), run)
    sign = 1.0 if case.sense is Sense.MIN else -1.0
    bounds = [sign * point.bound for point in run.trace]
    assert bounds == sorted(set(bounds))
    assert bounds[-1] <= sign * case.optimum() + 1e-9
    assert len(bounds) > 3


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{type(case).__name__}-{case.capacity.size}")
def test_the_bundle_ends_with_a_proof_and_an_optimal_averaged_solution(case):
    run = Run(Budget(iterations=500), sense=case.sense)
    result = maximise_by_bundle(case.priced, np.zeros(case.capacity.size), run)
    assert result.termination is Termination.PROOF
    x = result.mixture.mean.ravel()
    model = case.model(False)
    assert model.violation(x) <= 1e-3
    assert model.objective(x) == pytest.approx(case.lp_bound(), rel=1e-3)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{type(case).__name__}-{case.capacity.size}")
def test_the_volume_engine_averages_a_nearly_feasible_nearly_optimal_solution(case):
    run = Run(Budget(iterations=3000), sense=case.sense)
    result = maximise_by_volume(case.priced, np.zeros(case.capacity.size), run)
    x = result.mixture.mean.ravel()
    assert case.model(False).violation(x) <= 2e-3
    assert case.model(False).objective(x) == pytest.approx(case.lp_bound(), rel=2e-3)


@pytest.mark.parametrize(("engine", "iterations"), ENGINES)
@pytest.mark.parametrize("seed", range(3))
def test_prices_of_equations_are_free(engine, iterations, seed):
    priced, optimum = equations(seed)
    result = engine(priced, np.zeros(4), Run(Budget(iterations=iterations)), lower=-np.inf)
    assert optimum - 1e-3 * max(abs(optimum), 1.0) <= result.bound <= optimum + 1e-9
    assert (result.prices < 0).any()


@pytest.mark.parametrize(("engine", "iterations"), ENGINES)
def test_the_box_of_the_prices_is_kept(engine, iterations):
    case = CASES[1]
    seen: list[np.ndarray] = []

    def priced(prices):
        seen.append(prices)
        return case.priced(prices)

    engine(priced, np.full(10, 5.0), Run(Budget(iterations=60)), lower=0.1, upper=np.linspace(0.2, 0.6, 10))
    prices = np.array(seen)
    assert (prices >= 0.1).all()
    assert (prices <= np.linspace(0.2, 0.6, 10)).all()


@pytest.mark.parametrize(("engine", "iterations"), ENGINES)
def test_the_same_run_gives_the_same_bytes(engine, iterations):
    one, two = (engine(CASES[1].priced, np.zeros(10), Run(Budget(iterations=80))) for _ in range(2))
    assert one.prices.tobytes() == two.prices.tobytes()
    assert one.mixture.mean.tobytes() == two.mixture.mean.tobytes()


@pytest.mark.parametrize(("engine", "iterations"), ENGINES)
def test_the_iteration_budget_is_kept(engine, iterations):
    result = engine(CASES[1].priced, np.zeros(10), Run(Budget(iterations=7)))
    assert (result.iterations, result.termination) == (7, Termination.ITERATIONS)


@pytest.mark.parametrize(("engine", "iterations"), ENGINES)
def test_payloads_that_are_no_arrays_come_back_with_weights_of_sum_one(engine, iterations):
    case = CASES[0]

    def priced(prices):
        answer = case.priced(prices)
        return answer._replace(payload=tuple(answer.payload.argmax(axis=1).tolist()))

    parts = engine(priced, np.zeros(4), Run(Budget(iterations=100))).mixture.parts
    assert sum(weight for weight, _ in parts) == pytest.approx(1.0)
    assert [weight for weight, _ in parts] == sorted((weight for weight, _ in parts), reverse=True)
    assert all(len(payload) == 20 for _, payload in parts)


@pytest.mark.parametrize(("engine", "iterations"), ENGINES)
def test_a_dual_that_is_flat_from_the_start_ends_at_once(engine, iterations):
    result = engine(lambda prices: Priced(3.0 - prices.sum(), -np.ones(4)), np.zeros(4), Run(Budget(iterations=100)))
    assert (result.bound, result.termination, result.iterations) == (3.0, Termination.PROOF, 1)


@pytest.mark.parametrize(("engine", "iterations"), ENGINES)
@pytest.mark.parametrize(
    "answer", [Priced(np.nan, np.zeros(3)), Priced(1.0, np.zeros(2)), Priced(1.0, np.full(3, np.inf))])
def test_an_unusable_answer_of_the_subproblem_is_refused(engine, iterations, answer):
    with pytest.raises(InputError, match="priced subproblem"):
        engine(lambda prices: answer, np.zeros(3), Run(Budget(iterations=5)))


@pytest.mark.parametrize("arguments", [{"lower": [0.0, 1.0]}, {"lower": 2.0, "upper": 1.0}])
def test_a_box_that_does_not_fit_is_refused(arguments):
    with pytest.raises(InputError, match="prices"):
        maximise_by_bundle(CASES[0].priced, np.zeros(4), Run(), **arguments)


@pytest.mark.parametrize("cuts", [3, 8])
def test_a_bundle_of_few_cuts_still_climbs_by_aggregation(cuts):
    case = CASES[1]
    result = maximise_by_bundle(case.priced, np.zeros(10), Run(Budget(iterations=1500)), cuts=cuts)
    assert -1e-9 <= shortfall(case, result.bound) <= 1e-4
    assert case.model(False).violation(result.mixture.mean.ravel()) <= 0.05
