"""Pictures of refresh schedules: emissions are the referee's, words, and what is refused."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.plot import figures
from ecoopt.plot.inline import inline_svg
from ecoopt.plot.refresh import emissions_t, gpus
from ecoopt.plot.refresh import figures as draw
from ecoopt.plot.save import figure_bytes


@pytest.fixture(scope="module", params=[{"sites": 1}, {"sites": 2, "generations": 4}])
def case(request):
    instance = ecoopt.generate("refresh", periods=6, gpus=20, name="$\\frac{$ <b>&" + 90 * "x", **request.param)
    return instance, ecoopt.solve(instance, "break-even")


def test_emissions_add_up_to_the_score(case):
    instance, found = case
    energy_t, bought_t = emissions_t(instance, found.schedule)
    assert 1e6 * (energy_t.sum() + bought_t.sum()) == pytest.approx(found.score.objective, rel=1e-9)
    assert (gpus(instance, found.schedule) >= 0).all()
    assert np.isfinite(bought_t).all()


def test_the_pictures_say_in_words_what_they_show_and_are_the_same_each_time(case):
    instance, found = case
    drawn = figures(instance, found.schedule)
    assert list(drawn) == (["fleet"] if len(instance.sites) == 1 else ["fleet", "sites"])
    assert f"{found.schedule.purchases.sum()} bought" in drawn["fleet"].get_label()
    assert [axes.get_ylabel() for axes in drawn["fleet"].axes] == ["GPUs", "t/period", "g/kWh"]
    for name, figure in drawn.items():
        assert figure_bytes(figure, "svg") == figure_bytes(figures(instance, found.schedule)[name], "svg")
        assert ET.fromstring(inline_svg(figure, "p"))


def test_other_families_are_refused(case):
    with pytest.raises(InputError, match="give a RefreshInstance"):
        draw(case[0], case[0])
