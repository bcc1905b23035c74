"""One fleet file and one carbon trace go through the families of an operator's decisions, none of them converted."""

import json

import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.instances.carbon import generate_carbon, read_carbon, write_carbon
from ecoopt.instances.hardware import Fleet, read_fleet

SITE = "US-CAL-CISO"
GROUPS = [
    {"gpu": "V100-SXM2-32", "count": 24, "site": SITE, "age_years": 3.0},
    {"gpu": "A100-PCIe-40", "count": 8, "site": SITE, "age_years": 1.0},
    {"gpu": "V100-SXM2-32", "count": 16, "site": "US-TEX-ERCO", "age_years": 2.0},
    {"box": "m5zn", "count": 4, "site": SITE}]
FAMILIES = {
    "refresh": {"periods": 4, "load": 0.5},
    "shifting": {"jobs": 12, "hours": 48},
    "power_cap": {"hours": 24, "site": SITE},
    "mig_serving": {"hours": 6, "load": 0.5, "site": SITE}}
METHODS = {"refresh": "greedy", "shifting": "list-greedy", "power_cap": "greedy", "mig_serving": "greedy"}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return the paths of the fleet and of the trace, of one zone that all sites take."""
    folder = tmp_path_factory.mktemp("one fleet")
    fleet, carbon = folder / "fleet.json", folder / "carbon.csv"
    fleet.write_text(json.dumps({"name": "ours", "groups": GROUPS}))
    write_carbon(generate_carbon("US-CAL-CISO", days=120, start="2023-03-01T00:00:00Z", seed=1), carbon)
    return fleet, carbon


@pytest.mark.parametrize("family", FAMILIES)
def test_one_fleet_file_and_one_trace_are_solved_as_they_are(family, files, tmp_path, cli):
    fleet, carbon = files
    instance, result = tmp_path / "instance.json", tmp_path / "result.json"
    options = [word for name, value in FAMILIES[family].items() for word in (f"--{name}", value)]
    for command in (
            ["generate", family, "--fleet", fleet, "--carbon", carbon, *options, "-o", instance],
            ["solve", instance, "--method", METHODS[family], "--iterations", 200, "-o", result],
            ["evaluate", instance, result]):
        assert cli(*command).code == 0
    made = ecoopt.read_instance(instance)
    assert made.start_utc == "2023-03-01T00:00:00Z"
    assert made.provenance.generator["fleet"] == str(fleet)
    in_memory = ecoopt.generate(family, fleet=read_fleet(fleet), carbon=read_carbon(carbon), **FAMILIES[family])
    assert in_memory.digest == made.digest


def test_every_family_takes_the_boards_it_can_use(files):
    fleet, carbon = files
    made = {family: ecoopt.generate(family, fleet=fleet, carbon=carbon, **options)
            for family, options in FAMILIES.items()}
    assert [entry.count for entry in made["refresh"].stock] == [24, 8, 16]
    assert [entry.age_periods for entry in made["refresh"].stock] == [36, 12, 24]
    assert made["shifting"].capacity_gpus[:, 0].tolist() == [32, 16]
    assert [(pool.gpu.name, pool.gpus) for pool in made["power_cap"].pools] == [
        ("V100-SXM2-32", 24), ("A100-PCIe-40", 8)]
    assert made["mig_serving"].gpus == 8


@pytest.mark.parametrize(("family", "groups", "complaint"), [
    ("refresh", [{"gpu": "T4", "count": 2}], r"groups\[0\].gpu: T4 is of no measured generation; list P100, V100"),
    ("refresh", [{"box": "i3", "count": 2}], "groups: there is no GPU; list P100"),
    ("refresh", [{"gpu": "A100-PCIe-40", "count": 2, "site": "our hall"}], "site our hall: 'our hall' is unknown"),
    ("shifting", [{"box": "i3", "count": 2}], "groups: there is no GPU; list some boards"),
    ("shifting", [{"gpu": "MI300X", "count": 2}], r"groups\[0\].gpu: MI300X has no embodied_kg; give it"),
    ("power_cap", [{"gpu": "T4", "count": 2}], "fleet has no boards with effect curves"),
    ("mig_serving", [{"gpu": "T4", "count": 2}], "fleet has no A100-40 boards; list A30, A100")])
def test_a_fleet_that_a_family_cannot_use_is_refused(family, groups, complaint):
    fleet = Fleet.from_content({"groups": groups}, "fleet")
    with pytest.raises(InputError, match=complaint):
        ecoopt.generate(family, fleet=fleet)


def test_zones_of_a_carbon_file_are_sites_where_no_fleet_is_given():
    zones = {name: generate_carbon("GB", days=90, start="2024-01-01T00:00:00Z", seed=1).replace(zone=name)
             for name in ("here", "there")}
    assert [site.name for site in ecoopt.generate("refresh", carbon=zones, periods=3).sites] == ["here", "there"]
    assert [region.name for region in ecoopt.generate("shifting", carbon=zones, jobs=4).regions] == ["here", "there"]
