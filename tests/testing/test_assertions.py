"""Assertions for users' own tests pass what is right and fail what is wrong, saying what."""

import numpy as np
import pytest

from ecoopt.core.outcome import Outcome, TracePoint
from ecoopt.core.status import Sense, Status, Termination
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.hardware import generation
from ecoopt.instances.keepalive import FunctionProfiles, Invocations, KeepAliveInstance, KeepAliveSchedule, Weights
from ecoopt.testing.assertions import assert_bound_holds, assert_feasible, assert_same_bytes

START = "2023-02-03T08:00:00Z"
INSTANCE = KeepAliveInstance(
    name="two calls", generations=(generation("i3"),), pool_memory_gb=[1.0],
    profiles=FunctionProfiles(
        names=("app",), memory_gb=[0.1], warm_s=[[2.0]], cold_start_s=[[3.0]], warm_cpu_j=[[0.0]], warm_dram_j=[[0.0]],
        cold_start_cpu_j=[[0.0]], cold_start_dram_j=[[0.0]]),
    function_profile=[0], start_utc=START,
    carbon=CarbonTrace(zone="nowhere", start_utc=START, step_s=3600, intensity_g_per_kwh=[100.0]),
    invocations=Invocations.from_dense([[1, 1]]), weights=Weights(time_weight=1.0))


def schedule(kept):
    return KeepAliveSchedule(runs=[[1], [1]], keep_cell=[0], keep_generation=[0], keep_containers=[kept], keep_min=[1])


COST = 1 + 2 / 5


def outcome(**changes):
    given = {"status": Status.FEASIBLE, "termination": Termination.TIME, "schedule": schedule(1), "objective": COST,
             "bound": 1.3}
    return Outcome(**(given | changes))


def test_a_feasible_schedule_passes_and_returns_its_score():
    assert assert_feasible(INSTANCE, schedule(1)).objective == pytest.approx(COST)


def test_an_infeasible_schedule_fails_with_what_where_and_by_how_much():
    with pytest.raises(AssertionError, match=r"kept than there are: function 0, minute 0, by 1 containers"):
        assert_feasible(INSTANCE, schedule(2))
    with pytest.raises(AssertionError, match="there is no schedule"):
        assert_feasible(INSTANCE, None)


@pytest.mark.parametrize(("changes", "message"), [
    ({}, None),
    ({"bound": None}, None),
    ({"schedule": None, "objective": None}, None),
    ({"bound": COST * (1 + 1e-9)}, None),
    ({"bound": COST * 1.001}, "beats the bound"),
    ({"objective": COST * 0.999}, "the referee"),
    ({"objective": None}, "without objective"),
    ({"schedule": schedule(2)}, "infeasible"),
    ({"schedule": None, "bound": None}, "neither bound nor schedule"),
])
def test_bounds_and_objectives_are_held_against_the_referee(changes, message):
    if message is None:
        assert_bound_holds(INSTANCE, outcome(**changes))
    else:
        with pytest.raises(AssertionError, match=message):
            assert_bound_holds(INSTANCE, outcome(**changes))


def test_a_known_schedule_counts_against_the_bound_of_an_outcome_without_one():
    bound_only = outcome(schedule=None, objective=None, bound=1.5)
    assert_bound_holds(INSTANCE, bound_only)
    with pytest.raises(AssertionError, match="beats the bound"):
        assert_bound_holds(INSTANCE, bound_only, known=schedule(1))
    assert_bound_holds(INSTANCE, bound_only, known=schedule(1), sense=Sense.MAX)


def test_outcomes_are_the_same_whatever_the_clock_said():
    def at(seconds, **changes):
        point = TracePoint(seconds=seconds, iteration=3, incumbent=COST, bound=None)
        return outcome(trace=(point,), details={"presolve_s": seconds, "rounds": 3}, **changes)

    assert_same_bytes(at(0.1), at(0.2))
    assert_same_bytes({"a": np.arange(3), "b": [1.5, None, "x"]}, {"a": np.arange(3), "b": [1.5, None, "x"]})
    with pytest.raises(AssertionError, match=r"results differ in objective$"):
        assert_same_bytes(at(0.1), at(0.1, objective=np.nextafter(COST, 2)))
    with pytest.raises(AssertionError, match=r"results differ in schedule$"):
        assert_same_bytes(at(0.1), at(0.1, schedule=schedule(2)))


@pytest.mark.parametrize(("one", "other"), [
    (0.0, -0.0), (1, 1.0), (np.arange(3), np.arange(3.0)), ([1, 2], [2, 1]), ({"a": 1}, {"b": 1}), (None, 0),
])
def test_what_differs_in_a_bit_or_in_its_type_differs(one, other):
    assert_same_bytes(one, one)
    with pytest.raises(AssertionError, match="results differ"):
        assert_same_bytes(one, other)
