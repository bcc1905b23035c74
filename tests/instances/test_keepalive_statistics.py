from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ecoopt.instances.keepalive import Invocations, trace_statistics

TABLES = arrays(np.int64, st.tuples(st.integers(1, 5), st.integers(4, 25)), elements=st.sampled_from([0, 0, 1, 1, 3]))


@given(TABLES)
def test_figures_equal_a_plain_count_function_by_function(table):
    assume((np.count_nonzero(table, axis=1) >= 3).any())
    figures = trace_statistics(Invocations.from_dense(table))
    shares, pooled, timers, spreads = [], [], [], []
    for row in table:
        gaps = np.diff(np.flatnonzero(row)).tolist()
        if len(gaps) < 2:
            continue
        pooled += gaps
        shares.append(np.mean([gap <= 2 for gap in gaps]))
        timers.append(max(Counter(gaps).values()) >= 0.95 * len(gaps))
        if not timers[-1]:
            between_calls = np.diff(np.repeat(np.arange(len(row)), row))
            spreads.append(between_calls.std() / between_calls.mean())
    assert figures.mean_gap_share(2) == pytest.approx(np.mean(shares))
    assert figures.pooled_gap_share(2) == pytest.approx(np.mean([gap <= 2 for gap in pooled]))
    assert figures.timer_share == pytest.approx(np.mean(timers))
    if spreads:
        assert figures.gap_cv[4] == pytest.approx(np.median(spreads))
    assert figures.mean_count == pytest.approx(table[table > 0].mean())
    assert (figures.calls, figures.cells) == (table.sum(), np.count_nonzero(table))


def test_timer_and_its_period_are_recognised():
    table = np.zeros((2, 1440), dtype=int)
    table[0, 3::15] = 2
    table[1, [0, 7, 9, 40]] = 1
    figures = trace_statistics(Invocations.from_dense(table))
    assert figures.timer_share == 0.5
    assert figures.timer_period_pmf == {15: 1.0}
    assert figures.calls_per_day[-1] == pytest.approx(192, rel=0.02)


def test_a_trace_without_gaps_is_refused():
    with pytest.raises(ValueError, match="longer trace"):
        trace_statistics(Invocations.from_dense([[1, 1, 0, 0]]))


def test_the_published_sample_has_the_published_figures(shared_data):
    with np.load(shared_data / "serverless" / "ecolife_azure_1000fn_12d_per_minute.npz") as archive:
        figures = trace_statistics(Invocations.from_dense(archive["counts"]))
    assert (figures.calls, figures.cells) == (10_399_402, 5_152_920)
    assert figures.timer_share == pytest.approx(0.446, abs=5e-4)
    assert figures.timer_period_pmf[5] == pytest.approx(0.1973, abs=5e-5)
    assert figures.mean_gap_share(10) == pytest.approx(0.6482, abs=5e-5)
    assert figures.pooled_gap_share(1) == pytest.approx(0.7215, abs=5e-5)
    assert figures.gap_cv[5] == pytest.approx(2.9565, rel=0.01)
    assert np.allclose(figures.calls_per_day[3:], [24.0, 287.75, 1014.0, 2212.7, 4382.2, 8632.9], rtol=1e-3)
