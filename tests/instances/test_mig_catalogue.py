"""The MIG catalogue against published tables."""

import csv
from pathlib import Path

import pytest

from ecoopt.core.errors import InputError
from ecoopt.instances.hardware import GPUS
from ecoopt.instances.mig import GEOMETRIES, MigGeometry, geometry, layout_counts, maximal_layouts


@pytest.mark.parametrize("entry", GEOMETRIES, ids=lambda entry: entry.name)
def test_names_state_the_slices_and_no_less_memory_than_is_usable(entry: MigGeometry) -> None:
    for profile in entry.profiles:
        slices, _, nominal = profile.name.removesuffix("gb").partition("g.")
        assert int(slices) == profile.compute_slices
        assert 0.85 * int(nominal) < profile.memory_gb <= int(nominal)
    assert entry.source


@pytest.mark.parametrize("entry", GEOMETRIES, ids=lambda entry: entry.name)
def test_larger_profiles_hold_at_least_as_much_and_compute_at_least_as_fast(entry: MigGeometry) -> None:
    for larger, smaller in zip(entry.profiles, entry.profiles[1:], strict=False):
        assert larger.memory_gb >= smaller.memory_gb
        if larger.sms is not None and smaller.sms is not None:
            assert larger.sms >= smaller.sms


def test_the_catalogue_equals_the_published_profiles(shared_data: Path) -> None:
    with (shared_data / "mig" / "mig_profiles.csv").open() as file:
        rows = list(csv.DictReader(file))
    names = {"A100-40GB": "A100-40", "A100-80GB": "A100-80", "H100-80GB": "H100-80", "H200-141GB": "H200-141",
             "B200-180GB": "B200-180", "A30-24GB": "A30-24"}
    assert {row["gpu"] for row in rows} == set(names)
    for row in rows:
        entry = geometry(names[row["gpu"]])
        profile = entry.profiles[entry.index(row["profile"])]
        assert profile.compute_slices == int(row["compute_slices"])
        assert profile.memory_slices == int(row["memory_slices"])
        assert profile.starts == tuple(map(int, row["placement_starts"].split()))
        most = max(layout_counts(entry, layout)[entry.index(profile.name)] for layout in maximal_layouts(entry))
        assert most == int(row["max_instances"])
        if row["sm_count"]:
            assert profile.sms == int(row["sm_count"])
        if (memory := row["memory_reported"]).endswith("GiB"):
            assert profile.memory_gb == float(memory.removesuffix("GiB"))
        elif memory:
            assert profile.memory_gb == int(memory) / 1024


def test_maximal_layouts_of_the_a100_equal_the_published_list(shared_data: Path) -> None:
    entry = geometry("A100-40")
    with (shared_data / "mig" / "mig_layouts_a100.csv").open() as file:
        listed = [row["layout(profile@memory_start)"] for row in csv.DictReader(file)]
    found = {" ".join(f"{entry.names[profile]}@{start}" for profile, start in layout)
             for layout in maximal_layouts(entry)}
    assert len(listed) == 78
    assert found == set(listed)


def test_gpus_of_the_two_catalogues_have_the_same_memory() -> None:
    boards = {(board.name.split("-")[0], board.memory_gb) for board in GPUS}
    for entry in GEOMETRIES:
        family, _, memory_gb = entry.name.partition("-")
        assert (family, float(memory_gb or 24)) in boards


def test_an_unknown_gpu_is_answered_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"'V100' is unknown; use one of A30-24, A100-40"):
        geometry("V100")
