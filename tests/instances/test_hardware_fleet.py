"""Fleets: one file for every family, wrong ones refused by field, and the carbon that goes with their sites."""

import json
from pathlib import Path

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.instances.arguments import plain
from ecoopt.instances.carbon import CarbonTrace, site_carbon
from ecoopt.instances.hardware import Fleet, FleetGroup, fleet_of, generation, gpu, read_fleet, write_fleet
from ecoopt.instances.mig import board_geometry
from ecoopt.instances.mig_serving import generate

FLEET = Fleet(name="two sites", groups=(
    FleetGroup(gpu=gpu("V100-SXM2-32"), count=8, site="east", age_years=4.0),
    FleetGroup(gpu=gpu("A100-PCIe-40"), count=3, site="east"),
    FleetGroup(gpu=gpu("V100-SXM2-32"), count=2, site="west"),
    FleetGroup(box=generation("m5zn"), count=5, site="west")))


def _trace(zone: str, start_utc: str = "2024-01-01T00:00:00Z", level: float = 100.0) -> CarbonTrace:
    return CarbonTrace(zone=zone, start_utc=start_utc, step_s=3600, intensity_g_per_kwh=level + np.arange(6.0))


def test_a_fleet_reads_back_as_it_was_written(tmp_path: Path) -> None:
    write_fleet(FLEET, tmp_path / "fleet.json.gz")
    assert read_fleet(tmp_path / "fleet.json.gz") == FLEET == fleet_of(FLEET) == fleet_of(tmp_path / "fleet.json.gz")
    assert FLEET.sites == ("east", "west")
    assert [board.name for board in FLEET.gpus] == ["V100-SXM2-32", "A100-PCIe-40"]
    assert [box.name for box in FLEET.boxes] == ["m5zn"]
    assert (FLEET.count("V100-SXM2-32"), FLEET.count("V100-SXM2-32", "west"), FLEET.count("T4")) == (10, 2, 0)


def test_hardware_of_the_catalogue_may_be_named(tmp_path: Path) -> None:
    path = tmp_path / "fleet.json"
    path.write_text(json.dumps({"groups": [{"gpu": "T4", "count": 2}, {"box": "i3", "count": 1}]}))
    fleet = read_fleet(path)
    assert fleet.groups[0].hardware == gpu("T4")
    assert fleet.groups[1].hardware == generation("i3")
    assert fleet.sites == ("site",)


@pytest.mark.parametrize("family", ["refresh", "shifting", "power_cap", "mig_serving"])
@pytest.mark.parametrize("argument", ["fleet", "carbon"])
def test_a_file_that_is_not_there_is_refused_by_the_argument_that_names_it(family: str, argument: str) -> None:
    with pytest.raises(InputError, match=rf"^{argument}: 100000: cannot be read: no such file"):
        ecoopt.generate(family, **{argument: "100000"})


def test_wrong_fleets_are_refused_by_file_and_field(tmp_path: Path) -> None:
    path = tmp_path / "fleet.json"
    path.write_text(json.dumps({"groups": [
        {"gpu": "T5", "count": 2}, {"gpu": "T4", "box": "i3", "count": 1}, {"count": -1}, {"gpu": "T4", "number": 2}]}))
    with pytest.raises(InputError) as caught:
        read_fleet(path)
    message = str(caught.value)
    for part in ("fleet.json: groups[0].gpu: 'T5' is unknown; use one of", "groups[1]: gpu and box: one of the two",
                 "groups[2].count", "groups[3].number: unknown key", "groups[3].count: missing"):
        assert part in message
    with pytest.raises(InputError, match="groups is empty; list some hardware"):
        Fleet.from_content({"groups": []}, "fleet")
    other = gpu("T4").replace(tdp_w=75.0)
    with pytest.raises(InputError, match=r"groups\[1\].gpu: T4 has other figures than before; rename it"):
        Fleet.from_content({"groups": [{"gpu": "T4", "count": 1}, {"gpu": other, "count": 1}]}, "fleet")


def test_sites_take_the_only_zone_or_their_own() -> None:
    here, there = _trace("east"), _trace("west", level=300.0)
    both = {"east": here, "west": there}
    assert site_carbon(here, ["a", "b"], None, 7200) == [here.window(0, 7200)] * 2
    assert site_carbon(both, ["west", "east"], None, 3600) == [there.window(0, 3600), here.window(0, 3600)]
    with pytest.raises(InputError, match="site north: is none of the zones; name it after one of east, west"):
        site_carbon(both, ["north", "east"], None, 3600)
    with pytest.raises(InputError, match="begin at different times; give start_utc"):
        site_carbon({"east": here, "west": _trace("west", "2024-01-01T01:00:00Z")}, ["east", "west"], None, 3600)
    with pytest.raises(InputError, match="does not cover"):
        site_carbon(here, ["a"], None, 7 * 3600)
    with pytest.raises(InputError, match="has no zone"):
        site_carbon({}, ["a"], None, 3600)


def test_arguments_are_kept_by_path_or_digest() -> None:
    assert plain({"fleet": FLEET, "carbon": Path("ci.csv")}) == {"fleet": {"digest": FLEET.digest}, "carbon": "ci.csv"}


def test_mig_serving_takes_the_boards_of_a_fleet_that_can_be_cut() -> None:
    instance = generate(fleet=FLEET, carbon=_trace("anywhere"), hours=6)
    assert (instance.gpus, instance.start_utc, instance.idle_power_w) == (3, "2024-01-01T00:00:00Z", 37.6)
    assert instance.intensity_g_per_kwh.tolist() == [100, 101, 102, 103, 104, 105]
    assert generate(fleet=FLEET, carbon={"east": _trace("east"), "west": _trace("west")}, site="east", hours=6,
                    ).digest == generate(fleet=FLEET, carbon=_trace("east"), hours=6).digest
    with pytest.raises(InputError, match="no A100-40 boards at west; list A30, A100"):
        generate(fleet=FLEET, carbon=_trace("west"), site="west", hours=6)
    with pytest.raises(InputError, match="carbon has 2 zones; choose one of east, west"):
        generate(carbon={"east": _trace("east"), "west": _trace("west")}, hours=6)
    mixed = Fleet(groups=(FleetGroup(gpu="A100-PCIe-40", count=2), FleetGroup(gpu="H100-PCIe-80", count=1)))
    assert generate(fleet=mixed, gpu="H100-80", hours=2).gpus == 1
    spread = Fleet(groups=(FleetGroup(gpu="A100-PCIe-40", count=2), FleetGroup(gpu="A30", count=1, site="b")))
    with pytest.raises(InputError, match="several sites; choose one of site, b"):
        generate(fleet=spread, hours=2)


def test_boards_are_cut_by_name_and_memory() -> None:
    found = {name: shape.name for name in ("A30", "A100-SXM4-40", "A100-PCIe-80", "H100-NVL-94", "H200-SXM-141",
                                           "B200-SXM-180") if (shape := board_geometry(gpu(name))) is not None}
    assert list(found.values()) == ["A30-24", "A100-40", "A100-80", "H100-94", "H200-141", "B200-180"]
    assert board_geometry(gpu("V100-SXM2-32")) is None
