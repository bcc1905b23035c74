"""Budget, run and observers: what is spent, kept and told."""

import math

import pytest

from ecoopt.core.budget import Budget
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Schedule
from ecoopt.core.observer import Observer, Observers
from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Status, Termination


def schedule(name="a"):
    return Schedule(family=name, schema_version=1)


class Diary(Observer):
    def __init__(self):
        self.events = []

    def on_start(self, run):
        self.events.append("start")

    def on_iteration(self, run):
        self.events.append("iteration")

    def on_incumbent(self, run):
        self.events.append(("incumbent", run.objective))

    def on_bound(self, run):
        self.events.append(("bound", run.bound))

    def on_end(self, run):
        self.events.append("end")


@pytest.mark.parametrize("limits", [{"seconds": -1}, {"iterations": -1}, {"gap": math.nan}, {"evaluations": math.inf}])
def test_a_limit_that_is_none_is_refused(limits):
    with pytest.raises(InputError, match=f"budget: {next(iter(limits))}: .* finite number"):
        Budget(**limits)


def test_all_wrong_limits_are_refused_at_once():
    with pytest.raises(InputError) as caught:
        Budget(seconds=-1, gap=math.inf)
    assert [p.field for p in caught.value.problems] == ["seconds", "gap"]


def test_no_limit_never_stops():
    run = Run()
    run.tick(10**6, 10**6)
    assert run.stop() is None
    assert run.seconds_left == run.iterations_left == run.evaluations_left == math.inf


@pytest.mark.parametrize(("budget", "reason"), [
    (Budget(seconds=0), Termination.TIME), (Budget(iterations=3), Termination.ITERATIONS),
    (Budget(evaluations=6), Termination.ITERATIONS), (Budget(gap=0.1), Termination.GAP)])
def test_each_limit_stops_with_its_own_reason(budget, reason):
    run = Run(budget)
    run.offer(10.0, schedule())
    run.prove(9.5)
    run.tick(3, 6)
    assert run.stop() is reason


def test_what_is_left_is_never_negative():
    run = Run(Budget(seconds=0, iterations=1, evaluations=1))
    run.tick(5, 5)
    assert (run.seconds_left, run.iterations_left, run.evaluations_left) == (0, 0, 0)


@pytest.mark.parametrize(("sense", "better", "worse"), [(Sense.MIN, 1.0, 2.0), (Sense.MAX, 2.0, 1.0)])
def test_only_improvements_are_kept(sense, better, worse):
    run = Run(sense=sense)
    assert run.offer(worse, schedule("worse"))
    assert run.offer(better, schedule("better"))
    assert not run.offer(worse, schedule("worse"))
    assert not run.offer(better, schedule("equal"))
    assert run.schedule().family == "better"
    assert run.prove(worse if sense is Sense.MAX else 0.5)
    assert [point.incumbent for point in run.trace] == [worse, better, better]


@pytest.mark.parametrize(("sense", "first", "second"), [(Sense.MIN, 1.0, 2.0), (Sense.MAX, 2.0, 1.0)])
def test_bounds_only_tighten(sense, first, second):
    run = Run(sense=sense)
    assert run.prove(first)
    assert run.prove(second)
    assert not run.prove(first)
    assert not run.prove(math.inf)
    assert not run.prove(math.nan)
    assert run.bound == second


def test_a_schedule_is_built_only_when_asked_for_and_once():
    built = []
    run = Run()
    run.offer(2.0, lambda: built.append("first") or schedule())
    run.offer(1.0, lambda: built.append("second") or schedule())
    assert built == []
    assert run.schedule() is run.schedule()
    assert built == ["second"]


@pytest.mark.parametrize(("offer", "prove", "status", "termination"), [
    (None, None, Status.NONE, Termination.DONE), (1.0, None, Status.FEASIBLE, Termination.DONE),
    (1.0, 0.5, Status.FEASIBLE, Termination.DONE), (1.0, 1.0, Status.OPTIMAL, Termination.PROOF),
    (None, 1.0, Status.NONE, Termination.DONE)])
def test_the_outcome_says_what_is_known(offer, prove, status, termination):
    run = Run()
    if offer is not None:
        run.offer(offer, schedule())
    if prove is not None:
        run.prove(prove)
    outcome = run.outcome(figure=1)
    assert (outcome.status, outcome.termination) == (status, termination)
    assert (outcome.objective, outcome.bound) == (offer, prove)
    assert (outcome.schedule is None) == (offer is None)
    assert outcome.details == {"figure": 1}


def test_an_infeasible_outcome_has_no_bound():
    run = Run()
    run.prove(0.0)
    outcome = run.outcome(Termination.PROOF, Status.INFEASIBLE)
    assert (outcome.bound, outcome.trace) == (None, ())


def test_every_observer_is_told_every_event_in_order():
    one, other = Diary(), Diary()
    run = Run(observer=Observers([one, other]))
    run.offer(3.0, schedule())
    run.tick()
    run.prove(1.0)
    run.offer(4.0, schedule())
    run.outcome()
    assert one.events == ["start", ("incumbent", 3.0), "iteration", ("bound", 1.0), "end"]
    assert other.events == one.events


def test_the_base_observer_does_nothing():
    run = Run(observer=Observer())
    run.offer(1.0, schedule())
    run.tick()
    run.prove(0.0)
    assert run.outcome().iterations == 1
