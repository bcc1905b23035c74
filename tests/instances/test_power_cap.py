"""Power-cap instances: the generator, the reference fleets, fleets and traces given, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.formulations.highs import solve_lp
from ecoopt.formulations.power_cap.plain_model import plain_model
from ecoopt.formulations.power_cap.strong_model import strong_model
from ecoopt.instances.carbon import generate_carbon
from ecoopt.instances.hardware import Fleet, FleetGroup
from ecoopt.instances.power_cap import PowerCapSchedule, generate
from ecoopt.instances.power_cap.importing import import_power_cap_reference
from ecoopt.instances.power_cap.tables import cap_tables


def test_a_generated_fleet_has_the_curves_measured_on_its_board():
    instance = generate(classes=9, hours=30, seed=3)
    assert instance.shape == (9, 30, 5)
    assert [entry.name for entry in instance.classes][::8] == ["lm-training-v100", "lm-training-v100 2"]
    load = sum(entry.submitted_gpu_h for entry in instance.classes).mean()
    assert load == pytest.approx(0.7 * 800, rel=0.1)
    assert (instance.pue >= 1.05).all()


def test_a_fleet_file_and_a_trace_are_taken_as_they_are():
    fleet = Fleet(groups=(FleetGroup(gpu="V100-PCIe-32", count=40, site="GB"), FleetGroup(gpu="T4", count=9, site="GB"),
                          FleetGroup(gpu="A100-PCIe-40", count=30, site="GB")))
    trace = generate_carbon("GB", days=2, seed=1)
    instance = generate(fleet=fleet, carbon=trace, hours=24, classes=2)
    assert [(pool.gpu.name, pool.gpus, pool.idle_power_w) for pool in instance.pools] == [
        ("V100-PCIe-32", 40, 35.0), ("A100-PCIe-40", 30, 37.6)]
    assert [len(entry.cap_w) for entry in instance.classes] == [5, 5, 4, 4]
    assert instance.start_utc == trace.start_utc
    with pytest.raises(InputError, match="has no boards with effect curves"):
        generate(fleet=Fleet(groups=(FleetGroup(gpu="T4", count=9),)))
    two = Fleet(groups=tuple(FleetGroup(gpu="A40", count=5, site=site) for site in ("GB", "DE-LU")))
    with pytest.raises(InputError, match="stand at several sites"):
        generate(fleet=two)
    with pytest.raises(InputError, match="carbon has 2 zones"):
        generate(carbon={"GB": trace, "DE-LU": trace})
    assert generate(fleet=two, site="GB", carbon={"GB": trace, "DE-LU": trace}, hours=3).gpus == 5


def test_wrong_arguments_are_told_all_at_once():
    with pytest.raises(InputError) as refusal:
        generate(classes=0, caps=[0.5, 0.4, 1.0], hours=0, load=-1, power=-1.0, mixed="no", zone="X", name="")
    assert {problem.field for problem in refusal.value.problems} == {
        "classes", "caps", "hours", "load", "power", "mixed", "zone", "name"}
    for caps in ([], "1", [0.4, 2.0], [0.5]):
        with pytest.raises(InputError, match="caps"):
            generate(caps=caps)
    with pytest.raises(InputError, match="start_utc"):
        generate(start_utc="tomorrow")


def test_wrong_fields_are_told_all_at_once():
    instance = generate(classes=2, hours=4, gpus=10)
    entry = instance.classes[0]
    with pytest.raises(ValueError, match=r"names lm-training-v100 twice.*3 hours and pue 4.*pool 7 of 1"):
        instance.replace(classes=(entry, entry.replace(submitted_gpu_h=np.ones(3), pool=7)))
    with pytest.raises(ValueError, match="pools is empty"):
        instance.replace(pools=())
    with pytest.raises(ValueError, match="give 1 to 20000"):
        instance.replace(pue=np.ones(0))
    with pytest.raises(ValueError, match=r"does not increase.*cap 9 of 2"):
        entry.replace(cap_w=[250.0, 200.0], initial_cap=9)
    with pytest.raises(ValueError, match="its curve begins at 100 W"):
        entry.replace(cap_w=[50.0, 250.0])
    with pytest.raises(ValueError, match="give 1 to 64"):
        entry.replace(cap_w=np.arange(100.0, 200.0))
    with pytest.raises(ValueError, match="give the same"):
        PowerCapSchedule(share=np.ones((1, 2, 1)), work_gpu_h=np.ones((1, 1, 1)))


def test_a_schedule_of_another_instance_is_refused_by_the_referee():
    instance = generate(classes=2, hours=4, gpus=10)
    with pytest.raises(InputError, match="the instance \\[2, 4, 5\\]"):
        ecoopt.evaluate(instance, PowerCapSchedule(share=np.ones((1, 4, 5)), work_gpu_h=np.zeros((1, 4, 5))))
    fewer = instance.replace(classes=(instance.classes[0].replace(cap_w=[200.0, 250.0]), instance.classes[1]))
    with pytest.raises(InputError, match="has 2 caps, and the schedule uses more"):
        ecoopt.evaluate(fewer, PowerCapSchedule(share=np.ones((2, 4, 5)), work_gpu_h=np.zeros((2, 4, 5))))


def test_idle_gpus_that_draw_more_than_busy_ones_are_refused():
    with pytest.raises(InputError, match="idle_power_w of pool 0 is 500 W, and a busy GPU of lm-training-v100 draws"):
        generate(classes=2, hours=6, idle_power_w=500.0)


def test_what_is_infeasible_is_explained():
    explain = ecoopt.families()["power_cap"].explain()
    instance = generate(classes=2, hours=4, gpus=10)
    assert explain(instance) == []
    assert explain(instance.replace(power_limit_w=np.array([100.0, 90.0, 1e6, 100.0]))) == [
        "hours 0 to 1: idle GPUs draw 350 W, and power_limit_w is 90 to 100; raise it",
        "hour 3: idle GPUs draw 350 W, and power_limit_w is 100; raise it"]
    warm, = explain(instance.replace(hall=instance.hall.replace(most_c=10.0)))
    assert warm.startswith("hours 0 to 3: the hall is at ")
    assert warm.endswith("most_c is 10; raise it")
    tight = instance.replace(power_limit_w=np.full(4, 400.0), classes=tuple(
        entry.replace(most_backlog_gpu_h=1.0) for entry in instance.classes))
    told = explain(tight)
    assert told
    assert all("must rise by" in line for line in told)
    assert ecoopt.solve(tight, "milp").schedule is None
    assert explain(tight.replace(power_limit_w=None)) == []


def test_a_file_that_is_no_reference_is_refused(tmp_path):
    path = tmp_path / "r.json"
    for content, message in (({}, "is no list"), ([{"name": "a"}], "there is no fleet-24-2"),
                             ([{"name": "fleet-24-2", "caps_w": [100]}], "a field is missing or wrong: KeyError")):
        path.write_text(json.dumps(content))
        with pytest.raises(InputError, match=message):
            import_power_cap_reference(path)


@pytest.mark.parametrize(("name", "plain", "best"), [
    ("fleet-24-0", 714_078, 716_486), ("fleet-24-0.5", 732_079, 755_496), ("fleet-24-2", 754_082, 832_194)])
def test_the_reference_fleets_have_their_bounds_and_the_strong_model_is_near_their_best(shared_data, name, plain, best):
    path: Path = shared_data.parent / "reference" / "power_cap.json.gz"
    if not path.is_file():
        pytest.skip(f"no reference fleets at {path}")
    tables = cap_tables(import_power_cap_reference(path, name=name))
    weak = solve_lp(plain_model(tables, integer=False).model).objective
    # The reference counts the largest rise of an hour, here all rises are counted: the same for whole caps.
    assert plain - 1 <= weak <= plain * 1.0001
    assert solve_lp(strong_model(tables).model).objective >= best * 0.996
