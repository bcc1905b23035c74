"""Pictures of shifting schedules: GPUs by home, few runs one by one and many as a whole, words, and what is refused."""

import xml.etree.ElementTree as ET

import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.plot import figures
from ecoopt.plot import shifting as drawing
from ecoopt.plot.inline import inline_svg
from ecoopt.plot.save import figure_bytes


@pytest.fixture(scope="module")
def case():
    name = "$\\frac{$ <b>&" + 90 * "x"
    instance = ecoopt.generate("shifting", jobs=12, hours=24, interruptible=0.5, load=0.4, name=name)
    return instance, ecoopt.solve(instance, "list-greedy").schedule


@pytest.mark.parametrize("most", [2000, 1])
def test_the_picture_says_in_words_what_it_shows_and_is_the_same_each_time(case, monkeypatch, most):
    monkeypatch.setattr(drawing, "_MOST_RUNS", most)
    instance, schedule = case
    drawn = figures(instance, schedule)["gantt"]
    assert drawn.get_label().startswith("12 jobs in ")
    assert [axes.get_ylabel() for axes in drawn.axes] == ["GPUs"] * 3
    assert figure_bytes(drawn, "svg") == figure_bytes(figures(instance, schedule)["gantt"], "svg")
    assert ET.fromstring(inline_svg(drawn, "p"))


def test_what_belongs_to_another_family_is_refused(case):
    with pytest.raises(InputError, match="ShiftingSchedule"):
        drawing.figures(case[0], case[0])
