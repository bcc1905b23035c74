"""The embodied model: every component, machine and node share of SC'23, and the rules of amortisation."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.core.errors import InputError
from ecoopt.instances.hardware import (
    COMPONENTS,
    NODE_SHARE_G,
    NODES,
    SUPERCOMPUTERS,
    Amortisation,
    amortised_g_per_h,
    charged_share,
    component,
    embodied_by_kind_kg,
    gpu,
    gpu_share_kg,
)
from ecoopt.instances.hardware.embodied import memory_kg, storage_g_per_gb

# Published component table (SC'23 artifact, MIT): manufacturing and packaging, g.
TABLE = {
    "A100 PCIe 40GB": (22456.568, 3900.0), "Instinct MI250X": (27502.69029, 3900.0),
    "V100 SXM2 32GB": (16049.21643, 3900.0), "EPYC 7763": (15577.54971, 1350.0), "EPYC 7742": (14231.34171, 1350.0),
    "Xeon Gold 6240R": (9168.731429, 150.0), "SK Hynix 64GB DDR4": (4160.0, 3000.0),
    "Seagate Nytro 3530 3.2TB": (20348.928, 339.8270976), "Seagate Exos x16 16TB": (21790.72, 320.323584),
    "A100 PCIe 80GB": (25056.568, 3900.0)}
TONNES = {"Frontier": (1181.75, 159.25, 538.89, 377.36, 983.5), "LUMI": (321.56, 95.34, 197.04, 46.34, 113.21),
          "Perlmutter": (191.59, 135.08, 230.04, 231.98, 0.0)}
SHARES = {"Frontier": (36.47, 4.91, 16.63, 11.64, 30.35), "LUMI": (41.57, 12.33, 25.47, 5.99, 14.64),
          "Perlmutter": (24.29, 17.13, 29.17, 29.41, 0.0)}


def test_the_model_reproduces_the_component_table() -> None:
    for name, (made_g, packed_g) in TABLE.items():
        part = component(name)
        assert (1000 * part.manufacturing_kg, 1000 * part.packaging_kg) == pytest.approx((made_g, packed_g), abs=5e-6)


def test_the_model_reproduces_the_published_files(shared_data: Path) -> None:
    names = {"AMD INSTINCT MI250X": "Instinct MI250X", "AMD EPYC 7763": "EPYC 7763", "AMD EPYC 7742": "EPYC 7742",
             "Intel(R) Xeon(R) Gold 6240R": "Xeon Gold 6240R", "Tesla P100 PCIe 12GB": "P100 PCIe 12GB"}
    with (shared_data / "hardware" / "hpc_embodied_components.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == len(TABLE)
    for row in rows:
        part = component(names.get(row["component"], row["component"]))
        assert 1000 * part.embodied_kg == pytest.approx(float(row["embodied_gCO2"]), rel=1e-9)
        for system, parts in SUPERCOMPUTERS.items():
            assert parts.get(part.name, 0) == int(row[f"{system.lower()}_parts"])
    with (shared_data / "hardware" / "hpc_die_model_inputs.csv").open() as lines:
        for row in csv.DictReader(lines):
            if row["part"] in (*names, *TABLE, "Xeon E5-2680 v4", "EPYC 7542"):
                made_g = float(row["die_gCO2_each"]) + float(row["mem_gCO2_each"])
                part = component(names.get(row["part"], row["part"]))
                assert 1000 * part.manufacturing_kg == pytest.approx(made_g, rel=1e-12)
                assert 1000 * part.packaging_kg == pytest.approx(float(row["packaging_gCO2"]), rel=1e-12)


@pytest.mark.parametrize("system", SUPERCOMPUTERS)
def test_supercomputers_emit_the_published_tonnes_and_shares(system: str) -> None:
    found = np.array(list(embodied_by_kind_kg(SUPERCOMPUTERS[system]).values())) / 1000
    assert found == pytest.approx(TONNES[system], abs=0.0051)
    assert 100 * found / found.sum() == pytest.approx(SHARES[system], abs=0.0051)


def test_the_share_of_one_gpu_is_the_published_one_and_its_variants_are_options() -> None:
    for name, share_g in NODE_SHARE_G.items():
        assert 1000 * gpu_share_kg(NODES[name.upper()]) == pytest.approx(share_g, abs=0.0051)
    assert 1000 * gpu_share_kg(NODES["V100"], cpu_packaging="by-count") == pytest.approx(24608.58, abs=0.0051)
    less_kg = gpu_share_kg(NODES["A100"]) - gpu_share_kg(NODES["A100"], cpus=2)
    assert less_kg == pytest.approx(NODES["A100"].cpu.manufacturing_kg / 2)
    with pytest.raises(InputError, match="'half' is unknown; use one of whole, by-count"):
        gpu_share_kg(NODES["A100"], cpu_packaging="half")  # type: ignore[arg-type]


def test_nodes_of_one_two_and_four_gpus_emit_in_the_published_ratio() -> None:
    kg = [NODES["V100"].replace(gpus=size).embodied_kg for size in (1, 2, 4)]
    assert np.array(kg) / kg[0] == pytest.approx([1.0, 1.30027976, 1.90083929], abs=1e-8)
    with pytest.raises(ValueError, match="cpu is a gpu; give a cpu"):
        NODES["V100"].replace(cpu=NODES["V100"].gpu)


def test_gpu_boards_and_components_agree_where_both_list_a_part() -> None:
    for board, part in (("V100-SXM2-32", "V100 SXM2 32GB"), ("A100-PCIe-40", "A100 PCIe 40GB"),
                        ("P100-PCIe-12", "P100 PCIe 12GB"), ("MI250X", "Instinct MI250X")):
        assert gpu(board).embodied_kg == pytest.approx(component(part).embodied_kg, rel=1e-8)


def test_unknown_parts_and_technologies_are_answered_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"'tape' is unknown; use one of .*EPYC 7763"):
        component("tape")
    with pytest.raises(InputError, match=r"'tape' is unknown; use one of ddr3-50nm.*exos-7e8"):
        storage_g_per_gb("tape")
    with pytest.raises(InputError, match="capacity_gb: -1 is not a finite number"):
        memory_kg(-1)
    assert memory_kg(1000, storage_g_per_gb("nand-10nm")) == 10.0
    assert len({part.name for part in COMPONENTS}) == len(COMPONENTS)


RULES = [Amortisation.STRAIGHT_LINE, Amortisation.UTILISED_HOURS, Amortisation.DOUBLE_DECLINING]


@given(st.sampled_from(RULES), st.integers(1, 9), st.floats(0, 0.99))
def test_a_life_is_charged_what_the_device_embodies(rule: Amortisation, years: int, rest: float) -> None:
    life_h = 8760.0 * (years + rest)
    ages_h = np.linspace(0, life_h, 2001)
    shares = charged_share(rule, lifetime_h=life_h, until_h=ages_h)
    assert (shares[0], shares[-1]) == pytest.approx((0, 1))
    assert (np.diff(shares) >= 0).all()
    middles_h = (ages_h[1:] + ages_h[:-1]) / 2
    per_h = np.array([amortised_g_per_h(1.0, rule, lifetime_h=life_h, age_h=age, utilisation=0.4)
                      for age in middles_h[::200]])
    worked = 0.4 if rule is Amortisation.UTILISED_HOURS else 1.0
    smooth = np.floor(ages_h[1::200] / 8760) == np.floor(ages_h[:-1:200] / 8760)
    slopes = np.diff(shares)[::200] / np.diff(ages_h)[::200]
    assert (per_h * worked)[smooth] == pytest.approx(slopes[smooth], rel=1e-6)


def test_rules_charge_as_they_say() -> None:
    five_h = 5 * 8760.0
    assert amortised_g_per_h(41938, Amortisation.UTILISED_HOURS, lifetime_h=five_h, utilisation=0.4) == pytest.approx(
        2.39, abs=0.01)
    assert amortised_g_per_h(43800, Amortisation.STRAIGHT_LINE, lifetime_h=five_h) == 1.0
    assert amortised_g_per_h(43800, Amortisation.STRAIGHT_LINE, lifetime_h=five_h, age_h=five_h) == 0.0
    for rule, share in ((Amortisation.AT_PURCHASE, 1.0), (Amortisation.SUNK, 0.0)):
        assert amortised_g_per_h(43800, rule, lifetime_h=five_h) == 0.0
        assert charged_share(rule, lifetime_h=five_h, until_h=[0.0, five_h]).tolist() == [share, share]
    yearly = np.diff(charged_share(Amortisation.DOUBLE_DECLINING, lifetime_h=five_h, until_h=8760.0 * np.arange(6)))
    assert yearly == pytest.approx([0.4, 0.24, 0.144, 0.108, 0.108])
    with pytest.raises(InputError, match=r"(?s)lifetime_h.*utilisation.*rule: 'never' is unknown"):
        amortised_g_per_h(1.0, "never", lifetime_h=0.0, utilisation=0.0)  # type: ignore[arg-type]
