"""Methods and the options read off their signatures."""

import sys
import types
from collections.abc import Sequence
from typing import Annotated, Literal

import pytest
from pydantic import Field

from ecoopt.core.budget import Budget
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance
from ecoopt.core.method import Kind, Method
from ecoopt.core.options import checked_options, did_you_mean, options_model


def target(instance, run, *, seed, start, depth: Annotated[int, Field(ge=1)] = 3, rule: Literal["a", "b"] = "a",
           share: float = 0.5):
    return run.outcome(seed=seed, depth=depth, rule=rule, share=share, limit=run.budget.iterations)


@pytest.fixture
def method(monkeypatch):
    module = types.ModuleType("a_module_of_methods")
    module.target = target
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return Method("f", "m", Kind.HEURISTIC, "title", "source", f"{module.__name__}:target")


INSTANCE = Instance(family="f", schema_version=1, name="i")


def test_seed_budget_and_options_reach_the_function(method):
    outcome = method.run(INSTANCE, seed=7, budget=Budget(iterations=5), options={"depth": 4})
    assert outcome.details == {"seed": 7, "depth": 4, "rule": "a", "share": 0.5, "limit": 5}


def test_options_are_validated_all_at_once_before_anything_runs(method):
    with pytest.raises(InputError) as caught:
        method.run(INSTANCE, options={"dept": 4, "depth": 0, "rule": "c", "seed": 1})
    assert {p.field for p in caught.value.problems} == {"dept", "depth", "rule", "seed"}
    assert "did you mean depth?" in str(caught.value)
    assert caught.value.source == "options of m"


def test_text_is_taken_as_the_option_s_type(method):
    assert method.checked_options({"depth": "4", "share": "0.25"}) == {"depth": 4, "share": 0.25}


@pytest.mark.parametrize("value", ["nan", "-NaN", float("nan")])
def test_what_is_not_a_number_is_called_so(value):
    def limited(*, years: Annotated[float, Field(gt=0, le=100)] = 4.0):
        return years

    with pytest.raises(InputError, match=r"^o: years: is not a number; give one$"):
        checked_options(options_model(limited, "limited"), {"years": value}, "o")


@pytest.mark.parametrize(("option", "message"), [
    ({"size": True}, "size: True is no number; give a number"), ({"share": False}, "no number; give a number"),
    ({"names": "a"}, "names: is not a list; give a list"), ({"names": 3}, "names: is not a list; give a list")])
def test_a_boolean_is_no_number_and_text_no_list(option, message):
    def build(*, size: int = 1, share: Annotated[float, Field(ge=0)] | None = None, names: Sequence[str] = (),
              loud: bool | int = False):
        """Take everything."""

    model = options_model(build, "b")
    assert checked_options(model, {"loud": True}, "b") == {"loud": True}
    with pytest.raises(InputError, match=message):
        checked_options(model, option, "b")


def test_options_not_given_are_left_to_the_function(method):
    assert method.checked_options(None) == {}


def test_the_module_is_imported_when_it_runs_and_not_before():
    lazy = Method("f", "m", Kind.EXACT, "title", "source", "a_module_that_does_not_exist:solve")
    assert lazy.name == "m"
    with pytest.raises(ModuleNotFoundError):
        lazy.run(INSTANCE)


def test_positional_parameters_are_options_of_a_generator_alone():
    def build(size: int, *shapes, colour="red", **rest):
        """Take everything."""

    assert list(options_model(build, "b").model_fields) == ["colour"]
    model = options_model(build, "b", keyword_only=False)
    assert list(model.model_fields) == ["size", "colour"]
    with pytest.raises(InputError, match="b: size: missing; add it"):
        checked_options(model, {}, "b")


def test_a_close_name_is_suggested_and_otherwise_all_are_listed():
    assert did_you_mean("grredy", ["greedy", "milp"]) == "did you mean greedy?"
    assert did_you_mean("zzz", ["greedy", "milp"]) == "known: greedy, milp"
    assert did_you_mean("zzz", []) == "there are none"
