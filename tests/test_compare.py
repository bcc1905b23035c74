"""Compare: one gap for all, crashes as rows, the same rows however many processes."""

import csv
import io
import json
import os
import signal

import pytest
from rich.console import Console

import ecoopt
from ecoopt.comparison import Comparison
from ecoopt.core.errors import InputError
from ecoopt.core.method import Kind, Method
from ecoopt.core.status import Status, Termination

pytestmark = [pytest.mark.usefixtures("faults"),
              pytest.mark.filterwarnings("ignore::ecoopt.registry.EntryPointWarning")]

FIXED = ("instance", "method", "seed", "status", "objective", "bound", "best_bound", "gap", "best_objective", "notes")


@pytest.fixture(scope="module")
def instances(faults):
    return [ecoopt.generate("toy", jobs=8, seed=seed) for seed in (0, 1)]


def fixed(comparison):
    return [tuple(getattr(row, name) for name in FIXED) for row in comparison.rows]


def test_every_run_is_a_row_in_order(instances):
    comparison = ecoopt.compare(instances, ["random", "exact"], seeds=2, iterations=5)
    assert [(r.instance, r.method, r.seed) for r in comparison.rows] == [
        (i.name, m, s) for i in instances for m in ("random", "exact") for s in (0, 1)]


def test_gaps_are_to_the_best_bound_proven_by_any_method(instances):
    comparison = ecoopt.compare(instances[0], ["greedy", "bound", "exact"])
    greedy, bound, exact = comparison.rows
    assert greedy.bound is None
    assert greedy.best_bound == bound.best_bound == exact.bound > bound.bound
    assert greedy.gap == pytest.approx((greedy.objective - exact.bound) / greedy.objective)
    assert greedy.behind_best == pytest.approx((greedy.objective - exact.objective) / exact.objective)
    assert (bound.gap, bound.objective) == (None, None)
    assert exact.gap == 0


def test_without_a_proven_bound_there_is_no_gap(instances):
    comparison = ecoopt.compare(instances[0], ["greedy", "random"], iterations=3)
    assert [(row.best_bound, row.gap) for row in comparison.rows] == [(None, None)] * 2


def test_a_bound_refuted_by_another_method_is_an_error_and_serves_nobody(instances):
    too_high, denies, exact = ecoopt.compare(instances[0], ["too_high", "denies", "exact"]).rows
    assert too_high.status is denies.status is Status.ERROR
    assert too_high.bound is None
    assert "refuted" in too_high.notes[-1]
    assert "claims that there is no schedule" in denies.notes[-1]
    assert exact.best_bound == exact.bound


def test_crashes_are_rows(instances):
    comparison = ecoopt.compare(instances[0], ["crash", "none", "picky", "infeasible", "exact"])
    assert [row.status for row in comparison.rows] == [Status.ERROR] * 4 + [Status.OPTIMAL]
    assert len(comparison.failed) == 4
    assert "not to my taste" in comparison.rows[2].notes[0]


def test_all_methods_of_the_family_are_compared_by_default(toy):
    from ecoopt import registry

    names = [name for name in registry.methods("toy") if name not in ("endless", "deaf", "dies", "faulty")]
    comparison = ecoopt.compare(ecoopt.generate("toy", jobs=4), names, time_limit=5)
    assert [row.method for row in comparison.rows] == names


def test_processes_give_the_same_rows(instances):
    arguments = {"methods": ["random", "exact", "crash"], "seeds": [3, 1], "iterations": 5}
    seen = []
    here = ecoopt.compare(instances, **arguments)
    there = ecoopt.compare(instances, **arguments, jobs=2, on_result=lambda r, n, m: seen.append((n, m)))
    assert fixed(there) == fixed(here)
    assert seen == [(n, 12) for n in range(1, 13)]


def test_a_run_that_takes_its_process_down_is_a_row_and_harms_no_other(instances):
    comparison = ecoopt.compare(instances, ["dies", "exact", "greedy"], jobs=2)
    assert [row.status for row in comparison.rows] == [Status.FEASIBLE, Status.OPTIMAL, Status.FEASIBLE] * 2
    dead, _, greedy = comparison.rows[:3]
    assert dead.termination is Termination.CRASH
    assert dead.objective == greedy.objective  # what it had found before
    assert "killed by SIGKILL" in dead.notes[0]


def test_an_interrupt_ends_the_comparison_with_the_rows_there_are(instances):
    def interrupt(result, done, total):
        os.kill(os.getpid(), signal.SIGINT)

    comparison = ecoopt.compare(instances, ["greedy"], seeds=5, on_result=interrupt)
    assert len(comparison.rows) == 1


def test_json_and_csv_hold_every_row(instances, tmp_path):
    comparison = ecoopt.compare(instances, ["greedy", "crash", "exact"])
    text = comparison.to_json(tmp_path / "c.json.gz")
    assert Comparison.from_content(json.loads(text), "c") == comparison
    rows = list(csv.DictReader(io.StringIO(comparison.to_csv(tmp_path / "c.csv"))))
    assert (tmp_path / "c.csv").read_text() == comparison.to_csv()
    assert [row["method"] for row in rows] == [row.method for row in comparison.rows]
    assert float(rows[2]["objective"]) == comparison.rows[2].objective
    assert rows[1]["objective"] == ""
    assert "ZeroDivisionError" in rows[1]["notes"]


@pytest.mark.parametrize("seeds", [1, 3])
def test_the_table_has_a_line_per_instance_and_method(instances, seeds):
    comparison = ecoopt.compare(instances, ["greedy", "crash", "exact"], seeds=seeds)
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(comparison.table())
    lines = [line for line in console.export_text().splitlines() if line.startswith("│")]
    assert len(lines) == 6
    assert "optimal (proof)" in lines[2]
    assert lines[1].count(" - ") >= 2


def test_options_go_to_the_method_they_name(instances):
    comparison = ecoopt.compare(instances[0], ["random"], options={"random": {"shuffles": 7}})
    assert comparison.rows[0].iterations == 7


@pytest.mark.parametrize(("arguments", "message"), [
    ({"methods": ["exat"]}, "did you mean exact"), ({"methods": ["exact"], "seeds": 0}, "no number of seeds"),
    ({"methods": ["exact"], "seeds": [1, 1]}, "one twice"), ({"methods": ["exact"], "seeds": [-1]}, "not a seed"),
    ({"methods": ["exact"], "jobs": 0}, "number of processes"), ({"methods": ["exact"], "time_limit": -1}, "seconds"),
    ({"methods": ["exact"], "options": {"random": {}}}, "given for random, which is not compared"),
    ({"methods": ["random"], "options": {"random": {"shufles": 1}}}, "did you mean shuffles"),
    ({"methods": [Method("keepalive", "m", Kind.EXACT, "t", "s", "m:f")]}, "m is for keepalive"),
])
def test_wrong_arguments_are_refused_before_anything_runs(instances, arguments, message):
    with pytest.raises(InputError, match=message):
        ecoopt.compare(instances, **arguments)


@pytest.mark.parametrize("given", [[], ["i.json"], [None]])
def test_what_holds_no_instances_is_refused(given):
    with pytest.raises(InputError, match="instances"):
        ecoopt.compare(given, ["exact"])
