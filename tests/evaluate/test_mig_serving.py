"""The MIG serving referee: every rule broken once and told, and an objective that can be worked out by hand."""

import numpy as np
import pytest

from ecoopt.core.errors import InputError
from ecoopt.evaluate import evaluate
from ecoopt.evaluate.mig_serving import evaluate as referee
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.mig import geometry
from ecoopt.instances.mig_serving import MigServingInstance, MigServingSchedule, Service
from ecoopt.instances.variants import ModelVariant

START = "2023-03-01T00:00:00Z"
GPU = geometry("A30-24")
FULL, HALF, QUARTER = range(3)


def variant(name, quality, seconds, joules, **changes):
    """Return a variant whose time grows as slices get smaller."""
    return ModelVariant(**{
        "name": name, "application": "app", "quality": quality, "quality_metric": "accuracy", "memory_gb": 2.0,
        "service_time_s": {name: seconds * share for name, share in zip(GPU.names, (1, 2, 4), strict=True)},
        "energy_j": dict.fromkeys(GPU.names, joules)} | changes)


def instance_of(**changes):
    """Return two GPUs for two hours, one request a second, at 100 and 200 g/kWh."""
    carbon = CarbonTrace(zone="z", start_utc=START, step_s=3600, intensity_g_per_kwh=np.array([100.0, 200.0]))
    content = {
        "name": "case", "geometry": GPU, "gpus": 2, "idle_power_w": 40.0, "pool_sizes": [1, 2],
        "services": (Service(name="app", reference_quality=0.8, reference_j=100.0, tail_limit_s=1.0),),
        "variants": (variant("small", 0.6, 0.1, 5.0), variant("large", 0.8, 0.4, 20.0)),
        "utilisation": [[[0.5, 0.8]] * 3] * 2, "late_share": np.zeros((2, 3)), "start_utc": START,
        "load_rps": [[1.0, 1.0]], "carbon": carbon, "pue": 1.5, "reference_intensity_g_per_kwh": 250.0,
        "carbon_weight": 0.5, "repartition_j": 3600.0, "power_on_j": 7200.0}
    return MigServingInstance.from_content(content | changes, "case")


def schedule_of(gpus_on=(1, 1), full=((1, 1),), slices=None, rates=None):
    """Return instances of the small variant on whole GPUs in two hours, with changes where given."""
    instances = np.zeros((2, 2, 3), dtype=np.int64)
    instances[:, 0, FULL] = full[0]
    rate = np.zeros((2, 2, 3))
    rate[:, 0, FULL] = 1.0
    return MigServingSchedule(
        gpus_on=np.array(gpus_on), slices=np.array(slices or [[1, 0, 0], [1, 0, 0]]), instances=instances,
        rate_rps=rate if rates is None else rates)


def told(instance, schedule):
    return [(v.what, v.where, pytest.approx(v.by), v.unit) for v in evaluate(instance, schedule).violations]


def test_carbon_and_quality_are_those_of_a_sheet_of_paper():
    score = evaluate(instance_of(), schedule_of(gpus_on=(1, 2), slices=[[1, 0, 0], [1, 1, 0]]))
    assert score.feasible
    first = 40 * 3600 + 5 * 3600
    second = 80 * 3600 + 5 * 3600 + 7200 + 3600
    reference = 100 * 3600 * 250
    carbon = (first * 100 + second * 200) / reference / 2
    assert score.objective == pytest.approx(0.5 * carbon + 0.5 * 0.25, rel=1e-12)
    assert score.terms["carbon_g"].value == pytest.approx(1.5 * (first * 100 + second * 200) / 3.6e6)
    assert score.terms["clover_objective"].value == pytest.approx(0.5 - score.objective)
    assert score.terms["slices_changed"].value == 1


def test_states_before_are_paid_for():
    instance = instance_of(initial_slices=[0, 2, 0], initial_gpus_on=0)
    plain, changed = (evaluate(each, schedule_of()) for each in (instance_of(), instance))
    paid = (3 * 3600 + 7200) * 100 / (100 * 3600 * 250) / 2
    assert changed.objective - plain.objective == pytest.approx(0.5 * paid)


def test_gpus_that_are_not_there_or_must_be_on_are_told():
    assert told(instance_of(), schedule_of(gpus_on=(3, 1))) == [
        ("more GPUs are on than there are", "period 0", 1, "GPUs")]
    assert told(instance_of(power_off=False), schedule_of(gpus_on=(2, 1))) == [
        ("GPUs are off that must be on", "period 1", 1, "GPUs")]


def test_slices_without_a_place_are_told():
    assert told(instance_of(), schedule_of(slices=[[1, 0, 0], [1, 1, 0]])) == [
        ("the slices do not fit on the GPUs that are on", "period 1", 2, "slices")]


def test_instances_without_slice_are_told():
    assert told(instance_of(), schedule_of(full=((1, 2),))) == [
        ("more instances than slices", "period 1, profile 4g.24gb", 1, "instances")]


def test_instances_where_they_cannot_run_are_told():
    large = variant("small", 0.6, 0.1, 5.0, service_time_s={"2g.12gb": 0.2}, energy_j={"2g.12gb": 5.0})
    instance = instance_of(variants=(large, variant("large", 0.8, 0.4, 20.0)))
    assert ("an instance is on a profile that cannot run it", "period 0, app/small on 4g.24gb", 1, "instances") in told(
        instance, schedule_of())


def test_requests_without_instance_are_told():
    rates = np.zeros((2, 2, 3))
    rates[:, 0, FULL], rates[1, 1, HALF], rates[1, 0, FULL] = 1.0, 0.25, 0.75
    assert told(instance_of(), schedule_of(rates=rates)) == [
        ("requests are sent where there is no instance", "period 1, app/large on 2g.12gb", 0.25, "requests/s")]


def test_busy_instances_are_told_by_the_pool_that_they_are_in():
    instance = instance_of(load_rps=[[1.0, 7.0]])
    rates = np.zeros((2, 2, 3))
    rates[:, 0, FULL] = 1.0, 7.0
    alone = schedule_of(rates=rates)
    assert told(instance, alone) == [
        ("instances are busier than the tail latency allows", "period 1, app/small on 4g.24gb", 0.2, "busy instances")]
    assert evaluate(instance, schedule_of(
        gpus_on=(2, 2), full=((2, 2),), slices=[[2, 0, 0], [2, 0, 0]], rates=rates)).feasible


def test_requests_left_or_sent_twice_are_told():
    rates = np.zeros((2, 2, 3))
    rates[:, 0, FULL] = 0.5, 1.5
    assert told(instance_of(), schedule_of(rates=rates)) == [
        ("requests are not served", "period 0, service app", 0.5, "requests/s"),
        ("more requests are sent than there are", "period 1, service app", 0.5, "requests/s")]


def test_late_requests_beyond_the_budget_are_told():
    late = np.zeros((2, 3))
    late[0, FULL] = 0.04
    services = (Service(name="app", reference_quality=0.8, reference_j=100.0, tail_limit_s=1.0, late_budget=0.03),)
    assert told(instance_of(late_share=late, services=services), schedule_of()) == [
        ("more requests are late than may be", f"period {t}, service app", pytest.approx(0.01), "requests/s")
        for t in (0, 1)]
    within = (services[0].replace(late_budget=0.04),)
    assert evaluate(instance_of(late_share=late, services=within), schedule_of()).feasible


def test_schedules_of_other_shapes_and_instances_of_other_types_are_refused():
    with pytest.raises(InputError, match="shape"):
        evaluate(instance_of(load_rps=[[1.0]]), schedule_of())
    with pytest.raises(InputError, match="give a MigServingInstance"):
        referee(schedule_of(), schedule_of())
