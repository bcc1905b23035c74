"""Instances of shifting: generator, schema, options, readers."""

import json
import lzma
from pathlib import Path

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.formulations.shifting import explain
from ecoopt.instances.carbon import zone_names
from ecoopt.instances.shifting import READERS, ShiftingCosts, ShiftingInstance, ShiftingSchedule
from ecoopt.instances.shifting.options import run_options, useful


def small(**changes):
    """Return a small instance."""
    return ecoopt.generate("shifting", **{"jobs": 6, "hours": 8, "zones": ["GB", "JP-TK"], "load": 0.4} | changes)


def test_jobs_keep_their_windows_and_load_what_is_asked_for():
    made = ecoopt.generate("shifting", jobs=2000, hours=168, load=0.5, interruptible=0.25, seed=3)
    window = made.deadline_slot - made.release_slot
    assert (window >= made.length_slots).all()
    assert made.deadline_slot.max() <= made.slots
    assert (made.gpus * made.length_slots).sum() / made.capacity_gpus.sum() == pytest.approx(0.5, rel=0.01)
    assert made.interruptible.mean() == pytest.approx(0.25, abs=0.03)


def test_slots_of_half_an_hour_leave_energy_and_embodied_carbon_as_they_are():
    hour = small()
    half = small(slot_s=1800)
    assert half.slots == 2 * hour.slots
    fixed = [ShiftingCosts(one).fixed.sum() / one.length_slots.sum() / one.slot_h for one in (
        one.replace(migration_g_per_gpu=np.zeros((2, 2)), gpus=np.ones(6)) for one in (hour, half))]
    assert fixed[0] == pytest.approx(fixed[1])


def test_all_that_is_wrong_with_an_instance_is_told_at_once():
    content = json.loads(small().model_dump_json())
    content |= {"home": [0, 1, 2, 0, 0, 0], "release_slot": [8] * 6, "migration_g_per_gpu": [[0.0, 1.0], [1.0, 3.0]]}
    with pytest.raises(InputError) as caught:
        ShiftingInstance.from_content(content, "file")
    assert all(word in str(caught.value) for word in ("home[2]", "release_slot[0]", "not 0 at home"))
    with pytest.raises(InputError, match="2 entries for 6 jobs; give one for each"):
        ShiftingInstance.from_content(content | {"gpus": [1] * 6, "power_kw": [1, 1]}, "file")


def test_all_that_is_wrong_with_arguments_is_told_at_once():
    with pytest.raises(InputError) as caught:
        ecoopt.generate("shifting", load=0.0, zones=["GB", "GB"], gpus=["B200-SXM-180"], slot_s=7)
    assert all(word in str(caught.value) for word in ("load", "zones", "embodied", "slot_s"))
    with pytest.raises(InputError) as caught:
        small(hours=0)
    assert str(caught.value).count("hours") == 1


def test_without_any_gpus_that_is_the_only_reason_told():
    made = small()
    reasons = explain(made.replace(capacity_gpus=0 * made.capacity_gpus))
    assert reasons == ["no region has any GPUs; raise capacity_gpus"]


def test_a_schedule_whose_runs_do_not_add_up_is_refused():
    with pytest.raises(InputError, match="run_offsets"):
        ShiftingSchedule.from_content({
            "family": "shifting", "schema_version": 1, "region": [0, 0], "run_offsets": [0, 2, 1], "run_start": [0],
            "run_length": [1]}, "file")


def test_options_left_out_are_dearer_than_one_that_is_always_free():
    made = small(load=0.2, slack_h=4.0)
    costs = ShiftingCosts(made)
    every = run_options(costs, np.arange(made.jobs))
    kept, most = useful(costs, every, np.zeros(made.capacity_gpus.shape, dtype=np.int64))
    assert set(kept.job.tolist()) == set(range(made.jobs))
    assert len(kept.job) < len(every.job)
    least = np.full(made.jobs, np.inf)
    np.minimum.at(least, every.job, every.carbon_g)
    if (most <= made.capacity_gpus).all():
        np.testing.assert_allclose(kept.carbon_g, least[kept.job])


def test_gaia_traces_are_read_with_short_and_long_jobs_told_apart(tmp_path: Path):
    path = tmp_path / "jobs.csv.xz"
    path.write_bytes(lzma.compress(b"arrival_time,length,cpus\n0,0.5,2\n10,3.2,1\n20,99,1\n"))
    made = READERS["gaia"](path, zones=["GB", "JP-TK"], hours=48)
    assert made.length_slots.tolist() == [1, 4]
    assert (made.deadline_slot - made.release_slot - made.length_slots).tolist() == [6, 21]
    assert "1 jobs left out" in made.provenance.note
    with pytest.raises(InputError, match="missing"):
        READERS["philly"](path)


def test_philly_runtimes_are_drawn_in_whole_slots(tmp_path: Path):
    path = tmp_path / "runtime.csv"
    path.write_text("runtime\n10\n7000\n9000\n")
    made = READERS["philly"](path, jobs=50, hours=24)
    assert set(made.length_slots.tolist()) == {2, 3}


def test_plain_jobs_are_read_by_name(tmp_path: Path):
    path = tmp_path / "jobs.json"
    path.write_text(json.dumps([{
        "name": "two", "zones": ["A", "B"], "intensity_g_per_kwh": [[1.0, 2.0], [3.0, 4.0]],
        "capacity_gpus_per_zone": 3, "migration_cost_g_per_gpu": 5.0, "jobs": [
            {"release_h": 0, "deadline_h": 2, "length_h": 1, "gpus": 2, "power_kw": 0.7, "home": "B"}]}]))
    made = READERS["plain-jobs"](path, instance="two")
    assert made.home.tolist() == [1]
    assert made.intensity_g_per_kwh.tolist() == [[1.0, 3.0], [2.0, 4.0]]
    with pytest.raises(InputError, match="there are two"):
        READERS["plain-jobs"](path, instance="three")


def test_a_hundred_thousand_real_jobs_are_read(shared_data: Path, tmp_path: Path):
    header = tmp_path / "header.json"
    header.write_text(json.dumps({
        "zones": list(zone_names()), "unit": "gCO2eq/kWh", "kind": "average", "scope": "lifecycle", "step_s": 3600,
        "basis": "consumption", "source": "Electricity Maps", "licence": "ODbL 1.0"}))
    made = READERS["gaia"](shared_data / "gpu_jobs" / "gaia_azure-100k.csv.xz",
                           shared_data / "carbon" / "electricitymaps_lca_hourly_2021_2024.csv.xz", header)
    assert (made.jobs, made.capacity_gpus.shape) == (99_988, (16, 720))
