"""Real files, where they are at hand: read exactly, and the generator against the series it is calibrated on."""

import json
import lzma
from pathlib import Path

import numpy as np
import pytest

from ecoopt.core.errors import InputError
from ecoopt.instances.carbon import generate_carbon, read_carbon, read_carbon_zones, zone_figures, zone_names


def statistics(values: np.ndarray) -> tuple[float, float, float, float]:
    """Mean, standard deviation, mean daily range relative to the day, autocorrelation of daily means."""
    days = values.reshape(-1, 24)
    means = days.mean(axis=1)
    about = means - means.mean()
    return (values.mean(), values.std(), ((days.max(axis=1) - days.min(axis=1)) / means).mean(),
            (about[1:] * about[:-1]).sum() / (about**2).sum())


@pytest.mark.parametrize(("name", "zone"), [("ecolife_US-CAL-CISO", "US-CAL-CISO"), ("sprout_GB", "GB"),
                                            ("ecolife_US-TEX-ERCO", "US-TEX-ERCO")])
def test_portal_files_of_2023_hold_the_year(shared_data: Path, name: str, zone: str) -> None:
    path = shared_data / "carbon" / f"{name}_2023_hourly.csv.xz"
    lifecycle, direct = (read_carbon(path, signal=signal) for signal in ("lifecycle", "direct"))
    assert (lifecycle.zone, lifecycle.n, lifecycle.step_s) == (zone, 8760, 3600)
    assert (lifecycle.start_utc, lifecycle.end_utc) == ("2023-01-01T00:00:00Z", "2024-01-01T00:00:00Z")
    assert (direct.intensity_g_per_kwh < lifecycle.intensity_g_per_kwh).all()
    assert lifecycle.estimated is not None
    assert 0 < lifecycle.estimated.sum() < 100
    with pytest.raises(InputError, match="direct or lifecycle"):
        read_carbon(path)


def test_a_research_dump_of_2021_is_read(shared_data: Path) -> None:
    trace = read_carbon(shared_data / "carbon" / "sc23_JP-TK_2021.csv.xz", signal="lifecycle")
    assert (trace.n, trace.at(0), trace.end_utc) == (8760, 492.17, "2022-01-01T00:00:00Z")


def test_the_british_file_of_2021_is_refused_for_its_half_hours_and_its_gap(shared_data: Path) -> None:
    path = shared_data / "carbon" / "sc23_UK-ESO_2021_with_forecast.csv.xz"
    with pytest.raises(InputError) as caught:
        read_carbon(path, signal="actual")
    assert [problem.field for problem in caught.value.problems] == ["row 2612", "row 2613"]
    lines = lzma.decompress(path.read_bytes()).splitlines(keepends=True)
    mended = b"".join(line for number, line in enumerate(lines, 1) if number not in (2612, 2613))
    with pytest.raises(InputError, match="missing 2021-"):
        read_carbon(mended, signal="forecast")
    actual, forecast = (read_carbon(mended, signal=signal, gap_policy="linear") for signal in ("actual", "forecast"))
    assert actual.n == forecast.n == 8760
    both = ~(actual.estimated | forecast.estimated)  # type: ignore[operator]
    error = np.log(forecast.intensity_g_per_kwh[both] / actual.intensity_g_per_kwh[both])
    published = json.loads((shared_data / "calibration.json").read_text())["forecast_error"]["uk_eso_2021"]
    assert error.mean() == pytest.approx(published["logratio_mean"], abs=1e-3)
    assert error.std() == pytest.approx(published["logratio_sd"], abs=1e-3)


def test_generated_traces_compare_with_the_real_ones_they_are_calibrated_on(shared_data: Path) -> None:
    path = shared_data / "carbon" / "electricitymaps_lca_hourly_2021_2024.csv.xz"
    header = {"zones": list(zone_names()), "unit": "gCO2eq/kWh", "kind": "average", "scope": "lifecycle",
              "basis": "consumption", "step_s": 3600, "source": "Electricity Maps", "licence": "ODbL 1.0"}
    real = read_carbon_zones(path, header=header)
    gap = []
    for zone, trace in real.items():
        figures = zone_figures(zone)
        measured = statistics(trace.intensity_g_per_kwh)
        assert measured[0] == pytest.approx(figures.mean_g_per_kwh, rel=1e-4)
        assert measured[1] == pytest.approx(figures.sd_g_per_kwh, rel=1e-3)
        assert measured[2] == pytest.approx(figures.daily_range_rel, rel=1e-2)
        assert measured[3] == pytest.approx(figures.daily_mean_ar1, abs=5e-3)
        made = statistics(generate_carbon(zone, days=1461, start="2021-01-01T00:00:00Z", seed=0).intensity_g_per_kwh)
        gap.append(np.abs([made[0] / measured[0] - 1, made[1] / measured[1] - 1, made[2] - measured[2],
                           made[3] - measured[3]]))
    assert (np.mean(gap, axis=0) < [0.01, 0.05, 0.02, 0.05]).all()
