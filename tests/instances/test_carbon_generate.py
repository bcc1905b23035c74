"""Generated traces: the figures of their zone, the same bytes for the same seed."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.core.errors import InputError
from ecoopt.instances.carbon import generate_carbon, zone_figures, zone_names
from ecoopt.instances.carbon.zones import figures_source

FOUR_YEARS = 1461


def statistics(values: np.ndarray) -> tuple[float, float, float, float]:
    """Mean, standard deviation, mean daily range relative to the day, autocorrelation of daily means."""
    days = values.reshape(-1, 24)
    means = days.mean(axis=1)
    about = means - means.mean()
    return (values.mean(), values.std(), ((days.max(axis=1) - days.min(axis=1)) / means).mean(),
            (about[1:] * about[:-1]).sum() / (about**2).sum())


@pytest.fixture(scope="module")
def generated() -> dict[str, np.ndarray]:
    """Statistics of three independent four-year traces of each zone, averaged."""
    return {zone: np.mean([statistics(generate_carbon(zone, days=FOUR_YEARS, start="2021-01-01T00:00:00Z",
                                                      seed=seed).intensity_g_per_kwh) for seed in range(3)], axis=0)
            for zone in zone_names()}


def test_there_are_sixteen_zones_with_complete_figures() -> None:
    assert len(zone_names()) == 16
    for zone in zone_names():
        figures = zone_figures(zone)
        assert figures.hour_profile_by_month.shape == (12, 24)
        assert figures.month_factor.shape == (12,)
        assert figures.year_factor.shape == (4,)
        assert figures.weekday_weekend_factor.shape == (2,)
        assert figures.hour_profile_by_month.mean() == pytest.approx(1, abs=0.01)
        assert figures.direct_mean_g_per_kwh < figures.mean_g_per_kwh
    assert "Electricity Maps" in figures_source()


@pytest.mark.parametrize("zone", zone_names())
def test_long_traces_have_the_mean_spread_and_daily_range_of_their_zone(generated: dict[str, np.ndarray],
                                                                        zone: str) -> None:
    # Tolerances: sampling error of three four-year traces plus the form's own error, which docs/carbon.rst states.
    figures = zone_figures(zone)
    mean, sd, daily_range, _ = generated[zone]
    assert mean == pytest.approx(figures.mean_g_per_kwh, rel=0.03)
    assert sd == pytest.approx(figures.sd_g_per_kwh, rel=0.08)
    assert daily_range == pytest.approx(figures.daily_range_rel, abs=0.06)


def test_over_all_zones_the_statistics_are_close(generated: dict[str, np.ndarray]) -> None:
    wanted = {zone: zone_figures(zone) for zone in zone_names()}
    error = np.array([[generated[zone][0] / one.mean_g_per_kwh - 1, generated[zone][1] / one.sd_g_per_kwh - 1,
                       generated[zone][2] - one.daily_range_rel, generated[zone][3] - one.daily_mean_ar1]
                      for zone, one in wanted.items()])
    assert (np.abs(error).mean(axis=0) < [0.01, 0.035, 0.02, 0.05]).all()


def test_seasonal_pattern_of_a_long_trace_is_the_profile() -> None:
    figures = zone_figures("US-CAL-CISO")
    trace = generate_carbon("US-CAL-CISO", days=40 * 365 + 10, start="1981-01-01T00:00:00Z", seed=0)
    month = trace.times.astype("datetime64[M]").astype(int) % 12
    june = trace.intensity_g_per_kwh[month == 5].reshape(-1, 24).mean(axis=0)
    np.testing.assert_allclose(june / june.mean(), figures.hour_profile_by_month[5], atol=0.03)


def test_saturdays_and_sundays_have_the_level_of_the_weekend() -> None:
    figures = zone_figures("CA-ON")
    trace = generate_carbon("CA-ON", days=40 * 364, start="1983-01-03T00:00:00Z", seed=0)  # a Monday
    level = trace.intensity_g_per_kwh.reshape(-1, 7, 24).mean(axis=(0, 2))
    weekday, weekend = figures.weekday_weekend_factor
    np.testing.assert_allclose(level / level.mean(), [weekday] * 5 + [weekend] * 2, atol=0.04)


@given(st.sampled_from(zone_names()), st.integers(1, 30), st.integers(0, 2**32), st.sampled_from([300, 900, 7200]))
def test_other_steps_conserve_the_hourly_trace(zone: str, days: int, seed: int, step_s: int) -> None:
    hourly = generate_carbon(zone, days=days, seed=seed)
    assert hourly == generate_carbon(zone, days=days, seed=seed)
    assert hourly.intensity_g_per_kwh.min() >= zone_figures(zone).floor_g_per_kwh
    other = generate_carbon(zone, days=days, seed=seed, step_s=step_s)
    edges = np.arange(0, hourly.duration_s + 1, 7200)
    np.testing.assert_allclose(other.integral(edges[:-1], edges[1:]), hourly.integral(edges[:-1], edges[1:]),
                               rtol=1e-9)


@given(st.integers(1, 20), st.integers(1, 20), st.integers(0, 1000))
def test_a_longer_trace_begins_with_the_shorter_one(days: int, more: int, seed: int) -> None:
    short, long = (generate_carbon("GB", days=count, seed=seed) for count in (days, days + more))
    assert long.window(0, short.duration_s).intensity_g_per_kwh.tobytes() == short.intensity_g_per_kwh.tobytes()


def test_seeds_and_zones_draw_independently() -> None:
    noise = [generate_carbon(zone, days=FOUR_YEARS, seed=seed).intensity_g_per_kwh
             for zone, seed in (("GB", 0), ("GB", 1), ("DE-LU", 0))]
    deseasoned = [values - values.reshape(-1, 24).mean(axis=0)[np.arange(values.size) % 24] for values in noise]
    correlation = np.corrcoef(deseasoned)
    assert abs(correlation[0, 1]) < 0.35
    assert abs(correlation[0, 2]) < 0.35
    assert not np.array_equal(noise[0], noise[1])


def test_the_level_of_a_calendar_year_is_followed_unless_refused() -> None:
    year = generate_carbon("GB", days=365, start="2024-01-01T00:00:00Z", seed=3)
    level = generate_carbon("GB", days=365, start="2024-01-01T00:00:00Z", seed=3, level="mean-year")
    expected = (zone_figures("GB").year_factor[3] - 1) * zone_figures("GB").mean_g_per_kwh
    difference = (year.intensity_g_per_kwh - level.intensity_g_per_kwh).mean()
    assert difference == pytest.approx(expected, rel=0.05)


def test_bytes_do_not_depend_on_the_process() -> None:
    code = ("import hashlib; from ecoopt.instances.carbon import generate_carbon;"
            "print(hashlib.sha256(generate_carbon('GB', days=9, seed=7).intensity_g_per_kwh.tobytes()).hexdigest())")
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                           env={"PYTHONHASHSEED": "12345"})
    here = generate_carbon("GB", days=9, seed=7).intensity_g_per_kwh.tobytes()
    assert other.stdout.strip() == hashlib.sha256(here).hexdigest()


@pytest.mark.parametrize("change", [
    {"zone": "XX"}, {"days": 0}, {"days": 10**6}, {"days": 1.5}, {"start": "2023-01-01T00:30:00Z"}, {"start": "soon"},
    {"step_s": 7}, {"step_s": 5400}, {"step_s": 0}, {"step_s": 7 * 3600}, {"seed": -1}, {"seed": 0.5},
    {"level": "high"},
])
def test_arguments_out_of_range_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(InputError):
        generate_carbon(**({"zone": "GB", "days": 2, "seed": 0} | change))  # type: ignore[arg-type]
