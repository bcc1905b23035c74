"""The referee of generation directives: what it charges, worked out by hand, and every rule that it tells of."""

import numpy as np
import pytest

from ecoopt.core.errors import InputError
from ecoopt.evaluate.directives import evaluate
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.directives import (
    DirectivesInstance,
    DirectivesSchedule,
    Evaluator,
    Fleet,
    Region,
    Window,
)

START = "2023-03-01T00:00:00Z"


def region(name="home", values=(100.0, 300.0)):
    trace = CarbonTrace(zone=name, start_utc=START, step_s=3600, intensity_g_per_kwh=np.array(values))
    return Region(name=name, carbon=trace, least_g_per_kwh=100.0, most_g_per_kwh=300.0, mean_g_per_kwh=200.0)


def instance_of(**changes):
    """Two hours, one class, a long answer of 2 kWh and 1800 s, a short one of a quarter, half as well liked."""
    content = {
        "name": "case", "classes": ("d",), "levels": ("L0", "L1"), "energy_kwh": np.array([[2.0, 0.5]]),
        "time_s": np.array([[1800.0, 450.0]]), "preference": np.array([[0.6, 0.3]]), "regions": (region(),),
        "start_utc": START, "requests": np.array([[10.0, 20.0]]), "mix": np.ones((1, 2, 1)),
        "embodied_g_per_s": 0.01, "pue": 1.5}
    return DirectivesInstance.from_content(content | changes, "case")


def schedule_of(shares=((1.0, 0.0), (0.5, 0.5)), **fields):
    return DirectivesSchedule(share=np.array(shares)[None, :, None, None, :], **fields)


def two_regions(**changes):
    fleet = {"gpus": np.array([8, 20]), "idle_power_w": 100.0, "utilisation": 0.5, "ramp_gpus": 5,
             "rtt_ms": np.array([[0.0, 80.0], [300.0, 0.0]]), "rtt_limit_ms": 100.0,
             "network_kwh": np.array([[0.0, 0.1], [0.1, 0.0]])}
    return instance_of(
        regions=(region(), region("away", (200.0, 200.0))), requests=np.array([[10.0, 10.0], [0.0, 10.0]]),
        mix=np.ones((2, 2, 1)), fleet=Fleet(**fleet | changes))


def fleet_schedule(gpus=((8, 8), (5, 10)), moved=0.2, back=0.0):
    share = np.zeros((2, 2, 1, 2, 2))
    share[0, :, 0, 0, 0], share[0, :, 0, 1, 0] = 1 - moved, moved
    share[1, :, 0, 1, 0], share[1, :, 0, 0, 0] = 1 - back, back
    return DirectivesSchedule(share=share, gpus=np.array(gpus))


def told(instance, schedule):
    return [(v.what, v.where, pytest.approx(v.by), v.unit) for v in evaluate(instance, schedule).violations]


def test_energy_and_time_are_charged_hour_by_hour():
    score = evaluate(instance_of(), schedule_of())
    serving = 1.5 * (10 * 2.0 * 100 + 20 * 1.25 * 300)
    embodied = 0.01 * (10 * 1800 + 20 * 1125)
    assert score.objective == pytest.approx(serving + embodied)
    value = {name: term.value for name, term in score.terms.items()}
    assert (value["serving_g"], value["embodied_g"]) == (pytest.approx(serving), pytest.approx(embodied))
    base = 1.5 * (20 * 100 + 40 * 300) + 0.01 * 30 * 1800
    assert value["carbon_saving"] == pytest.approx(1 - (serving + embodied) / base)
    assert value["mean_hourly_quality"] == pytest.approx(0.875)
    assert value["quality"] == pytest.approx((10 + 20 * 0.75) / 30)
    assert value["energy_kwh"] == pytest.approx(1.5 * 45)
    assert score.feasible


def test_evaluations_are_charged_where_they_are_made():
    judged = instance_of(evaluator=Evaluator(prompts=4, judge_kwh=1.0, least_gap_h=1))
    score = evaluate(judged, schedule_of(evaluations=[0, 1]))
    once_kwh = 4 * 2.5 + 1.0
    assert score.terms["evaluation_g"].value == pytest.approx(1.5 * once_kwh * 400 + 2 * 0.01 * 4 * 2250)
    assert score.terms["evaluations"].value == 2
    assert score.terms["serving_saving"].value > score.terms["carbon_saving"].value


def test_a_fleet_is_charged_for_idle_gpus_the_way_there_and_being_on():
    score = evaluate(two_regions(), fleet_schedule())
    value = {name: term.value for name, term in score.terms.items()}
    at_home_kwh, busy_h = 8 * 2.0, 8 * 0.5
    served = 1.5 * (at_home_kwh * (100 + 300) + (4.0 + 24.0) * 200)
    idle = 1.5 * 0.1 * ((8 - busy_h) * (100 + 300) + ((5 - 1) + (10 - 6)) * 200)
    assert value["serving_g"] == pytest.approx(served)
    assert value["idle_g"] == pytest.approx(idle)
    assert value["network_g"] == pytest.approx(0.1 * 2 * 2 * 200)
    assert value["embodied_g"] == pytest.approx(0.01 * 3600 * 31)
    assert value["gpu_hours"] == 31
    # The second region has 5 GPUs for 1 busy hour, then 10 for 6: one hour more than half of them.
    assert told(two_regions(), fleet_schedule()) == [
        ("GPUs are busier than they may be", "region away, hour 1", 1.0, "GPUs")]


def test_requests_left_served_twice_or_split_are_told():
    assert told(instance_of(), schedule_of(((0.5, 0.0), (1.0, 0.25)))) == [
        ("requests are not served", "region home, hour 0", 0.5, "share"),
        ("more requests are served than there are", "region home, hour 1", 0.25, "share")]
    assert told(instance_of(integer=True), schedule_of()) == [
        ("requests are split between levels or regions", "region home, hour 1", 0.5, "share")]
    aware = instance_of(class_aware=True)
    assert told(aware, schedule_of(((0.5, 0.0), (1.0, 0.0))))[0][1] == "region home, hour 0, class d"


def test_quality_that_is_too_low_in_an_hour_or_a_window_is_told():
    assert told(instance_of(tolerance=0.1), schedule_of()) == [
        ("quality is below that of the hour", "region home, hour 1", 0.9 - 0.75, "of level 0's")]
    assert told(instance_of(hourly_floor=0.8), schedule_of(((0.5, 0.5), (1.0, 0.0)))) == [
        ("quality is below that of the hour", "region home, hour 0", 0.05, "of level 0's")]
    windows = (Window(start_h=0, end_h=2, loss=0.1), Window(start_h=0, end_h=1, loss=0.0))
    assert told(instance_of(windows=windows), schedule_of()) == [
        ("quality is below the window's", "region home, hours 0..1", 0.9 - 25 / 30, "of level 0's")]


def test_an_hour_is_held_to_what_was_believed_and_a_window_to_what_is_true():
    """The class of hour 1 likes short answers; at the last evaluation nobody did."""
    mix = np.array([[[1.0, 0.0], [0.0, 1.0]]])
    judged = instance_of(
        classes=("d", "e"), energy_kwh=np.ones((2, 2)), time_s=np.zeros((2, 2)), mix=mix, hourly_floor=0.9,
        preference=np.array([[0.5, 0.0], [0.5, 0.5]]), evaluator=Evaluator(least_gap_h=1),
        windows=(Window(start_h=0, end_h=2, loss=0.0),))
    short = ((1.0, 0.0), (0.0, 1.0))
    assert told(judged, schedule_of(short, evaluations=[0])) == [
        ("quality is below that of the hour", "region home, hour 1", 0.9, "of level 0's")]
    assert told(judged, schedule_of(short, evaluations=[0, 1])) == []


def test_evaluations_that_are_missing_too_soon_or_too_late_are_told():
    hours = 8
    judged = instance_of(
        regions=(region(values=(100.0,) * hours),), requests=np.ones((1, hours)), mix=np.ones((1, hours, 1)),
        evaluator=Evaluator(least_gap_h=2, most_gap_h=3))
    shares = ((1.0, 0.0),) * hours
    assert told(judged, schedule_of(shares, evaluations=[0, 3, 6])) == []
    assert told(judged, schedule_of(shares)) == [
        ("preferences are not evaluated in hour 0", "hour 0", 8.0, "h")]
    assert told(judged, schedule_of(shares, evaluations=[1, 4])) == [
        ("preferences are not evaluated in hour 0", "hour 0", 1.0, "h")]
    assert told(judged, schedule_of(shares, evaluations=[0, 1, 4])) == [
        ("preferences are evaluated too soon again", "hour 1", 1.0, "h"),
        ("preferences are evaluated too late", "after hour 4", 1.0, "h")]


def test_requests_sent_too_far_and_gpus_that_are_not_there_or_switched_too_fast_are_told():
    far = fleet_schedule(moved=0.0, back=0.5, gpus=((10, 20), (10, 10)))
    assert told(two_regions(), far) == [
        ("requests go farther than the round trip allows", f"region away, hour {t}", 0.5, "share") for t in (0, 1)] + [
        ("more GPUs are on than there are", "region home, hour 0", 2.0, "GPUs"),
        ("more GPUs are on than there are", "region home, hour 1", 12.0, "GPUs"),
        ("more GPUs are switched than the ramp allows", "region home, hour 1", 5.0, "GPUs")]
    ahead = two_regions(initial_gpus=np.array([0, 10]))
    assert ("more GPUs are switched than the ramp allows", "region home, hour 0", 5.0, "GPUs") in told(ahead, far)


def test_schedules_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="give a DirectivesInstance"):
        evaluate(schedule_of(), schedule_of())
    with pytest.raises(InputError, match="has shape"):
        evaluate(instance_of(), schedule_of(((1.0, 0.0),)))
    with pytest.raises(InputError, match="without a fleet"):
        evaluate(instance_of(), schedule_of(gpus=[[1, 1]]))
    with pytest.raises(InputError, match="without an evaluator"):
        evaluate(instance_of(), schedule_of(evaluations=[0]))
    with pytest.raises(InputError, match="beyond hour 1"):
        evaluate(instance_of(evaluator=Evaluator()), schedule_of(evaluations=[0, 2]))
    with pytest.raises(InputError, match="are missing"):
        evaluate(two_regions(), fleet_schedule().replace(gpus=None))
