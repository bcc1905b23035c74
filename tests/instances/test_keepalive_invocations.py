import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ecoopt.core.errors import InputError
from ecoopt.instances.keepalive import Invocations

TABLES = st.tuples(st.integers(1, 5), st.integers(1, 12)).flatmap(
    lambda shape: arrays(np.int64, shape, elements=st.sampled_from([0, 0, 0, 1, 2, 7])))


def dense(calls: Invocations) -> np.ndarray:
    table = np.zeros((calls.functions, calls.horizon_min), dtype=np.int64)
    table[calls.cell_function, calls.minutes] = calls.counts
    return table


@given(TABLES)
def test_sparse_form_holds_exactly_the_dense_table(table):
    calls = Invocations.from_dense(table)
    assert (dense(calls) == table).all()
    assert calls.calls == table.sum()
    assert calls.cells == np.count_nonzero(table)


@given(TABLES, st.data())
def test_window_is_the_dense_slice(table, data):
    start = data.draw(st.integers(0, table.shape[1] - 1))
    end = data.draw(st.integers(start + 1, table.shape[1]))
    assert (dense(Invocations.from_dense(table).window(start, end)) == table[:, start:end]).all()


@given(TABLES, st.data())
def test_windows_of_a_window_compose(table, data):
    start = data.draw(st.integers(0, table.shape[1] - 1))
    calls = Invocations.from_dense(table)
    end = table.shape[1]
    inner = data.draw(st.integers(start, end - 1))
    assert calls.window(start, end).window(inner - start, end - start) == calls.window(inner, end)


@given(TABLES, st.data())
def test_select_is_dense_row_choice_with_repeats_and_order(table, data):
    chosen = data.draw(st.lists(st.integers(0, table.shape[0] - 1), min_size=1, max_size=6))
    assert (dense(Invocations.from_dense(table).select(chosen)) == table[chosen]).all()


@given(TABLES, st.data())
def test_select_and_window_commute(table, data):
    chosen = data.draw(st.lists(st.integers(0, table.shape[0] - 1), min_size=1, max_size=4))
    calls, half = Invocations.from_dense(table), max(1, table.shape[1] // 2)
    assert calls.select(chosen).window(0, half) == calls.window(0, half).select(chosen)


@given(TABLES)
def test_json_round_trip_keeps_content_and_digest(table):
    calls = Invocations.from_dense(table)
    again = Invocations.from_content(json.loads(calls.model_dump_json()), "file")
    assert again == calls
    assert again.digest == calls.digest


def test_every_problem_is_named_at_once():
    with pytest.raises(InputError) as caught:
        Invocations.from_content(
            {"horizon_min": 5, "offsets": [0, 2, 4], "minutes": [3, 3, 1, 9], "counts": [1, 0, 1, 10**7]}, "f.json")
    text = str(caught.value)
    assert "minutes[1] does not come after" in text
    assert "minutes[3] = 9 lies beyond horizon_min = 5" in text
    assert "counts[1] is zero" in text
    assert "counts[3] is over" in text


@pytest.mark.parametrize(("change", "message"), [
    ({"horizon_min": 0}, "horizon_min"),
    ({"horizon_min": 10**9}, "horizon_min"),
    ({"offsets": []}, "offsets must run from 0"),
    ({"offsets": [0, 1]}, "offsets must run from 0 to the number of cells, 2"),
    ({"offsets": [0, 2, 1, 2]}, "offsets must not decrease"),
    ({"counts": [1]}, "counts has 1 entries, minutes has 2"),
    ({"counts": [1, 1.5]}, "not a whole number"),
    ({"minutes": [1, -2]}, "must be >= 0"),
    ({"minutes": [2, 1]}, "sort each function's minutes"),
    ({"surprise": 1}, "surprise: unknown key"),
])
def test_malformed_cells_are_refused_in_one_line(change, message):
    content = {"horizon_min": 5, "offsets": [0, 2], "minutes": [1, 2], "counts": [1, 1]}
    Invocations.from_content(content, "f")
    with pytest.raises(InputError) as caught:
        Invocations.from_content(content | change, "f")
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == len(caught.value.problems)


def test_equal_minutes_are_allowed_across_functions_and_empty_functions_anywhere():
    calls = Invocations(horizon_min=3, offsets=[0, 0, 1, 1, 2, 2], minutes=[2, 2], counts=[1, 4])
    assert calls.cell_function.tolist() == [1, 3]
    assert calls.functions == 5


def test_arrays_are_read_only():
    calls = Invocations.from_dense([[1, 0, 2]])
    with pytest.raises(ValueError, match="read-only"):
        calls.minutes[0] = 1
