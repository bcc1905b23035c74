import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.core.errors import InputError
from ecoopt.instances.keepalive import KeepAliveSchedule

ROWS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.integers(1, 8), st.integers(1, 30)), max_size=8)
COLUMNS = ("keep_cell", "keep_generation", "keep_containers", "keep_min")


def content(rows, runs) -> dict:
    return {"family": "keepalive", "schema_version": 1, "runs": runs,
            **{name: [row[i] for row in rows] for i, name in enumerate(COLUMNS)}}


@given(ROWS, st.lists(st.lists(st.integers(0, 8), min_size=2, max_size=2), max_size=6))
def test_json_round_trip_keeps_every_row(rows, runs):
    schedule = KeepAliveSchedule.from_content(content(rows, runs), "s")
    again = KeepAliveSchedule.from_content(json.loads(schedule.model_dump_json()), "s")
    assert again == schedule
    assert again.runs.dtype == np.int32
    assert [list(row) for row in zip(*(getattr(again, name).tolist() for name in COLUMNS), strict=True)] == [
        list(row) for row in rows]


def test_columns_of_different_length_are_refused_with_their_sizes():
    wrong = content([(0, 0, 1, 5)], [[1, 0]]) | {"keep_min": []}
    with pytest.raises(InputError, match="columns of keeps differ in length"):
        KeepAliveSchedule.from_content(wrong, "s")


@pytest.mark.parametrize("change", [
    {"runs": [[1, -1]]}, {"runs": [[1.5, 0]]}, {"runs": [[1], [1, 0]]}, {"runs": [[2**40, 0]]}, {"keep_min": [-1]},
    {"keep_cell": ["0"]}, {"keep_containers": [True]}, {"objective": 1.0}, {"family": "pool"}, {"schema_version": 2}])
def test_anything_but_a_decision_is_refused_by_field(change):
    right = content([(0, 0, 1, 5)], [[1, 0]])
    KeepAliveSchedule.from_content(right, "s")
    with pytest.raises(InputError, match=next(iter(change))):
        KeepAliveSchedule.from_content(right | change, "s")


def test_all_wrong_fields_are_named_at_once():
    with pytest.raises(InputError) as caught:
        KeepAliveSchedule.from_content(content([(0, 0, 1, 5)], [[-1, 0]]) | {"keep_cell": [-1], "x": 0}, "s")
    assert {problem.field for problem in caught.value.problems} == {"runs", "keep_cell", "x"}
