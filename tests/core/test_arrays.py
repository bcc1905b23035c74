"""Array fields."""

from typing import Annotated

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.core.arrays import BoolVector, FloatVector, IndexVector, NonNegativeMatrix, PositiveVector, array_field
from ecoopt.core.errors import InputError
from ecoopt.core.record import Record

Byte = Annotated[np.ndarray, *array_field("uint8", le=200)]


class Table(Record):
    floats: FloatVector = []
    index: IndexVector = []
    matrix: NonNegativeMatrix = [[]]
    positive: PositiveVector = []
    flags: BoolVector = []
    byte: Byte = []


def refusal(**fields):
    with pytest.raises(InputError) as caught:
        Table.from_content(fields, "t")
    assert len(caught.value.problems) == 1
    return str(caught.value)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)))
def test_a_list_comes_back_as_it_was(values):
    table = Table(floats=values)
    assert table.floats.dtype == np.float64
    assert table.model_dump(mode="json")["floats"] == values


def test_arrays_in_memory_are_read_only_and_the_callers_own_array_is_not_frozen():
    mine = np.ones(3)
    table = Table(floats=mine)
    with pytest.raises(ValueError, match="read-only"):
        table.floats[0] = 2
    mine[0] = 5
    assert table.floats[0] == 1


@pytest.mark.parametrize(("field", "value", "message"), [
    ("floats", [1.0, float("nan")], "entry [1] = nan is not finite"),
    ("floats", [1.0, float("-inf")], "entry [1] = -inf is not finite"),
    ("floats", ["1", "2"], "entries are not numbers"),
    ("floats", [True, False], "entries are not numbers"),
    ("floats", [True, 2], "a boolean stands among the entries"),
    ("matrix", [[1.0, 2.0], [3, True]], "a boolean stands among the entries"),
    ("floats", "12", "expected a list"),
    ("floats", 3, "expected a list"),
    ("floats", None, "expected a list"),
    ("floats", {"a": 1}, "expected a list"),
    ("floats", [[1.0]], "has 2 dimension(s), expected 1"),
    ("floats", [1, [2]], "rows differ in length"),
    ("matrix", [[1.0, 2.0], [3.0]], "rows differ in length"),
    ("matrix", [1.0], "has 1 dimension(s), expected 2"),
    ("matrix", [[1.0, -2.0]], "entry [0][1] = -2.0 must be >= 0"),
    ("index", [0, -1], "entry [1] = -1 must be >= 0"),
    ("index", [0.5], "entry [0] = 0.5 is not a whole number"),
    ("index", [1e300], "out of range"),
    ("index", [2**80], "not numbers"),
    ("index", [2**63, 30], "out of range"),
    ("index", [2.0**63], "out of range"),
    ("index", [2**64 - 1], "out of range"),
    ("index", [2**53 + 1, 0.0], "out of range"),
    ("positive", [0.0], "must be > 0"),
    ("flags", [0, 1], "entries are not booleans"),
    ("byte", [201], "must be <= 200"),
    ("byte", [256], "out of range"),
])
def test_a_wrong_entry_is_named_with_its_place(field, value, message):
    assert message in refusal(**{field: value})


def test_whole_numbers_written_as_floats_are_whole_numbers():
    assert Table(index=[1.0, 2.0]).index.tolist() == [1, 2]


@given(st.lists(st.integers(0, 2**64) | st.floats(0, 1e20).map(np.floor), min_size=1, max_size=3))
def test_a_whole_number_is_kept_exactly_or_refused(values):
    try:
        table = Table.from_content({"index": values}, "t")
    except InputError:
        assert max(values) >= 2**53
    else:
        assert [int(value) for value in values] == table.index.tolist()


def test_an_empty_list_is_an_empty_array_of_any_dimension():
    assert Table(matrix=[]).matrix.shape == (0, 0)


def test_an_unknown_limit_is_a_mistake_of_ours():
    with pytest.raises(AssertionError):
        array_field(float, lower=0)


def test_the_json_schema_says_type_dimension_and_limits():
    schema = Table.model_json_schema()["properties"]
    assert schema["matrix"]["items"] == {"type": "array", "items": {"type": "number", "minimum": 0}}
    assert schema["byte"]["items"] == {"type": "integer", "maximum": 200}
