"""Pictures of MIG serving schedules: bands that add up, words, and what is refused."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.plot import figures, tradeoff_terms
from ecoopt.plot.inline import inline_svg
from ecoopt.plot.mig_serving import variant_bands
from ecoopt.plot.save import figure_bytes


@pytest.fixture(scope="module")
def case():
    instance = ecoopt.generate("mig_serving", gpus=6, hours=12, name="$\\frac{$ <b>&" + 120 * "x")
    return instance, ecoopt.solve(instance, "greedy").schedule


@pytest.mark.parametrize("most", [3, 10])
def test_bands_add_up_to_the_slices_of_all_instances(case, most):
    instance, schedule = case
    bands = variant_bands(instance, schedule, most)
    assert len(bands.names) <= most
    whole = schedule.instances.sum(axis=1) @ instance.geometry.compute_share
    np.testing.assert_allclose(bands.gpus.sum(axis=0), whole)


def test_the_picture_says_in_words_what_it_shows_and_is_drawn_in_three_panels(case):
    instance, schedule = case
    figure = figures(instance, schedule)["configuration"]
    assert f"{schedule.gpus_on.min()} to {schedule.gpus_on.max()} of 6" in figure.get_label()
    assert [axes.get_ylabel() for axes in figure.axes] == ["GPUs", "requests/s", "g/kWh"]
    assert figure_bytes(figure, "svg") == figure_bytes(figures(instance, schedule)["configuration"], "svg")
    assert ET.fromstring(inline_svg(figure, "p"))


def test_a_schedule_in_which_nothing_runs_is_drawn(case):
    instance, schedule = case
    empty = schedule.replace(instances=0 * schedule.instances, rate_rps=0 * schedule.rate_rps)
    assert figure_bytes(figures(instance, empty)["configuration"], "svg")


def test_other_families_are_refused_and_the_terms_are_there(case):
    instance, schedule = case
    from ecoopt.plot.mig_serving import figures as draw

    with pytest.raises(InputError, match="give a MigServingInstance"):
        draw(instance, instance)
    assert set(tradeoff_terms("mig_serving") or ()) <= set(ecoopt.evaluate(instance, schedule).terms)
