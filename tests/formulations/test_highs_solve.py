"""Solving: statuses without exceptions, budgets, starts, the live ledger, duals, and checked options."""

import signal
from threading import Timer

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.core.budget import Budget
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Schedule
from ecoopt.core.interrupt import interruptible
from ecoopt.core.observer import Observer
from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Status, Termination
from ecoopt.formulations.highs import LinearModel, solve_lp, solve_model
from ecoopt.formulations.highs.again import joined
from ecoopt.formulations.highs.reading import _not_beyond
from ecoopt.formulations.highs.result import HighsResult
from ecoopt.formulations.highs.watch import Watch

NONE = np.zeros((0, 2))


class Picked(Schedule):
    family: str = "test"
    schema_version: int = 1
    x: tuple[float, ...]


def picked(x) -> Picked:
    return Picked(x=tuple(x.tolist()))


def knapsacks(seed: int, columns: int = 40, rows: int = 25, sense: Sense = Sense.MAX) -> LinearModel:
    """Multi-dimensional knapsacks: hard enough for a search tree, feasible at 0."""
    rng = np.random.default_rng(seed)
    profit = rng.integers(5, 50, columns).astype(float)
    weight = rng.integers(0, 30, (rows, columns)).astype(float)
    return LinearModel(profit if sense is Sense.MAX else -profit, np.zeros(columns), np.ones(columns), weight,
                       np.full(rows, -np.inf), np.full(rows, 0.3 * weight.sum(axis=1).mean()),
                       integer=np.ones(columns, bool), sense=sense)


def assignment(size: int, seed: int = 0) -> LinearModel:
    rng = np.random.default_rng(seed)
    rows = np.vstack([np.kron(np.eye(size), np.ones(size)), np.kron(np.ones(size), np.eye(size))])
    return LinearModel(rng.uniform(1, 9, size * size), np.zeros(size * size), np.ones(size * size), rows,
                       np.ones(2 * size), np.ones(2 * size))


@pytest.mark.parametrize(("model", "status"), [
    (LinearModel([1, 1], [2, 0], [1, 5], NONE, [], []), Status.INFEASIBLE),
    (LinearModel([1, 1], [0.2, 0], [0.8, 5], NONE, [], [], integer=[1, 1]), Status.INFEASIBLE),
    (LinearModel([1], [0], [1], [[1.0]], [3], [2]), Status.INFEASIBLE),
    (LinearModel([], [], [], np.zeros((1, 0)), [1], [2]), Status.INFEASIBLE),
    (LinearModel([-1, 1], [0, 0], [np.inf, 5], NONE, [], []), Status.UNBOUNDED),
    (LinearModel([-1, 1], [0, 0], [np.inf, 5], NONE, [], [], integer=[1, 1]), Status.UNBOUNDED),
    (LinearModel([-1, 1], [0, 0], [np.inf, 5], [[1.0, -1.0]], [0.2], [0.8], integer=[1, 1]), Status.INFEASIBLE),
    (LinearModel([0], [-np.inf], [np.inf], np.zeros((0, 1)), [], []), Status.OPTIMAL),
    (LinearModel([], [], [], np.zeros((0, 0)), [], [], offset=2.0), Status.OPTIMAL)])
def test_every_end_is_a_status_and_never_an_exception(model, status):
    result = solve_model(model, Run())
    assert (result.status, result.termination) == (status, Termination.PROOF)
    assert (result.x is None) == (status is not Status.OPTIMAL)
    assert result.gap == (0.0 if status is Status.OPTIMAL else np.inf)


@pytest.mark.parametrize("sense", [Sense.MIN, Sense.MAX])
def test_the_ledger_follows_the_search_and_ends_with_the_result(sense):
    run = Run(sense=sense)
    model = knapsacks(1, sense=sense)
    result = solve_model(model, run, on_incumbent=picked)
    assert result.status is Status.OPTIMAL
    assert result.gap <= 1e-9
    assert (run.objective, run.bound) == (result.objective, result.bound)
    assert model.objective(np.array(run.schedule().x)) == result.objective
    assert len({point.incumbent for point in run.trace if point.incumbent is not None}) > 1
    sign = 1.0 if sense is Sense.MIN else -1.0
    for point in run.trace:
        assert point.bound is None or sign * point.bound <= sign * result.objective + 1e-6
        assert point.incumbent is None or sign * point.incumbent >= sign * result.objective - 1e-6
    for field, way in (("bound", 1), ("incumbent", -1)):
        values = [sign * way * getattr(p, field) for p in run.trace if getattr(p, field) is not None]
        assert values == sorted(values)


def test_a_complete_start_is_taken_and_counts_from_the_first_second():
    model = knapsacks(2)
    run = Run(sense=Sense.MAX)
    start = np.zeros(model.columns)
    start[int(model.cost.argmax())] = 1.0
    result = solve_model(model, run, start=start, on_incumbent=picked)
    assert result.start_accepted is True
    assert run.trace[0].incumbent == model.objective(start)
    assert run.trace[0].bound is None


@pytest.mark.parametrize("budget", [Budget(seconds=0.0), Budget(iterations=0)])
def test_with_nothing_left_to_spend_the_start_comes_back(budget):
    model = knapsacks(3)
    run = Run(budget, sense=Sense.MAX)
    result = solve_model(model, run, start=np.zeros(model.columns), on_incumbent=picked)
    assert (result.status, result.objective, result.bound) == (Status.FEASIBLE, 0.0, None)
    assert result.termination in (Termination.TIME, Termination.ITERATIONS)
    assert run.objective == 0.0
    assert solve_model(model, Run(budget, sense=Sense.MAX)).status is Status.NONE


def test_the_result_is_never_worse_than_a_feasible_start():
    model = knapsacks(4, 60, 40)
    best = solve_model(model, Run(Budget(gap=0.1), sense=Sense.MAX)).x
    again = solve_model(model, Run(Budget(iterations=1), sense=Sense.MAX), start=best)
    assert again.objective >= model.objective(best)


def test_an_infeasible_start_is_no_error_and_spoils_nothing():
    model = knapsacks(5)
    exact = solve_model(model, Run(sense=Sense.MAX)).objective
    run = Run(sense=Sense.MAX)
    result = solve_model(model, run, start=np.ones(model.columns), on_incumbent=picked)
    assert result.start_accepted is False
    assert result.objective == pytest.approx(exact)
    assert all(point.bound is None or point.bound >= exact - 1e-6 for point in run.trace)


def misled() -> tuple[LinearModel, np.ndarray]:
    """A model and a start that presolve of HiGHS 1.16 takes for a point better than any solution."""
    model = LinearModel(
        [22880, 25760, 80, 40, 460, 800], np.zeros(6), np.full(6, np.inf),
        [[-1, 0, 1 / 18, 0, 0, 0], [0, -1, 0, 1 / 18, 0, 0], [0, 0, 1, 1, 1, 1]],
        [-np.inf, -np.inf, 100], [-58, 0, 100], integer=[1, 1, 0, 0, 0, 0], offset=-1_219_558)
    return model, np.array([58.0, 0, 0, 0, 90, 10])


@pytest.mark.parametrize("restricted", [False, True])
def test_a_start_that_misleads_presolve_does_not_hide_the_optimum(restricted):
    model, start = misled()
    run = Run()
    result = solve_model(model, run, start=start, on_incumbent=picked, restricted=restricted)
    exact = solve_model(model, Run())
    assert (result.status, result.start_accepted) == (Status.OPTIMAL, True)
    assert (result.objective, result.bound) == (exact.objective, exact.bound)
    assert model.objective(start) > exact.objective + 1
    assert (run.objective, run.bound) == (exact.objective, None if restricted else exact.bound)


def test_what_two_solves_found_is_the_better_of_both_and_never_a_proof_that_neither_has():
    first = HighsResult(Status.FEASIBLE, Termination.STALLED, Sense.MIN, np.zeros(1), 5.0, 1.0, start_accepted=True)
    late = HighsResult(Status.NONE, Termination.TIME, Sense.MIN, bound=2.0)
    both = joined(first, late)
    assert (both.status, both.termination, both.objective, both.bound, both.start_accepted) == (
        Status.FEASIBLE, Termination.TIME, 5.0, 2.0, True)
    worse = joined(first, HighsResult(Status.FEASIBLE, Termination.TIME, Sense.MIN, np.ones(1), 6.0))
    assert (worse.objective, worse.bound) == (5.0, 1.0)
    better = joined(first, HighsResult(Status.FEASIBLE, Termination.TIME, Sense.MIN, np.ones(1), 4.0))
    assert (better.objective, better.bound) == (4.0, 1.0)
    wrong = joined(first, HighsResult(Status.INFEASIBLE, Termination.PROOF, Sense.MIN))
    assert (wrong.status, wrong.termination) == (Status.FEASIBLE, Termination.STALLED)


@pytest.mark.parametrize(("start", "text"), [
    (np.zeros(3), "has shape"), (np.full(40, np.nan), "not finite"), (np.zeros((40, 1)), "has shape")])
def test_a_start_that_is_not_complete_is_refused(start, text):
    with pytest.raises(InputError, match=text):
        solve_model(knapsacks(0), Run(sense=Sense.MAX), start=start)


def test_a_time_limit_is_kept_and_keeps_what_was_found():
    model = knapsacks(6, 150, 80)
    run = Run(Budget(seconds=1.0), sense=Sense.MAX)
    result = solve_model(model, run, on_incumbent=picked)
    assert (result.status, result.termination) == (Status.FEASIBLE, Termination.TIME)
    assert run.seconds < 5.0
    assert run.objective == result.objective <= result.bound == run.bound


def test_an_interrupt_ends_the_solve_and_keeps_what_was_found():
    model = knapsacks(6, 150, 80)
    run = Run(Budget(seconds=60.0), sense=Sense.MAX)
    asked: list[bool] = []
    stop = run.stop
    run.stop = lambda: Termination.INTERRUPTED if asked else stop()
    timer = Timer(0.7, asked.append, [True])
    timer.start()
    result = solve_model(model, run, on_incumbent=picked)
    timer.cancel()
    assert (result.status, result.termination) == (Status.FEASIBLE, Termination.INTERRUPTED)
    assert run.seconds < 15.0
    assert run.objective == result.objective


def test_ctrl_c_ends_the_solve_and_keeps_what_was_found():
    model = knapsacks(6, 150, 80)
    run = Run(Budget(seconds=60.0), sense=Sense.MAX)
    timer = Timer(0.7, signal.raise_signal, [signal.SIGINT])
    with interruptible():
        timer.start()
        result = solve_model(model, run, on_incumbent=picked)
    assert (result.status, result.termination) == (Status.FEASIBLE, Termination.INTERRUPTED)
    assert run.seconds < 15.0
    assert run.objective == result.objective


def test_an_interrupt_ends_a_linear_solve():
    model = assignment(30)
    run = Run()
    calls: list[int] = []
    run.stop = lambda: Termination.INTERRUPTED if (calls.append(1) or len(calls) > 1) else None
    result = solve_lp(model, run, options={"presolve": "off"})
    assert (result.status, result.termination) == (Status.NONE, Termination.INTERRUPTED)


def test_an_exception_of_an_observer_reaches_the_caller():
    class Broken(Observer):
        def on_incumbent(self, run):
            raise ZeroDivisionError("the observer's own")

    with pytest.raises(ZeroDivisionError, match="own"):
        solve_model(knapsacks(1), Run(observer=Broken(), sense=Sense.MAX), on_incumbent=picked)


def test_a_gap_that_was_allowed_is_told_from_a_proof():
    result = solve_model(knapsacks(1), Run(Budget(gap=0.2), sense=Sense.MAX))
    assert (result.status, result.termination) == (Status.FEASIBLE, Termination.GAP)
    assert 1e-9 < result.gap <= 0.2


def test_the_same_seed_and_node_budget_give_the_same_bytes():
    one, two = (solve_model(knapsacks(7), Run(Budget(iterations=40), sense=Sense.MAX), seed=5) for _ in range(2))
    assert one.termination is Termination.ITERATIONS
    assert one.x.tobytes() == two.x.tobytes()
    assert (one.bound, one.nodes, one.simplex_iterations) == (two.bound, two.nodes, two.simplex_iterations)


def test_threads_may_change_from_solve_to_solve():
    results = [solve_model(knapsacks(1), Run(sense=Sense.MAX), threads=threads) for threads in (1, 2, 1)]
    assert len({round(result.objective, 6) for result in results}) == 1


def test_a_restricted_model_gives_incumbents_but_neither_bounds_nor_iterations():
    model = knapsacks(1)
    restricted = model.replaced(upper=np.where(np.arange(model.columns) % 2, 1.0, 0.0))
    run = Run(sense=Sense.MAX)
    result = solve_model(restricted, run, on_incumbent=picked, restricted=True)
    assert result.status is Status.OPTIMAL
    assert (run.objective, run.bound, run.iterations) == (result.objective, None, 0)


def test_a_bound_better_than_the_final_one_is_taken_back():
    model = knapsacks(1, sense=Sense.MIN)
    run = Run()
    run.prove(-2000.0)
    watch = Watch(model, run, None, None, False)
    for bound in (-1500.0, -900.0, -10.0):
        run.prove(bound)
    watch.settle_bound(-1000.0)
    assert run.bound == -1000.0
    assert [point.bound for point in run.trace] == [-2000.0, -1500.0, -1000.0, -1000.0]
    watch.settle_bound(None)
    assert run.bound == -2000.0


def test_a_better_bound_from_elsewhere_stays():
    run = Run()
    run.prove(-5.0)
    Watch(knapsacks(1, sense=Sense.MIN), run, None, None, False).settle_bound(-9.0)
    assert run.bound == -5.0


@pytest.mark.parametrize(("options", "text"), [
    ({"presolv": "on"}, "presolv: unknown option; did you mean presolve"),
    ({"presolve": 3}, "presolve: 3 is not accepted"),
    ({"mip_heuristic_effort": 7.0}, "mip_heuristic_effort: 7.0 is not"),
    ({"time_limit": 3.0}, "time_limit: is not an option to set here; set the run's budget")])
def test_every_option_is_checked(options, text):
    with pytest.raises(InputError, match=text):
        solve_model(knapsacks(1), Run(sense=Sense.MAX), options=options)


def test_all_wrong_options_are_named_at_once():
    with pytest.raises(InputError) as wrong:
        solve_model(knapsacks(1), Run(sense=Sense.MAX), options={"nonsense": 1, "presolve": "maybe"})
    assert [problem.field for problem in wrong.value.problems] == ["nonsense", "presolve"]


@pytest.mark.parametrize("arguments", [{"gap": -1.0}, {"threads": -3}, {"seed": -1}])
def test_wrong_arguments_are_refused(arguments):
    with pytest.raises(InputError, match="not accepted"):
        solve_model(knapsacks(1), Run(sense=Sense.MAX), **arguments)


def test_a_run_of_the_other_sense_is_refused():
    with pytest.raises(InputError, match="sense"):
        solve_model(knapsacks(1), Run())


def test_rounding_a_cheated_big_m_is_mended_and_told():
    # With M = 1e7 an indicator of 1e-7 lets y = 1 for nothing; y is worth 5 and the indicator costs 100.
    model = LinearModel([100.0, -5.0], [0, 0], [1, 1], [[-1e7, 1.0]], [-np.inf], [0.0], integer=[True, False])
    result = solve_model(model, Run(), options={"presolve": "off"})
    assert model.violation(result.x) <= 1e-6
    assert result.objective == pytest.approx(0.0, abs=1e-6)


def test_settings_and_versions_are_recorded_with_defaults():
    details = solve_model(knapsacks(1), Run(sense=Sense.MAX)).details()
    assert details["settings"]["mip_feasibility_tolerance"] == 1e-6
    assert details["settings"]["threads"] == 1
    assert details["settings"]["time_limit"] is None
    assert "highspy" in details["versions"]


@st.composite
def linear_programs(draw):
    seed, sense = draw(st.integers(0, 10**6)), draw(st.sampled_from(list(Sense)))
    rng = np.random.default_rng(seed)
    n, m = draw(st.integers(1, 6)), draw(st.integers(0, 5))
    low = rng.integers(-4, 1, m).astype(float)
    return LinearModel(rng.integers(-5, 6, n).astype(float), np.full(n, -3.0), np.full(n, 3.0),
                       rng.integers(-3, 4, (m, n)).astype(float), low, low + rng.integers(0, 6, m), sense=sense,
                       offset=float(rng.integers(-3, 4)))


@given(linear_programs())
def test_duals_prove_the_objective_in_either_sense(model):
    result = solve_lp(model)
    if result.status is not Status.OPTIMAL:
        assert result.status is Status.INFEASIBLE
        return
    assert model.cost == pytest.approx(model.matrix.T @ result.row_dual + result.reduced_cost, abs=1e-7)
    sign = 1.0 if model.sense is Sense.MIN else -1.0
    row, column = sign * result.row_dual, sign * result.reduced_cost
    dual = np.where(row > 0, model.row_lower, model.row_upper) @ row
    dual += np.where(column > 0, model.lower, model.upper) @ column
    assert sign * dual + model.offset == pytest.approx(result.objective, abs=1e-6)
    assert result.bound == pytest.approx(result.objective, abs=1e-9)


def test_a_warm_basis_needs_hardly_an_iteration():
    model = assignment(20)
    cold = solve_lp(model, options={"presolve": "off"})
    warm = solve_lp(model.replaced(cost=model.cost * 1.0001), basis=cold.basis, options={"presolve": "off"})
    assert cold.simplex_iterations > 10
    assert warm.simplex_iterations <= 2
    with pytest.raises(InputError, match="basis"):
        solve_lp(assignment(5), basis=cold.basis)


def test_the_linear_relaxation_of_a_mip_bounds_it():
    model = knapsacks(1)
    relaxed = solve_lp(model)
    assert relaxed.row_dual.shape == (model.rows,)
    assert relaxed.objective >= solve_model(model, Run(sense=Sense.MAX)).objective


def test_costs_below_the_tolerance_of_the_solver_are_scaled_and_bounds_are_in_the_models_units():
    rng = np.random.default_rng(4)
    weights = rng.integers(5, 40, size=30).astype(float)
    model = LinearModel(
        cost=1e-9 * weights * rng.uniform(0.9, 1.1, 30), lower=np.zeros(30), upper=np.ones(30),
        matrix=weights[None, :], row_lower=np.array([weights.sum() / 3]), row_upper=np.array([np.inf]),
        integer=np.ones(30, dtype=bool))
    large = model.replaced(cost=model.cost * 1e9)
    run, reference = Run(), Run()
    tiny, plain = solve_model(model, run), solve_model(large, reference)
    assert tiny.objective == pytest.approx(1e-9 * plain.objective, rel=1e-9)
    assert tiny.bound == pytest.approx(1e-9 * plain.bound, rel=1e-9)
    assert run.bound == pytest.approx(tiny.bound)
    relaxed, plain_lp = solve_lp(model), solve_lp(large)
    assert relaxed.row_dual == pytest.approx(1e-9 * plain_lp.row_dual, rel=1e-6)
    assert relaxed.reduced_cost == pytest.approx(1e-9 * plain_lp.reduced_cost, rel=1e-6, abs=1e-18)


def test_a_bound_that_rounding_carries_past_the_optimum_is_the_optimum():
    assert _not_beyond(4e-15, 0.0, Sense.MIN) == 0.0
    assert _not_beyond(-4e-15, 0.0, Sense.MIN) == -4e-15
    assert _not_beyond(-4e-15, 0.0, Sense.MAX) == 0.0
    assert _not_beyond(0.1, 0.0, Sense.MIN) == 0.1
