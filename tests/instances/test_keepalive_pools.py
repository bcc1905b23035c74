from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ecoopt.instances.keepalive import Invocations, shared_pools_gb, warm_memory_gb

TABLES = arrays(np.int64, st.tuples(st.integers(1, 4), st.integers(1, 20)), elements=st.sampled_from([0, 0, 1, 2, 5]))


@given(TABLES, st.integers(0, 8))
def test_warm_memory_is_the_sum_over_gaps_minute_by_minute(table, longest):
    memory = np.linspace(0.1, 0.9, table.shape[0])
    expected = np.zeros(table.shape[1])
    for f, row in enumerate(table):
        active = np.flatnonzero(row)
        for first, then in pairwise(active):
            if then - first <= longest:
                expected[first:then] += memory[f] * min(row[first], row[then])
    occupied = warm_memory_gb(Invocations.from_dense(table), memory, longest)
    assert np.allclose(occupied, expected, atol=1e-12)


@given(TABLES, st.integers(0, 8), st.floats(0.01, 2), st.integers(1, 4))
def test_pools_hold_the_share_of_the_peak_together_and_at_least_of_one_container(table, longest, share, generations):
    calls, memory = Invocations.from_dense(table), np.linspace(0.1, 0.9, table.shape[0])
    pools = shared_pools_gb(calls, memory, longest, share, generations)
    peak = max(warm_memory_gb(calls, memory, longest).max(), memory.max())
    assert len(set(pools.tolist())) == 1
    assert pools.sum() == pytest.approx(share * peak, rel=1e-12)
    assert (pools > 0).all()
