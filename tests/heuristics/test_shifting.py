"""Shifting's fast side against figures: on the four instances quoted for this family, and on published intensities."""

import csv
import gzip

import numpy as np
import pytest

import ecoopt
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.shifting import Region, ShiftingInstance
from ecoopt.instances.shifting.importing import import_plain_jobs

LP_G = {200: 230_256, 400: 521_200}
YEAR_UTC = "2021-01-01T00:00:00Z"


@pytest.fixture
def quoted(shared_data, tmp_path):
    packed = shared_data.parent / "reference" / "shifting.json.gz"
    if not packed.is_file():
        pytest.skip(f"{packed} not found")
    plain = tmp_path / "shifting.json"
    plain.write_bytes(gzip.decompress(packed.read_bytes()))
    return lambda jobs: import_plain_jobs(plain, instance=f"shifting-{jobs}")


@pytest.mark.parametrize(("jobs", "above_lp"), [(200, 0.074), (400, 0.055)])
def test_the_list_greedy_is_as_far_from_the_bound_as_quoted_and_places_every_job(quoted, jobs, above_lp):
    found = ecoopt.solve(quoted(jobs), "list-greedy")
    assert found.objective / LP_G[jobs] - 1 == pytest.approx(above_lp, abs=0.001)


def test_home_first_come_first_served_is_far_above_the_bound_as_quoted(quoted):
    found = ecoopt.solve(quoted(200), "fcfs-home")
    assert found.objective / LP_G[200] - 1 == pytest.approx(0.36, abs=0.01)


@pytest.mark.parametrize("jobs", [50, 200])
def test_policies_that_wait_and_move_save_much_of_what_first_come_first_served_at_home_emits(quoted, jobs):
    instance = quoted(jobs)
    home = ecoopt.solve(instance, "fcfs-home").objective
    for name in ("threshold", "suspend-resume", "replan"):
        assert ecoopt.solve(instance, name).objective < 0.85 * home


def test_a_few_seconds_of_ejections_come_within_two_per_cent_of_the_bound(quoted):
    assert ecoopt.solve(quoted(200), "annealing", iterations=150).objective < 1.02 * LP_G[200]


@pytest.mark.parametrize(("zone", "share"), [("JP-TK", 0.886), ("UK-ESO", 0.789), ("US-TEX-ERCO", 0.863)])
def test_the_best_four_hours_of_every_day_of_2021_are_as_much_below_the_mean_as_published(shared_data, zone, share):
    with gzip.open(shared_data / "carbon" / "ci_hourly_2021_sc23.csv.gz", "rt") as table:
        intensity = np.array([float(row[zone]) for row in csv.DictReader(table)])
    days = len(intensity) // 24
    intensity = intensity[:24 * days]
    trace = CarbonTrace(zone=zone, start_utc=YEAR_UTC, step_s=3600, intensity_g_per_kwh=intensity)
    release, ones = 24 * np.arange(days), np.ones(days, dtype=np.int64)
    instance = ShiftingInstance(
        name=zone, regions=(Region(name=zone, carbon=trace),), start_utc=YEAR_UTC, slot_s=3600,
        capacity_gpus=np.ones((1, 24 * days), dtype=np.int64), migration_g_per_gpu=np.zeros((1, 1)),
        release_slot=release, deadline_slot=release + 24, length_slots=4 * ones, gpus=ones,
        power_kw=ones.astype(float), home=0 * ones, interruptible=ones < 0, resume_g=np.zeros(days))
    found = ecoopt.solve(instance, "best-start")
    assert found.objective / (4 * days * intensity.mean()) == pytest.approx(share, abs=0.002)
