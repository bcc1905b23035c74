"""Pictures of directives schedules: levels that add up, GPUs by region, words, and what is refused."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.plot import figures
from ecoopt.plot.directives import figures as draw
from ecoopt.plot.directives import requests_by_level
from ecoopt.plot.inline import inline_svg
from ecoopt.plot.save import figure_bytes


@pytest.fixture(scope="module", params=[
    {"evaluator": True}, {"fleet": True, "zones": ["GB", "DE-LU"]}, {"class_aware": True}])
def case(request):
    instance = ecoopt.generate("directives", hours=30, name="$\\frac{$ <b>&" + 90 * "x", **request.param)
    return instance, ecoopt.solve(instance, "greedy").schedule


def test_levels_add_up_to_all_requests(case):
    instance, schedule = case
    np.testing.assert_allclose(requests_by_level(instance, schedule).sum(axis=0), instance.requests.sum(axis=0))


def test_the_pictures_say_in_words_what_they_show_and_are_the_same_each_time(case):
    instance, schedule = case
    drawn = figures(instance, schedule)
    assert list(drawn) == (["levels"] if instance.fleet is None else ["levels", "gpus"])
    assert "30 hours" in drawn["levels"].get_label()
    assert [axes.get_ylabel() for axes in drawn["levels"].axes] == ["requests/h", "share", "g/kWh"]
    if instance.fleet is not None:
        on = schedule.gpus.sum(axis=0)
        assert f"{on.min()} to {on.max()} together" in drawn["gpus"].get_label()
    for name, figure in drawn.items():
        assert figure_bytes(figure, "svg") == figure_bytes(figures(instance, schedule)[name], "svg")
        assert ET.fromstring(inline_svg(figure, "p"))


def test_other_families_are_refused(case):
    with pytest.raises(InputError, match="give a DirectivesInstance"):
        draw(case[0], case[0])
