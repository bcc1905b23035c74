"""Solve: crashes caught, claims checked, starts never lost."""

import math
import os
import signal
import threading

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.core.files import encode
from ecoopt.core.method import Kind, Method
from ecoopt.core.observer import Observer
from ecoopt.core.result import Result
from ecoopt.core.status import Status, Termination
from ecoopt.documents import read_result, write_result

pytestmark = [pytest.mark.usefixtures("faults"),
              pytest.mark.filterwarnings("ignore::ecoopt.registry.EntryPointWarning")]


@pytest.fixture(scope="module")
def instance(faults):
    return ecoopt.generate("toy", jobs=8, seed=0)


@pytest.fixture(scope="module")
def best(instance):
    return ecoopt.solve(instance, "exact")


def schedule(instance, choice):
    return ecoopt.family("toy").Schedule(choice=choice)


def notes(result):
    return " ".join(result.notes)


def test_an_honest_result_says_all_that_is_needed_to_run_it_again(instance):
    result = ecoopt.solve(instance, "random", iterations=20, time_limit=60, seed=3, shuffles=500)
    assert (result.status, result.termination, result.notes) == (Status.FEASIBLE, Termination.ITERATIONS, ())
    assert (result.family, result.method, result.kind, result.seed) == ("toy", "random", "heuristic", 3)
    assert (result.instance_name, result.instance_digest) == (instance.name, instance.digest)
    assert result.options == {"shuffles": 500}
    assert (result.budget.iterations, result.budget.seconds, result.iterations) == (20, 60, 20)
    assert result.objective == result.score.objective == result.claimed_objective
    assert result.versions["ecoopt"]
    assert 0 < result.wall_s < 60
    again = ecoopt.solve(instance, "random", iterations=20, time_limit=60, seed=3, options={"shuffles": 500})
    assert again.schedule == result.schedule
    assert [p.incumbent for p in again.trace] == [p.incumbent for p in result.trace]


def test_an_optimal_result_has_gap_zero(best):
    assert (best.status, best.termination, best.gap) == (Status.OPTIMAL, Termination.PROOF, 0)


def test_a_bound_method_gives_a_bound_and_no_schedule(instance, best):
    result = ecoopt.solve(instance, "bound")
    assert (result.status, result.schedule, result.score, result.gap) == (Status.NONE, None, None, math.inf)
    assert result.bound <= best.objective


@pytest.mark.parametrize(("method", "status", "note"), [
    ("crash", Status.ERROR, "crashed: ZeroDivisionError: division by zero in the middle"),
    ("crash_late", Status.FEASIBLE, "crashed: MemoryError: out of memory"),
    ("crash_unbuilt", Status.ERROR, "crashed: RuntimeError: late"),
    ("none", Status.ERROR, "returned a NoneType, not an Outcome"),
    ("text", Status.ERROR, "crashed: ValidationError: schedule"), ("no_number", Status.ERROR, "crashed: "),
])
def test_a_crash_is_a_result_and_keeps_the_incumbent(instance, method, status, note):
    result = ecoopt.solve(instance, method)
    assert (result.status, result.termination) == (status, Termination.CRASH)
    assert note in notes(result)
    assert result.feasible == (status is Status.FEASIBLE)
    assert "Traceback" in result.details["crash"][0]
    if status is Status.FEASIBLE:
        assert result.bound == 0.5
        assert result.score.objective == result.objective


@pytest.mark.parametrize(("method", "status", "note"), [
    ("infeasible", Status.ERROR, "schedule is infeasible: places at option 0 by 5 jobs"),
    ("unreadable", Status.ERROR, "referee cannot score the schedule: InputError"),
    ("overclaim", Status.FEASIBLE, "the method values its schedule"),
    ("false_bound", Status.ERROR, "claims a bound of"),
    ("empty_claim", Status.ERROR, "claims status optimal and has no schedule"),
])
def test_what_the_referee_refutes_is_said(instance, method, status, note):
    result = ecoopt.solve(instance, method)
    assert result.status is status
    assert note in notes(result)
    assert result.status is not Status.OPTIMAL


def test_an_infeasible_schedule_is_shown_with_its_violations_and_without_objective(instance):
    result = ecoopt.solve(instance, "infeasible")
    assert (result.objective, result.gap, result.feasible) == (None, math.inf, False)
    assert result.score.violations
    assert result.claimed_objective == 1.0


def test_a_refuted_bound_is_taken_out(instance):
    result = ecoopt.solve(instance, "false_bound")
    assert result.bound is None
    assert result.details["refuted_bound"] > result.objective


def test_an_overclaimed_value_gets_the_referee_s_value_and_gap(instance):
    result = ecoopt.solve(instance, "overclaim")
    assert result.objective == pytest.approx(2 * result.claimed_objective)
    assert result.gap == pytest.approx(0.5)


def test_what_a_method_only_claims_is_no_incumbent(instance):
    result = ecoopt.solve(instance, "overclaim")
    assert [p.incumbent for p in result.trace if p.incumbent is not None] == [result.objective]
    assert result.trace[-1].seconds == pytest.approx(result.wall_s)
    assert [p.incumbent for p in ecoopt.solve(instance, "infeasible").trace] == [None]
    false = ecoopt.solve(instance, "false_bound")
    assert [p.incumbent for p in false.trace][-1] == false.objective
    assert [p.bound for p in false.trace if p.bound is not None] == []
    modest = ecoopt.solve(instance, "underclaim")
    assert modest.claimed_objective == pytest.approx(2 * modest.objective)
    assert [p.incumbent for p in modest.trace] == [modest.claimed_objective, modest.objective]
    honest = ecoopt.solve(instance, "random", iterations=9)
    assert [p.incumbent for p in honest.trace][-1] == honest.objective


@pytest.mark.parametrize(("method", "note"), [("leaves", "crashed: SystemExit: 3"),
                                              ("breaks_off", "crashed: KeyboardInterrupt")])
def test_a_method_that_ends_the_interpreter_ends_itself_alone(instance, method, note):
    result = ecoopt.solve(instance, method)
    assert (result.status, result.termination) == (Status.FEASIBLE, Termination.CRASH)
    assert note in notes(result)


@pytest.mark.parametrize("method", ["greedy", "random", "nothing", "crash", "crash_late", "bound", "exact"])
def test_what_is_returned_is_never_worse_than_the_start(instance, best, method):
    result = ecoopt.solve(instance, method, start=best, iterations=3)
    assert result.feasible
    assert result.objective == pytest.approx(best.objective)
    assert result.status in (Status.FEASIBLE, Status.OPTIMAL)


def test_the_start_returned_in_place_of_something_worse_is_noted(instance, best):
    result = ecoopt.solve(instance, "greedy", start=best.schedule)
    assert result.schedule == best.schedule
    assert "the start is returned" in notes(result)
    assert result.claimed_objective > result.objective


def test_something_better_than_the_start_is_kept(instance, best):
    worse = ecoopt.solve(instance, "greedy")
    assert worse.objective > best.objective
    result = ecoopt.solve(instance, "exact", start=worse)
    assert (result.schedule, result.status, result.notes) == (best.schedule, Status.OPTIMAL, ())


@pytest.mark.parametrize("method", ["infeasible", "denies", "too_high", "false_bound"])
def test_a_start_refutes_false_claims_and_is_returned(instance, best, method):
    result = ecoopt.solve(instance, method, start=best)
    assert result.status is Status.ERROR
    assert result.objective == pytest.approx(best.objective)
    assert result.bound is None


def test_an_optimum_worse_than_the_start_is_refuted(instance, best):
    def claim(instance, run, *, seed, start):
        value, choice = 0.0, instance.cost_g.argmax(axis=1)
        value = ecoopt.evaluate(instance, schedule(instance, choice)).objective
        run.offer(value, schedule(instance, choice))
        return run.outcome(Termination.PROOF, Status.OPTIMAL)

    loose = ecoopt.generate("toy", jobs=8, tight=False)
    method = local_method(claim)
    good = ecoopt.solve(loose, "exact")
    result = ecoopt.solve(loose, method, start=good)
    assert result.status is Status.ERROR
    assert "is optimal" in notes(result)
    assert result.schedule == good.schedule


def local_method(function):
    """Return a method around a function of this file."""
    method = Method("toy", "local", Kind.HEURISTIC, "t", "s", "nowhere:nothing")
    method.__dict__["function"] = function
    return method


def test_a_start_that_breaks_a_rule_is_refused(instance):
    with pytest.raises(InputError, match="start: option 0: breaks places by 5 jobs; give a feasible schedule"):
        ecoopt.solve(instance, "greedy", start=schedule(instance, np.zeros(8, int)))


def test_a_start_of_the_wrong_size_or_kind_is_refused(instance):
    with pytest.raises(InputError, match="not one of 3 options"):
        ecoopt.solve(instance, "greedy", start=schedule(instance, [0]))
    with pytest.raises(InputError, match="schedule: is of str"):
        ecoopt.solve(instance, "greedy", start="best")
    with pytest.raises(InputError, match="start: schedule: the result holds none"):
        ecoopt.solve(instance, "greedy", start=ecoopt.solve(instance, "bound"))


@pytest.mark.parametrize(("arguments", "message"), [
    ({"method": "gredy"}, "did you mean greedy"), ({"method": "greedy", "seed": -1}, "not a seed"),
    ({"method": "greedy", "seed": 1.5}, "not a seed"), ({"method": "greedy", "seed": True}, "not a seed"),
    ({"method": "greedy", "time_limit": -1}, "budget: seconds"), ({"method": "greedy", "gap": math.nan}, "budget: gap"),
    ({"method": "random", "shufles": 3}, "did you mean shuffles"), ({"method": "random", "shuffles": 0}, "shuffles"),
    ({"method": "picky"}, "picky: cost_g: is not to my taste"),
])
def test_wrong_arguments_are_refused(instance, arguments, message):
    with pytest.raises(InputError, match=message):
        ecoopt.solve(instance, **arguments)


def test_what_is_no_instance_and_a_method_of_another_family_are_refused(instance):
    with pytest.raises(InputError, match="not an Instance"):
        ecoopt.solve("instance.json", "greedy")
    with pytest.raises(InputError, match="other is for keepalive"):
        ecoopt.solve(instance, Method("keepalive", "other", Kind.EXACT, "t", "s", "m:f"))


def test_details_of_any_kind_are_written_and_read_back(instance, tmp_path):
    result = ecoopt.solve(instance, "odd_details")
    assert result.details == {"inf": None, "array": [0, 1, 2], "count": 7, "nested": {"1": [0.5, None]}}
    write_result(result, tmp_path / "r.json.gz")
    again = read_result(tmp_path / "r.json.gz")
    assert again == result
    assert encode(again) == encode(result)


@pytest.mark.parametrize("method", ["crash", "infeasible", "false_bound", "bound", "exact", "crash_late", "denies"])
def test_every_result_survives_its_file(instance, tmp_path, method):
    result = ecoopt.solve(instance, method)
    write_result(result, tmp_path / "r.json")
    assert read_result(tmp_path / "r.json") == result


def test_an_interrupt_gives_the_best_so_far(instance):
    class Impatient(Observer):
        def on_iteration(self, run):
            if run.iterations == 3:
                os.kill(os.getpid(), signal.SIGINT)

    result = ecoopt.solve(instance, "endless", observe=Impatient())
    assert (result.status, result.termination) == (Status.FEASIBLE, Termination.INTERRUPTED)


def test_a_second_interrupt_raises(instance):
    def twice():
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)

    class Impatient(Observer):
        def on_incumbent(self, run):
            twice()

    with pytest.raises(KeyboardInterrupt):
        ecoopt.solve(instance, "deaf", observe=Impatient())


def test_a_thread_can_solve(instance):
    found: list[Result] = []
    thread = threading.Thread(target=lambda: found.append(ecoopt.solve(instance, "exact")))
    thread.start()
    thread.join()
    assert found[0].status is Status.OPTIMAL


def test_a_crash_of_the_caller_s_observer_names_it(instance):
    class Clumsy(Observer):
        def on_incumbent(self, run):
            raise KeyError("mine")

    result = ecoopt.solve(instance, "greedy", observe=Clumsy())
    assert result.termination is Termination.CRASH
    assert "Clumsy" not in notes(result)
    assert "KeyError: 'mine'" in notes(result)
    assert result.feasible
