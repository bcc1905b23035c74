"""LinearModel and ModelBuilder: arrays are checked, names made on demand, blocks assembled right."""

import numpy as np
import pytest
from scipy import sparse

from ecoopt.core.errors import InputError
from ecoopt.core.run import Run
from ecoopt.core.status import Sense
from ecoopt.formulations.highs import LinearModel, ModelBuilder, solve_lp, solve_model


def test_all_wrong_shapes_are_reported_at_once():
    with pytest.raises(InputError) as wrong:
        LinearModel([1.0, 2.0], [0.0], [1.0, 1.0, 1.0], np.eye(2), [0.0], [0.0])
    assert {problem.field for problem in wrong.value.problems} == {"lower", "upper", "matrix"}


@pytest.mark.parametrize(("change", "field"), [
    ({"cost": [np.nan, 0.0]}, "cost"), ({"lower": [np.inf, 0.0]}, "lower"), ({"upper": [-np.inf, 0.0]}, "upper"),
    ({"row_lower": [np.nan]}, "row_lower"), ({"matrix": [[np.inf, 0.0]]}, "matrix"), ({"offset": np.nan}, "offset")])
def test_numbers_that_are_none_are_refused_by_field(change, field):
    model = LinearModel([1.0, 2.0], [0.0, 0.0], [1.0, 1.0], [[1.0, 1.0]], [0.0], [1.0])
    with pytest.raises(InputError) as wrong:
        model.replaced(**change)
    assert [problem.field for problem in wrong.value.problems] == [field]


def test_repeated_entries_add_up_and_the_given_matrix_stays_as_it_was():
    given = sparse.csr_array((np.array([1.0, 2.0, 0.0]), np.array([0, 0, 1]), np.array([0, 3])), shape=(1, 2))
    model = LinearModel([1.0, 1.0], [0, 0], [1, 1], given, [0.0], [1.0])
    assert model.matrix.toarray().tolist() == [[3.0, 0.0]]
    assert model.matrix.nnz == 1
    assert given.nnz == 3


def test_violation_is_that_of_the_worst_broken_rule():
    model = LinearModel([0.0, 0.0], [0.0, 0.0], [1.0, 5.0], [[1.0, 1.0]], [-np.inf], [4.0], integer=[False, True])
    assert model.violation(np.array([0.5, 2.0])) == 0.0
    assert model.violation(np.array([0.5, 5.0])) == pytest.approx(1.5 / 4)
    assert model.violation(np.array([0.5, 2.25])) == pytest.approx(0.25)
    assert model.violation(np.array([-0.125, 2.0])) == pytest.approx(0.125)
    assert model.violation(np.array([np.nan, 2.0])) == np.inf


def test_built_blocks_equal_the_matrix_written_by_hand():
    builder = ModelBuilder(Sense.MAX, offset=3.0)
    x = builder.add_columns("x", (2, 3), cost=[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], upper=1.0, integer=True)
    y = builder.add_columns("y", 2, lower=-1.0)
    once = builder.add_rows("once", 2, lower=1.0, upper=1.0)
    shared = builder.add_rows("shared", (), upper=2.0)
    builder.add_terms(once[:, None], x, 1.0)
    builder.add_terms(shared, y, [1.0, -1.0])
    builder.add_terms(shared, x[0, 0], 4.0)
    model = builder.model()
    expected = [[1, 1, 1, 0, 0, 0, 0, 0], [0, 0, 0, 1, 1, 1, 0, 0], [4, 0, 0, 0, 0, 0, 1, -1]]
    assert model.matrix.toarray().tolist() == expected
    assert model.integer.tolist() == [True] * 6 + [False] * 2
    assert (model.sense, model.offset) == (Sense.MAX, 3.0)
    assert [model.column_name(i) for i in (0, 5, 7)] == ["x[0,0]", "x[1,2]", "y[1]"]
    assert [model.row_name(i) for i in range(3)] == ["once[0]", "once[1]", "shared"]


def test_builder_refuses_what_does_not_fit():
    builder = ModelBuilder()
    with pytest.raises(InputError, match="does not broadcast"):
        builder.add_columns("x", 3, cost=[1.0, 2.0])
    x = builder.add_columns("y", 3)
    with pytest.raises(InputError, match="names no row"):
        builder.add_terms(0, x, 1.0)
    row = builder.add_rows("r", 2)
    with pytest.raises(InputError, match="do not broadcast"):
        builder.add_terms(row, x, 1.0)


def test_a_model_without_names_numbers_them():
    model = LinearModel([1.0], [0.0], [1.0], [[1.0]], [0.0], [1.0])
    assert (model.column_name(0), model.row_name(0)) == ("x[0]", "row[0]")


def test_an_empty_builder_is_an_empty_model():
    assert solve_model(ModelBuilder(offset=2.0).model(), Run()).objective == 2.0


def test_a_built_transport_problem_has_its_known_optimum():
    supply, demand = np.array([20.0, 30.0]), np.array([10.0, 25.0, 15.0])
    cost = np.array([[2.0, 3.0, 1.0], [5.0, 4.0, 8.0]])
    builder = ModelBuilder()
    ship = builder.add_columns("ship", (2, 3), cost=cost)
    builder.add_terms(builder.add_rows("supply", 2, upper=supply)[:, None], ship, 1.0)
    builder.add_terms(builder.add_rows("demand", 3, lower=demand)[None, :], ship, 1.0)
    # 5 of the first and all of the third from the cheap plant, the rest from the other.
    assert solve_lp(builder.model()).objective == pytest.approx(5 * 2 + 15 * 1 + 5 * 5 + 25 * 4)
