"""Hand-over of Pyomo models: the same optimum as Pyomo's own two interfaces, and every shape of body read right."""

import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyomo.common.errors import InfeasibleConstraintException
from pyomo.core.expr.numeric_expr import LinearExpression
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

from ecoopt.core.errors import InputError
from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Status
from ecoopt.formulations.highs import hand_over, solve_model
from ecoopt.formulations.highs.column_index import ColumnIndex

numbers = st.integers(-5, 5)


@st.composite
def models(draw, fixing=True):
    """Draw a small model with ranges, equalities, free, fixed and whole variables, in every shape of body."""
    n, rows = draw(st.integers(1, 5)), draw(st.integers(0, 4))
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(n))
    for i in range(n):
        model.x[i].domain = draw(st.sampled_from([pyo.Reals, pyo.NonNegativeReals, pyo.Integers, pyo.Binary]))
        bounded = draw(st.integers(0, 3)) > 0 or model.x[i].domain is pyo.Integers
        if bounded:
            model.x[i].setlb(draw(st.integers(-4, 0)))
            model.x[i].setub(draw(st.integers(0, 4)))
        if fixing and draw(st.integers(0, 4)) == 0:
            model.x[i].fix(draw(st.integers(0, 1)))
    model.weight = pyo.Param(range(n), mutable=True, initialize={i: draw(numbers) for i in range(n)})
    model.row = pyo.ConstraintList()
    for _ in range(rows):
        body = draw_body(draw, model, n)
        low, high = sorted((draw(st.integers(-8, 8)), draw(st.integers(-8, 8))))
        kind = draw(st.sampled_from(["<=", ">=", "==", "range", "both sides"]))
        if kind == "<=":
            model.row.add(body <= high)
        elif kind == ">=":
            model.row.add(body >= low)
        elif kind == "==":
            model.row.add(body == low)
        elif kind == "range":
            model.row.add((low, body, high))
        else:
            model.row.add(body <= high + model.x[0])
    objective = draw_body(draw, model, n)
    model.cost = pyo.Objective(expr=objective, sense=draw(st.sampled_from([pyo.minimize, pyo.maximize])))
    return model


def draw_body(draw, model, n):
    coefficients = [draw(numbers) for _ in range(n)]
    terms = [model.x[i] for i in range(n)]
    constant = draw(numbers)
    kind = draw(st.sampled_from(["linear", "sum", "parameters", "nested", "repeated", "fixed product"]))
    if kind == "linear":
        return LinearExpression(constant=constant, linear_coefs=coefficients, linear_vars=terms)
    if kind == "sum":
        return sum(c * x for c, x in zip(coefficients, terms, strict=True)) + constant + terms[0]
    if kind == "parameters":
        return sum(model.weight[i] * terms[i] for i in range(n)) + model.weight[0] + terms[0]
    if kind == "nested":
        return 2 * (terms[0] - (constant + terms[-1])) / 4
    if kind == "repeated":
        return LinearExpression(constant=0, linear_coefs=[*coefficients, 3.0], linear_vars=[*terms, terms[0]])
    fixed = [x for x in terms if x.fixed]
    return (fixed[0] * terms[-1] if fixed else terms[0]) + constant + 0 * terms[0]


def answer_of(solver, model) -> tuple[str, float | None]:
    """Return what one of Pyomo's own interfaces says."""
    solver.config.time_limit = 10
    solver.config.load_solution = False
    solver.highs_options = {"mip_rel_gap": 0.0, "presolve": "on"}
    result = solver.solve(model)
    name = result.termination_condition.name
    return name, result.best_feasible_objective


def v2_answer(model) -> tuple[str, float | None]:
    from pyomo.contrib.solver.solvers.highs import Highs

    result = Highs().solve(model, raise_exception_on_nonoptimal_result=False, load_solutions=False, rel_gap=0.0)
    return result.termination_condition.name, result.incumbent_objective


@given(models())
def test_three_hand_overs_agree_on_the_optimum(model):
    from pyomo.contrib.appsi.solvers import Highs

    sense = Sense.MIN if model.cost.sense == pyo.minimize else Sense.MAX
    ours = solve_model(model, Run(sense=sense))
    name, objective = answer_of(Highs(), model)
    second_name, second = v2_answer(model)
    if ours.status is Status.OPTIMAL:
        assert name == "optimal"
        assert second_name == "convergenceCriteriaSatisfied"
        assert ours.objective == pytest.approx(objective, abs=1e-6)
        assert ours.objective == pytest.approx(second, abs=1e-6)
    else:
        assert ours.status in (Status.INFEASIBLE, Status.UNBOUNDED)
        assert objective is None or not np.isfinite(objective)
        assert name in ("infeasible", "unbounded", "infeasibleOrUnbounded")
        assert second_name in ("provenInfeasible", "unbounded", "infeasibleOrUnbounded")


# Pyomo's compiler keeps a fixed variable as a column once a sibling was met, so that a product with it is nonlinear.
@given(models(fixing=False))
def test_the_arrays_equal_those_of_pyomos_own_compiler(model):
    try:
        theirs = LinearStandardFormCompiler().write(model, mixed_form=True, set_sense=None)
    except InfeasibleConstraintException:
        assert solve_model(model, Run(sense=hand_over(model).model.sense)).status is Status.INFEASIBLE
        return
    handed = hand_over(model)
    column = {id(variable): at for at, variable in enumerate(handed.variables)}
    row = {id(constraint): at for at, constraint in enumerate(handed.constraints)}
    dense = theirs.A.toarray()
    where = [column[id(variable)] for variable in theirs.columns]
    for at, (constraint, kind) in enumerate(theirs.rows):
        ours = row[id(constraint)]
        assert handed.model.matrix.toarray()[ours][where] == pytest.approx(dense[at])
        bound = handed.model.row_lower[ours] if kind < 0 else handed.model.row_upper[ours]
        assert bound == pytest.approx(theirs.rhs[at])
    assert handed.model.cost[where] == pytest.approx(theirs.c.toarray()[0])
    assert handed.model.offset == pytest.approx(theirs.c_offset[0])


def small() -> pyo.ConcreteModel:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(["a", "b", "c"], bounds=(0, 4))
    return model


def test_a_fixed_variable_is_its_value_whatever_its_bounds_and_domain():
    model = small()
    model.y = pyo.Var(domain=pyo.Binary)
    model.y.fix(2.5)
    model.row = pyo.Constraint(expr=model.x["a"] + model.y >= 3.0)
    model.cost = pyo.Objective(expr=model.x["a"])
    result = solve_model(model, Run())
    assert result.objective == pytest.approx(0.5)


def test_a_variable_that_appears_nowhere_is_a_column_all_the_same():
    model = small()
    model.cost = pyo.Objective(expr=model.x["b"])
    handed = hand_over(model)
    assert [variable.name for variable in handed.variables] == ["x[a]", "x[b]", "x[c]"]
    assert handed.model.cost.tolist() == [0.0, 1.0, 0.0]


def test_a_range_is_one_row_and_constants_move_to_the_bounds_and_the_offset():
    model = small()
    body = LinearExpression(constant=2.0, linear_coefs=[1.0, 3.0], linear_vars=[model.x["a"], model.x["c"]])
    model.row = pyo.Constraint(expr=(1.0, body, 7.0))
    model.cost = pyo.Objective(expr=model.x["a"] + 5.0, sense=pyo.maximize)
    arrays = hand_over(model).model
    assert arrays.matrix.toarray().tolist() == [[1.0, 0.0, 3.0]]
    assert (arrays.row_lower.tolist(), arrays.row_upper.tolist()) == ([-1.0], [5.0])
    assert (arrays.offset, arrays.sense) == (5.0, Sense.MAX)


def test_a_row_without_variables_that_cannot_hold_makes_the_model_infeasible():
    model = small()
    model.row = pyo.Constraint(expr=LinearExpression(constant=5.0, linear_coefs=[], linear_vars=[]) <= 1.0)
    assert solve_model(model, Run()).status is Status.INFEASIBLE


def test_variables_of_other_blocks_and_references_are_columns_once():
    outside = small()
    model = pyo.ConcreteModel()
    model.own = pyo.Var(bounds=(0, 1))
    model.again = pyo.Reference(model.own)
    model.row = pyo.Constraint(expr=model.own + outside.x["b"] >= 2.0)
    model.mixed = pyo.Constraint(expr=2.0 * (outside.x["c"] + model.own) <= 9.0)
    model.cost = pyo.Objective(expr=outside.x["b"] + 2.0 * model.own)
    handed = hand_over(model)
    assert len(handed.variables) == 3
    assert solve_model(handed, Run()).objective == pytest.approx(2.0)


def test_deactivated_rows_and_blocks_are_left_out():
    model = small()
    model.row = pyo.Constraint(["a", "b"], rule=lambda m, i: m.x[i] >= 1.0)
    model.row["b"].deactivate()
    model.block = pyo.Block()
    model.block.row = pyo.Constraint(expr=model.x["c"] >= 2.0)
    model.block.deactivate()
    model.cost = pyo.Objective(expr=sum(model.x.values()))
    assert solve_model(model, Run()).objective == pytest.approx(1.0)


def test_all_nonlinear_rows_are_named_at_once():
    model = small()
    model.square = pyo.Constraint(expr=model.x["a"] ** 2 <= 1.0)
    model.product = pyo.Constraint(expr=model.x["a"] * model.x["b"] <= 1.0)
    model.cost = pyo.Objective(expr=pyo.exp(model.x["a"]))
    with pytest.raises(InputError) as wrong:
        hand_over(model)
    assert [problem.field for problem in wrong.value.problems] == ["square", "product", "cost"]


def two_objectives(model):
    model.one, model.two = pyo.Objective(expr=model.x["a"]), pyo.Objective(expr=model.x["b"])


def special_ordered_set(model):
    model.set = pyo.SOSConstraint(var=model.x, sos=1)


def fixed_without_value(model):
    model.x["a"].fixed = True


def odd_domain(model):
    model.odd = pyo.Var(domain=pyo.Set(initialize=[1, 3, 7]))


@pytest.mark.parametrize(("spoil", "text"), [
    (two_objectives, "more than one active objective"), (special_ordered_set, "cannot be handed over"),
    (fixed_without_value, "without a value"), (odd_domain, "no range of numbers")])
def test_what_has_no_linear_meaning_is_refused(spoil, text):
    model = small()
    spoil(model)
    with pytest.raises(InputError, match=text):
        hand_over(model)


@pytest.mark.parametrize("thing", [None, "model", 3, np.zeros(3)])
def test_what_is_no_model_is_refused(thing):
    with pytest.raises(InputError, match="ConcreteModel"):
        hand_over(thing)


def test_an_abstract_model_is_refused():
    with pytest.raises(InputError, match="create_instance"):
        hand_over(pyo.AbstractModel())


def test_columns_rows_start_and_load_lead_back_to_the_model():
    model = small()
    model.row = pyo.Constraint(["p", "q"], rule=lambda m, i: m.x["a"] + m.x["c"] >= (3.0 if i == "p" else 1.0))
    model.cost = pyo.Objective(expr=model.x["a"] + 2.0 * model.x["c"] + model.x["b"])
    handed = hand_over(model)
    assert handed.columns_of(model.x).tolist() == [0, 1, 2]
    assert handed.columns_of(model.x["c"]).tolist() == [2]
    assert handed.rows_of(model.row).tolist() == [0, 1]
    with pytest.raises(InputError, match="has no value"):
        handed.start()
    handed.load(solve_model(handed, Run()).x)
    assert handed.start().tolist() == pytest.approx([3.0, 0.0, 0.0])
    assert handed.model.row_names()[:2] == ["row[p]", "row[q]"]


def test_wrong_coefficients_are_named_by_their_row():
    model = small()
    model.good = pyo.Constraint(expr=model.x["a"] >= 0.5)
    model.bad = pyo.Constraint(
        expr=LinearExpression(constant=0, linear_coefs=[float("nan")], linear_vars=[model.x["a"]]) <= 1.0)
    with pytest.raises(InputError, match="bad"):
        hand_over(model)


class Thing:
    """Something with an identity."""


@pytest.mark.parametrize("table", [True, False])
def test_the_column_index_finds_what_it_holds_and_nothing_else(table):
    things, strangers = [Thing() for _ in range(300)], [Thing() for _ in range(50)]
    index = ColumnIndex([*things, things[7]])
    if not table:
        index._table = None
        index._order = np.argsort(index._ids)
        index._sorted = index._ids[index._order]
    assert index.find(np.array([id(t) for t in things])).tolist() == list(range(300))
    assert (index.find(np.array([id(t) for t in strangers])) == -1).all()
    index.append(strangers)
    assert index.find(np.array([id(strangers[3])])).tolist() == [303]
