"""Forecasts: nobody sees what was not issued yet; errors have the published moments."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.core.errors import InputError
from ecoopt.instances.carbon import CarbonForecast, CarbonTrace, generate_carbon, lognormal, perfect, persistence
from ecoopt.instances.carbon.ar1 import ar1_path
from ecoopt.instances.carbon.forecasters import LOG_ERROR_MEAN, LOG_ERROR_PHI_PER_HOUR, LOG_ERROR_SD
from ecoopt.instances.carbon.stamps import epoch_s, iso
from ecoopt.testing.carbon import carbon_forecasts, carbon_traces


@given(carbon_forecasts(), st.data())
def test_changing_the_future_changes_nothing_that_is_seen(forecast: CarbonForecast, data: st.DataObject) -> None:
    span = forecast.issues * forecast.issue_every_s
    now = forecast.first_issue_s + data.draw(st.integers(0, span + 10))
    issued = (now - forecast.first_issue_s) // forecast.issue_every_s + 1
    later = forecast.intensity_g_per_kwh.copy()
    later[issued:] = later[issued:] * 0.5 + 7.0
    changed = forecast.replace(intensity_g_per_kwh=later)
    seen = forecast.seen_at(iso(now))
    assert changed.seen_at(iso(now)) == seen
    assert seen.series == "forecast"
    assert epoch_s(seen.issued_at or "") <= now
    assert seen.start_utc == seen.issued_at


@given(carbon_forecasts(max_issues=4, max_leads=4))
def test_nothing_is_seen_before_the_first_issue(forecast: CarbonForecast) -> None:
    with pytest.raises(InputError, match="nothing was issued"):
        forecast.seen_at(iso(forecast.first_issue_s - 1))


@given(carbon_forecasts(max_issues=4, max_leads=4))
def test_json_and_back_is_the_same_forecast(forecast: CarbonForecast) -> None:
    assert CarbonForecast.from_content(json.loads(forecast.model_dump_json()), "file") == forecast


@given(carbon_traces(min_steps=50, max_steps=90, steps_s=(3600,)), st.integers(1, 30), st.integers(1, 7), st.data())
def test_persistence_uses_the_past_alone(trace: CarbonTrace, leads: int, every: int, data: st.DataObject) -> None:
    options = {"horizon_s": leads * 3600, "issue_every_s": every * 3600}
    forecast = persistence(trace, **options)
    now = data.draw(st.integers(24, trace.n))
    values = trace.intensity_g_per_kwh.copy()
    values[now:] = values[now:] * 0.5 + 7.0
    when = iso(trace.start_s + now * 3600)
    assert persistence(trace.replace(intensity_g_per_kwh=values), **options).seen_at(when) == forecast.seen_at(when)


@pytest.mark.parametrize("options", [{"period_s": 5}, {"period_s": 0}, {"period_s": 10 * 86400}])
def test_a_period_that_does_not_fit_is_refused(options: dict[str, int]) -> None:
    with pytest.raises(InputError, match="period"):
        persistence(generate_carbon("GB", days=2, seed=0), horizon_s=3600, **options)


def test_a_forecast_states_its_size() -> None:
    forecast = perfect(generate_carbon("GB", days=2, seed=0), horizon_s=7200)
    assert (forecast.issues, forecast.leads, forecast.horizon_s) == (47, 2, 7200)
    with pytest.raises(InputError, match="empty"):
        CarbonForecast.from_content(forecast.model_dump() | {"intensity_g_per_kwh": [[]]}, "file")


def test_persistence_repeats_the_last_day() -> None:
    trace = generate_carbon("GB", days=4, seed=0)
    seen = persistence(trace, horizon_s=48 * 3600).seen_at("2023-01-03T05:00:00Z").intensity_g_per_kwh
    assert np.array_equal(seen[:24], trace.intensity_g_per_kwh[29:53])
    assert np.array_equal(seen[24:], seen[:24])


@given(carbon_traces(min_steps=30, max_steps=60), st.integers(1, 20), st.integers(1, 5))
def test_a_perfect_forecast_is_what_happens(trace: CarbonTrace, leads: int, every: int) -> None:
    forecast = perfect(trace, horizon_s=leads * trace.step_s, issue_every_s=every * trace.step_s)
    for index in range(forecast.issues):
        issue = forecast.issue(index)
        window = trace.window(issue.start_utc, leads * trace.step_s)
        assert np.array_equal(issue.intensity_g_per_kwh, window.intensity_g_per_kwh)
    assert trace.n - leads - (forecast.issues - 1) * every in range(every)


@given(st.lists(st.floats(-1e3, 1e3), max_size=70), st.floats(0, 0.999), st.floats(-1e3, 1e3), st.integers(0, 70))
def test_an_autoregressive_path_follows_its_recurrence(shocks: list[float], phi: float, before: float,
                                                       head: int) -> None:
    path = ar1_path(np.array(shocks), phi, before)
    expected, last = [], before
    for shock in shocks:
        last = phi * last + shock
        expected.append(last)
    np.testing.assert_allclose(path, expected, rtol=1e-9, atol=1e-9)
    assert ar1_path(np.array(shocks[:head]), phi, before).tobytes() == path[:head].tobytes()


@pytest.fixture(scope="module")
def errors() -> np.ndarray:
    flat = CarbonTrace.from_content({"zone": "GB", "start_utc": "2023-01-01T00:00Z", "step_s": 3600,
                                     "intensity_g_per_kwh": np.full(24 * 1000, 200.0)}, "flat")
    options = {"horizon_s": 120 * 3600, "issue_every_s": 24 * 3600}
    forecast = lognormal(flat, rng=np.random.default_rng(1), **options)
    assert forecast == lognormal(flat, rng=np.random.default_rng(1), **options)
    return np.log(forecast.intensity_g_per_kwh / 200.0)


@pytest.mark.parametrize(("day", "growth"), [(0, 1.0), (1, 1.2), (2, 1.3), (3, 1.35), (4, 1.35)])
def test_errors_have_the_published_spread_on_each_lead_day(errors: np.ndarray, day: int, growth: float) -> None:
    # About 20,000 errors with autocorrelation time 3.5 h: standard error of the sd about 1 %.
    part = errors[:, 24 * day:24 * day + 24]
    assert part.std() == pytest.approx(LOG_ERROR_SD * growth, rel=0.03)
    assert part.mean() == pytest.approx(LOG_ERROR_MEAN, abs=0.005)


def test_errors_have_the_published_autocorrelation_along_the_hours_and_between_issues(errors: np.ndarray) -> None:
    day = errors[:, :24] - errors[:, :24].mean()
    assert (day[:, 1:] * day[:, :-1]).mean() / day.var() == pytest.approx(LOG_ERROR_PHI_PER_HOUR, abs=0.02)
    flat = CarbonTrace.from_content({"zone": "GB", "start_utc": "2023-01-01T00:00Z", "step_s": 3600,
                                     "intensity_g_per_kwh": np.full(3000, 200.0)}, "flat")
    hourly = np.log(lognormal(flat, horizon_s=24 * 3600, rng=np.random.default_rng(2)).intensity_g_per_kwh / 200.0)
    hourly -= hourly.mean()
    same_target = (hourly[1:, :-1] * hourly[:-1, 1:]).mean() / hourly.var()
    assert same_target == pytest.approx(LOG_ERROR_PHI_PER_HOUR, abs=0.03)


@given(carbon_traces(min_steps=30, max_steps=60, steps_s=(3600,)), st.integers(0, 99))
def test_error_draws_do_not_depend_on_values_or_on_later_issues(trace: CarbonTrace, seed: int) -> None:
    whole = lognormal(trace.scaled(0).replace(intensity_g_per_kwh=np.ones(trace.n)), horizon_s=3600 * 6,
                      rng=np.random.default_rng(seed))
    other = lognormal(trace, horizon_s=3600 * 6, rng=np.random.default_rng(seed))
    truth = perfect(trace, horizon_s=3600 * 6).intensity_g_per_kwh
    np.testing.assert_allclose(other.intensity_g_per_kwh, truth * whole.intensity_g_per_kwh, rtol=1e-12)
    head = lognormal(trace.window(0, 3600 * 20), horizon_s=3600 * 6, rng=np.random.default_rng(seed))
    assert np.array_equal(head.intensity_g_per_kwh, other.intensity_g_per_kwh[:head.issues])


@pytest.mark.parametrize("options", [{"horizon_s": 0}, {"horizon_s": 1800}, {"horizon_s": 10**9},
                                     {"horizon_s": 3600, "issue_every_s": 100}])
def test_horizons_that_do_not_fit_are_refused(options: dict[str, int]) -> None:
    trace = generate_carbon("GB", days=2, seed=0)
    for make in (perfect, persistence, lambda t, **k: lognormal(t, rng=np.random.default_rng(0), **k)):
        with pytest.raises(InputError):
            make(trace, **options)


@pytest.mark.parametrize("options", [{"log_sd": -1}, {"phi_per_hour": 1.0}, {"log_mean": 99},
                                     {"sd_growth_per_day": []}, {"sd_growth_per_day": [-1]}])
def test_error_moments_out_of_range_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(InputError):
        lognormal(generate_carbon("GB", days=2, seed=0), horizon_s=3600, rng=np.random.default_rng(0),
                  **options)  # type: ignore[arg-type]
