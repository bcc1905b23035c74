"""Generated traces show the figures of EcoLife's sample of the Azure Functions 2019 trace, as published."""

import numpy as np
import pytest

from ecoopt.instances.keepalive import calibration as law
from ecoopt.instances.keepalive import trace_statistics
from ecoopt.instances.keepalive.processes import draw_processes
from ecoopt.instances.keepalive.simulate import simulate

DAY = 1440


@pytest.fixture(scope="module")
def calls():
    rng = np.random.default_rng(7)
    drawn = draw_processes(rng, 2500, timer_share=0.45, heavy_share=0.0, aligned_share=law.TIMER_ALIGNED)
    return simulate(drawn, rng, 12 * DAY, 480, law.DIURNAL_AMPLITUDE)


@pytest.fixture(scope="module")
def statistics(calls):
    return trace_statistics(calls)


def test_share_of_timers(statistics):
    assert statistics.timer_share == pytest.approx(0.446, abs=0.03)


@pytest.mark.parametrize(("period", "share"), [(1, 0.352), (5, 0.1973), (15, 0.0359), (60, 0.0583), (1440, 0.1704)])
def test_periods_of_timers(statistics, period, share):
    assert statistics.timer_period_pmf[period] == pytest.approx(share, abs=0.035)


@pytest.mark.parametrize(("minutes", "mean", "pooled"), [
    (1, 0.3170, 0.7215), (5, 0.5838, 0.9505), (10, 0.6482, 0.9744), (20, 0.7184, 0.9898), (30, 0.7435, 0.9929),
    (60, 0.8073, 0.9973)])
def test_distribution_of_gaps(statistics, minutes, mean, pooled):
    assert statistics.mean_gap_share(minutes) == pytest.approx(mean, abs=0.03)
    assert statistics.pooled_gap_share(minutes) == pytest.approx(pooled, abs=0.025 if minutes == 1 else 0.008)


def test_mean_calls_in_an_active_minute(statistics):
    assert statistics.mean_count == pytest.approx(2.02, abs=0.2)


def test_quantiles_of_calls_per_day(statistics):
    published = np.array([24.0, 287.75, 1014.0, 2212.7, 4382.2, 8632.9])
    assert np.allclose(statistics.calls_per_day[3:], published, rtol=0.35)
    assert statistics.calls_per_day[2] == pytest.approx(2.0, abs=1.5)


def test_shares_of_slow_functions(calls):
    per_day = np.bincount(calls.cell_function, weights=calls.counts, minlength=calls.functions) / 12
    assert (per_day <= 24.01).mean() == pytest.approx(0.259, abs=0.03)
    assert (per_day <= 1440.01).mean() == pytest.approx(0.824, abs=0.03)


def test_variability_of_gaps(statistics):
    published = np.array([0.41601, 1.4913, 2.9565, 5.3793, 7.2276, 11.214])
    assert np.allclose(statistics.gap_cv[3:], published, rtol=0.3)


def test_daily_swing(statistics):
    assert statistics.peak_to_trough == pytest.approx(1.13, abs=0.05)
