"""Errors a user can mend."""

import pickle

import pytest
from pydantic import model_validator

from ecoopt.core.errors import InputError, Problem
from ecoopt.core.record import Record


class Inner(Record):
    size: int


class Outer(Record):
    inner: tuple[Inner, ...]
    name: str = ""

    @model_validator(mode="after")
    def _check(self):
        if self.name == "two":
            raise ValueError("first is wrong; mend it | second is wrong")
        return self


def test_a_line_names_source_field_message_and_mend():
    assert Problem("a.b[3]", "is wrong", "correct it").line("f.json") == "f.json: a.b[3]: is wrong; correct it"
    assert Problem("", "is wrong").line("f.json") == "f.json: is wrong"


def test_a_line_is_one_line_whatever_the_message_holds():
    assert "\n" not in Problem("a\nb", "is\r\n\nwrong", "mend\tit").line("x\ny")


def test_every_problem_is_in_the_message():
    error = InputError("f", [Problem("a", "x"), Problem("b", "y")])
    assert str(error).splitlines() == ["f: a: x", "f: b: y"]


def test_an_input_error_survives_pickling():
    error = InputError("f", [Problem("a", "x", "z")])
    again = pickle.loads(pickle.dumps(error))
    assert (again.source, again.problems, str(again)) == (error.source, error.problems, str(error))


def test_all_problems_of_a_record_are_found_with_their_paths():
    with pytest.raises(InputError) as caught:
        Outer.from_content({"inner": [{"size": 1}, {"size": "x", "colour": 2}, {}], "nam": 1}, "f")
    assert {p.field for p in caught.value.problems} == {"inner[1].size", "inner[1].colour", "inner[2].size", "nam"}
    assert all(p.mend or p.message for p in caught.value.problems)


def test_several_problems_of_one_validator_are_told_apart():
    with pytest.raises(InputError) as caught:
        Outer.from_content({"inner": [], "name": "two"}, "f")
    found = [(p.message, p.mend) for p in caught.value.problems]
    assert found == [("first is wrong", "mend it"), ("second is wrong", "")]


def test_an_endless_key_does_not_make_an_endless_line():
    with pytest.raises(InputError) as caught:
        Outer.from_content({"inner": [], "k" * 100_000: 1}, "f")
    assert len(str(caught.value)) < 300
