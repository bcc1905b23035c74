import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecoopt.instances.keepalive import calibration as law
from ecoopt.instances.keepalive.processes import HEAVY, RENEWAL, TIMER, CallProcesses, draw_processes, hyperexponential
from ecoopt.instances.keepalive.simulate import simulate

DAY = 1440


def processes(kind, **columns) -> CallProcesses:
    size = max(len(np.atleast_1d(value)) for value in columns.values())
    fields = {"period_min": 1, "phase_min": 0, "mean_gap_min": 0.0, "gap_cv": 0.0, "burst_share": 0.0,
              "short_gap_min": 1.0, "long_gap_min": 1.0, "calls": 1.0, "steady": True} | columns
    integer = ("period_min", "phase_min")
    kinds = {"steady": bool} | dict.fromkeys(integer, np.int64)
    return CallProcesses(kind=np.full(size, kind, dtype=np.int64), **{
        name: np.broadcast_to(np.asarray(value, dtype=kinds.get(name, np.float64)), (size,)).copy()
        for name, value in fields.items()})


@given(st.floats(1.06, 2000), st.floats(1.001, 6))
def test_hyperexponential_gaps_have_the_mean_and_variation_asked_for(mean, cv):
    share, short, long = (float(x[0]) for x in hyperexponential(np.array([mean]), np.array([cv])))
    second = share * (2 * short**2 - short) + (1 - share) * (2 * long**2 - long)
    assert 0 < share < 1
    assert 1 <= short <= mean <= long * (1 + 1e-12)
    assert share * short + (1 - share) * long == pytest.approx(mean, rel=1e-9)
    assert second / mean**2 - 1 == pytest.approx(cv**2, rel=1e-6)


@settings(max_examples=15)
@given(st.sampled_from([2, 5, 15, 60, 1440]), st.integers(0, 1439), st.integers(0, 1439))
def test_timers_call_on_their_phase_of_the_utc_clock_but_for_rare_jitter(period, phase, clock):
    phase %= period
    timer = processes(TIMER, period_min=period, phase_min=phase, calls=3.0)
    calls = simulate(timer, np.random.default_rng(0), 20 * DAY, clock, 0.0)
    off = (calls.minutes + clock - phase) % period
    assert np.isin(off, [0, 1, period - 1]).all()
    assert (off != 0).mean() < 0.01
    assert (calls.counts % 3 == 0).all()
    assert abs(calls.calls - 3 * 20 * DAY / period) <= 3 * 2


@pytest.mark.parametrize(("mean", "cv"), [(1.3, 0.4), (5.0, 0.1), (12.0, 0.7), (40.0, 1.0), (3.0, 1.5), (25.0, 3.0)])
def test_renewal_processes_have_the_gaps_asked_for(mean, cv):
    share, short, long = hyperexponential(np.array([mean]), np.array([cv]))
    law_of_calls = processes(RENEWAL, mean_gap_min=np.full(8, mean), gap_cv=cv, burst_share=share[0],
                             short_gap_min=short[0], long_gap_min=long[0])
    calls = simulate(law_of_calls, np.random.default_rng(5), 200 * DAY, 0, 0.0)
    gaps = np.diff(calls.minutes)
    gaps = gaps[gaps > 0]
    # Rounding to whole minutes changes the variance by at most a quarter.
    assert gaps.mean() == pytest.approx(mean, rel=0.05)
    assert gaps.var() == pytest.approx((cv * mean) ** 2, rel=0.2, abs=0.25)


def test_stationary_from_the_first_minute():
    law_of_calls = processes(RENEWAL, mean_gap_min=np.full(4000, 50.0), gap_cv=0.3)
    calls = simulate(law_of_calls, np.random.default_rng(1), 500, 0, 0.0)
    per_part = np.bincount(calls.minutes // 100, minlength=5) / 4000
    assert np.allclose(per_part, 2.0, rtol=0.06)


def test_heavy_functions_call_at_their_rate_and_follow_the_wave():
    calls = simulate(processes(HEAVY, calls=np.full(50, 14.0)), np.random.default_rng(2), 4 * DAY, 0, 0.4)
    hourly = np.bincount(calls.minutes // 60 % 24, weights=calls.counts)
    assert calls.calls / (50 * 4 * DAY) == pytest.approx(14.0, rel=0.02)
    assert hourly.argmax() in (13, 14)
    assert hourly.max() / hourly.min() == pytest.approx(1.4 / 0.6, rel=0.05)


def test_wave_leaves_timers_alone():
    timers = processes(TIMER, period_min=np.full(30, 5), steady=False, calls=4.0)
    with_wave, without = (simulate(timers, np.random.default_rng(3), DAY, 0, wave) for wave in (0.8, 0.0))
    assert with_wave == without


def test_shares_of_kinds_are_kept_up_to_rounding():
    drawn = draw_processes(np.random.default_rng(0), 37, timer_share=0.5, heavy_share=0.1, aligned_share=1.0)
    assert [(drawn.kind == kind).sum() for kind in (TIMER, HEAVY, RENEWAL)] == [18, 4, 15]
    timer = drawn.kind == TIMER
    assert np.isin(drawn.period_min[timer], list(law.TIMER_PERIOD_PMF)).all()
    assert (drawn.phase_min[timer] % np.minimum(drawn.period_min[timer], 60) == 0).all()


def test_laws_of_calibration_are_distributions():
    assert sum(law.TIMER_PERIOD_PMF.values()) == pytest.approx(1, abs=1e-3)
    assert sum(law.MINUTE_TIMER_CALLS_PMF) == pytest.approx(1)
    assert sum(law.TIMER_CALLS_PMF) == pytest.approx(1)
