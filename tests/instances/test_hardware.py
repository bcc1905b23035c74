"""HardwareGeneration, EmbodiedParts and Gpu: rates, validation, files."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.core.errors import InputError
from ecoopt.instances.hardware import EmbodiedParts, Gpu, HardwareGeneration
from ecoopt.testing.hardware import embodied_parts, gpus, hardware_generations

BOX = {"name": "box", "cores": 4, "memory_gb": 8.0, "idle_cpu_w": 20.0, "idle_dram_w": 2.0, "peak_w": 90.0,
       "embodied": {"cpu_kg": 10.0, "dram_kg": 16.0}, "lifetime_s": 1e8}
BOARD = {"name": "board", "memory_gb": 16.0, "tdp_w": 70.0}


@given(embodied_parts())
def test_embodied_total_is_the_sum_of_all_parts(parts: EmbodiedParts) -> None:
    assert parts.total_kg == pytest.approx(sum(parts.model_dump().values()), rel=1e-12)


@given(hardware_generations())
def test_rates_over_the_lifetime_give_back_the_embodied_carbon(box: HardwareGeneration) -> None:
    cpu_kg = box.embodied_core_g_per_s * box.cores * box.lifetime_s / 1000
    dram_kg = box.embodied_dram_g_per_gb_s * box.memory_gb * box.lifetime_s / 1000
    assert cpu_kg == pytest.approx(box.embodied.cpu_kg, rel=1e-12)
    assert box.embodied_cpu_g_per_s == pytest.approx(box.cores * box.embodied_core_g_per_s, rel=1e-12)
    assert dram_kg == pytest.approx(box.embodied.dram_kg, rel=1e-12)
    assert box.embodied_box_g_per_s * box.lifetime_s == pytest.approx(1000 * box.embodied.total_kg, rel=1e-12)


@given(hardware_generations())
def test_idle_shares_add_up_to_the_idle_power_of_the_box(box: HardwareGeneration) -> None:
    assert box.idle_core_w * box.cores == pytest.approx(box.idle_cpu_w, rel=1e-12)
    assert box.idle_dram_w_per_gb * box.memory_gb == pytest.approx(box.idle_dram_w, rel=1e-12)


def test_rates_of_a_box_worked_by_hand() -> None:
    box = HardwareGeneration.from_content(BOX, "box.json")
    assert box.embodied_cpu_g_per_s == 1e-4
    assert box.embodied_core_g_per_s == 2.5e-5
    assert box.embodied_dram_g_per_s == 1.6e-4
    assert box.embodied_dram_g_per_gb_s == 2e-5
    assert box.embodied_box_g_per_s == 2.6e-4
    assert (box.idle_core_w, box.idle_dram_w_per_gb) == (5.0, 0.25)


@given(st.one_of(hardware_generations(), gpus(), embodied_parts()))
def test_what_is_written_is_read_back_bit_for_bit(record: HardwareGeneration | Gpu | EmbodiedParts) -> None:
    text = json.dumps(record.model_dump(mode="json"))
    again = type(record).from_content(json.loads(text), "file")
    assert again == record
    assert again.model_dump() == record.model_dump()
    assert again.digest == record.digest


@given(hardware_generations())
def test_the_source_is_no_part_of_the_digest_and_every_figure_is(box: HardwareGeneration) -> None:
    assert box.replace(source=box.source + "!").digest == box.digest
    assert box.replace(cores=box.cores + 1).digest != box.digest
    assert box.replace(lifetime_s=box.lifetime_s + 1).digest != box.digest


def test_every_problem_of_a_box_is_named_at_once() -> None:
    bad = BOX | {"cores": 0, "memory_gb": -1.0, "idle_cpu_w": "20", "lifetime_s": True, "year": 1066, "colour": "red",
                 "embodied": {"cpu_kg": -3.0, "dram_kg": float("nan")}}
    del bad["idle_dram_w"]
    with pytest.raises(InputError) as caught:
        HardwareGeneration.from_content(bad, "box.json")
    fields = {problem.field for problem in caught.value.problems}
    assert fields == {"cores", "memory_gb", "idle_cpu_w", "idle_dram_w", "lifetime_s", "year", "colour",
                      "embodied.cpu_kg", "embodied.dram_kg"}
    assert all(line.startswith("box.json: ") for line in str(caught.value).splitlines())
    assert len(str(caught.value).splitlines()) == len(fields)


@pytest.mark.parametrize(("schema", "content", "change", "message"), [
    (HardwareGeneration, BOX, {"peak_w": 21.0}, "peak_w = 21 is below"),
    (HardwareGeneration, BOX, {"lifetime_s": 0}, "greater than or equal to 1"),
    (HardwareGeneration, BOX, {"cores": 1.5}, "valid integer"),
    (HardwareGeneration, BOX, {"memory_gb": 1e300}, "less than or equal"),
    (HardwareGeneration, BOX, {"name": ""}, "at least 1 character"),
    (Gpu, BOARD, {"idle_w": 71.0}, "idle_w = 71 is above tdp_w"),
    (Gpu, BOARD, {"tdp_w": 0}, "greater than 0"),
    (Gpu, BOARD, {"embodied_kg": -1}, "greater than or equal to 0"),
    (Gpu, BOARD, {"die_mm2": "826"}, "valid number"),
])
def test_an_impossible_figure_is_refused_with_one_line(
        schema: type, content: dict[str, object], change: dict[str, object], message: str) -> None:
    schema.from_content(content, "file")
    with pytest.raises(InputError, match=message) as caught:
        schema.from_content(content | change, "file")
    assert len(caught.value.problems) == 1
