"""Results and the values they hold."""

import math

import numpy as np
import pytest

from ecoopt.core.arrays import IndexVector
from ecoopt.core.budget import Budget
from ecoopt.core.errors import InputError
from ecoopt.core.files import read_json, write_json
from ecoopt.core.instance import Schedule
from ecoopt.core.outcome import TracePoint
from ecoopt.core.result import Result, json_value, versions
from ecoopt.core.score import Score, Term, Violation
from ecoopt.core.status import Sense, Status, Termination


class Plan(Schedule):
    family: str = "f"
    schema_version: int = 1
    choice: IndexVector


def result(**changes):
    score = Score(objective=10.0, terms={"cost": Term(value=10.0, unit="g")})
    return Result(**{
        "family": "f", "method": "m", "instance_name": "i", "instance_digest": "d", "status": "feasible",
        "termination": "time", "objective": 10.0, "bound": 9.0, "score": score, "schedule": Plan(choice=[1, 2]),
        "budget": Budget(seconds=1.5, iterations=7), "trace": (TracePoint(seconds=0.1, iteration=1, incumbent=10.0,
                                                                           bound=None),)} | changes)


def test_a_result_comes_back_from_its_file(tmp_path):
    path = tmp_path / "r.json.zst"
    write_json(path, result(options={"depth": 3}, notes=("a",), versions=versions()))
    again = Result.parse(read_json(path), "r", Plan)
    assert again == result(options={"depth": 3}, notes=("a",), versions=versions())
    assert isinstance(again.schedule, Plan)
    assert again.budget == Budget(seconds=1.5, iterations=7)
    assert (again.status, again.termination) == (Status.FEASIBLE, Termination.TIME)


def test_problems_of_the_schedule_and_of_the_rest_come_together():
    content = result().model_dump(mode="json")
    content["schedule"]["choice"] = [-1]
    content["schedule"]["colour"] = "red"
    content["status"] = "fine"
    content["extra"] = 1
    content["budget"]["seconds"] = -1
    with pytest.raises(InputError) as caught:
        Result.parse(content, "r", Plan)
    assert {p.field for p in caught.value.problems} == {
        "schedule.choice", "schedule.colour", "status", "extra", "budget"}


@pytest.mark.parametrize("content", [[], 3, None, "x"])
def test_what_is_no_object_is_no_result(content):
    with pytest.raises(InputError, match="r: is not a result"):
        Result.parse(content, "r", Plan)


def test_the_gap_is_to_the_own_bound_or_to_the_best_one_known():
    assert result().gap == pytest.approx(0.1)
    assert result().gap_to(9.5) == pytest.approx(0.05)
    assert result(sense=Sense.MAX).gap_to(11.0) == pytest.approx(0.1)
    assert result(bound=None).gap == math.inf
    assert result(objective=None).gap == math.inf


def test_a_broken_rule_makes_it_infeasible():
    score = Score(objective=1.0, terms={}, violations=(Violation(what="memory", where="here", by=2.0),))
    assert result().feasible
    assert not result(score=score).feasible
    assert not result(score=None).feasible


def test_details_become_json_values():
    assert json_value({"a": np.int64(3), 2: np.array([1.5, np.nan]), "c": (np.float32(0.5), math.inf, None, True),
                       "d": Status.OPTIMAL, "e": {"f": 1 + 2j}, "g": Term(value=1.0, unit="g")}) == {
        "a": 3, "2": [1.5, None], "c": [0.5, None, None, True], "d": "optimal", "e": {"f": "(1+2j)"},
        "g": {"value": 1.0, "unit": "g"}}
    assert result(details={"x": np.float64("inf")}).details == {"x": None}


def test_versions_name_what_results_depend_on():
    assert {"python", "ecoopt", "numpy", "highspy", "pyomo"} <= versions().keys()
