"""Pictures of power-cap schedules: power that adds up, words, and what is refused."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.evaluate.power_cap.replay import replay
from ecoopt.plot import figures
from ecoopt.plot.inline import inline_svg
from ecoopt.plot.power_cap import figures as draw
from ecoopt.plot.power_cap import power_by_class
from ecoopt.plot.save import figure_bytes


@pytest.fixture(scope="module", params=[{"mixed": True}, {"power": None, "classes": 10, "caps": [0.6, 1.0]}])
def case(request):
    instance = ecoopt.generate("power_cap", hours=8, gpus=50, name="$\\frac{$ <b>&" + 90 * "x", **request.param)
    return instance, ecoopt.solve(instance, "greedy").schedule


def test_power_adds_up_to_the_referees(case):
    instance, schedule = case
    power_w = 1000 * power_by_class(instance, schedule).sum(axis=0)
    np.testing.assert_allclose(power_w, replay(instance, schedule).power_w)


def test_the_picture_says_in_words_what_it_shows_and_is_the_same_each_time(case):
    instance, schedule = case
    figure = figures(instance, schedule)["caps"]
    assert f"{len(instance.classes)} classes over 8 hours" in figure.get_label()
    assert figure_bytes(figure, "svg") == figure_bytes(figures(instance, schedule)["caps"], "svg")
    assert ET.fromstring(inline_svg(figure, "p")) is not None


def test_another_familys_instance_is_refused(case):
    with pytest.raises(InputError, match="PowerCapInstance"):
        draw(ecoopt.generate("mig_cluster", gpus=1, jobs=1), case[1])
