"""The referee of dispatch on a case worked out by hand, and what it says of each broken rule."""

import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.evaluate.dispatch import OVERLAP, TOO_EARLY, UNKNOWN_MACHINE, evaluate
from ecoopt.instances.dispatch import DispatchInstance, DispatchSchedule, MachineType


@pytest.fixture
def instance():
    """Four queries on a fast and a slow machine, ticks of 10 ms, 80 ms at most."""
    types = (MachineType(name="fast", count=1, mean_ms=[20.0], p99_ms=[25.0]),
             MachineType(name="slow", count=1, mean_ms=[50.0], p99_ms=[60.0]))
    return DispatchInstance(name="by hand", tick_ms=10, qos_ticks=8, batch_limit=[100], types=types,
                            arrival_tick=[0, 1, 2, 3], batch=[5, 5, 5, 500], weight=[1, 2, 4, 8],
                            service_tick=[[2, 5], [2, 5], [3, 9], [6, 8]])


def test_weights_of_queries_on_time_are_added_up(instance):
    score = evaluate(instance, DispatchSchedule(machine=[0, 1, -1, 0], start_tick=[0, 1, 0, 6]))
    assert score.feasible
    assert score.objective == 3  # the last one ends at 12, due at 11
    terms = {name: term.value for name, term in score.terms.items()}
    assert (terms["on_time"], terms["late"], terms["unserved"], terms["on_time_share"]) == (2, 1, 1, 0.5)
    assert terms["mean_response_ms"] == pytest.approx((20 + 50 + 90) / 3)
    assert terms["load[fast]"] == pytest.approx((2 + 6) / 11)
    assert terms["load[slow]"] == pytest.approx(5 / 11)


def test_a_response_of_exactly_the_longest_is_on_time(instance):
    assert evaluate(instance, DispatchSchedule(machine=[-1, -1, -1, 1], start_tick=[0, 0, 0, 3])).objective == 8
    assert evaluate(instance, DispatchSchedule(machine=[-1, -1, -1, 1], start_tick=[0, 0, 0, 4])).objective == 0


@pytest.mark.parametrize(("machine", "start", "rule", "by"), [
    ([2, -1, -1, -1], [0, 0, 0, 0], UNKNOWN_MACHINE, 1), ([-1, -1, 0, -1], [0, 0, 0, 0], TOO_EARLY, 20),
    ([0, 0, -1, -1], [0, 1, 0, 0], OVERLAP, 10), ([-1, -1, 0, 0], [0, 0, 9, 4], OVERLAP, 10),
    ([1, 1, 1, -1], [1, 2, 3, 0], OVERLAP, 40),
])
def test_every_broken_rule_is_told_with_its_amount(instance, machine, start, rule, by):
    found = evaluate(instance, DispatchSchedule(machine=machine, start_tick=start)).violations
    assert (found[0].what, found[0].by) == (rule, by)
    assert {violation.what for violation in found} == {rule}


def test_a_schedule_of_other_queries_is_refused(instance):
    with pytest.raises(InputError, match="has 2 entries for 4 queries"):
        evaluate(instance, DispatchSchedule(machine=[0, 0], start_tick=[0, 5]))
    with pytest.raises(InputError, match="give a DispatchInstance and a DispatchSchedule"):
        evaluate(instance, ecoopt.generate("dispatch", queries=2))
