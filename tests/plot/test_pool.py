"""Pictures of pools: bands that add up, words, trials, and what is refused."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.instances.pool import PoolSchedule
from ecoopt.plot import figures, tradeoff_terms
from ecoopt.plot.inline import inline_svg
from ecoopt.plot.pool import type_bands
from ecoopt.plot.save import figure_bytes


@pytest.fixture(scope="module")
def case():
    instance = ecoopt.generate("pool", objective="cost", models=["rm2", "wnd"], kinds=6, hours=5,
                               name="$\\frac{$ <b>&" + 120 * "x")
    return instance, ecoopt.solve(instance, "greedy").schedule


@pytest.fixture
def tried(case):
    instance = ecoopt.generate("pool", kinds=2)
    counts = np.array([(a, b) for a in range(3) for b in range(4)])
    trials = {"count": counts, "qos_percent": counts @ [40.0, 10.0], "rate_per_s": counts @ [15.0, 7.0],
              "least_qos_percent": 90.0}
    return instance.replace(trials=trials), PoolSchedule.of(np.array([[[2, 1]]]), rate_per_s=np.zeros((1, 1)))


@pytest.mark.parametrize("most", [2, 10])
def test_bands_add_up_to_all_machines(case, most):
    instance, schedule = case
    bands = type_bands(instance, schedule, most)
    assert len(bands.names) <= most
    whole = np.bincount(schedule.rented.period, schedule.rented.count, instance.periods)
    np.testing.assert_array_equal(bands.machines.sum(axis=0), whole)


def test_the_picture_says_in_words_what_it_shows(case):
    instance, schedule = case
    figure = figures(instance, schedule)["composition"]
    assert "over 5 periods" in figure.get_label()
    assert [axes.get_ylabel() for axes in figure.axes] == ["machines", "share", "share"]
    assert figure_bytes(figure, "svg") == figure_bytes(figures(instance, schedule)["composition"], "svg")
    assert ET.fromstring(inline_svg(figure, "p"))


def test_a_pool_without_machines_is_drawn(case):
    instance, _ = case
    empty = PoolSchedule.of(np.zeros((5, 2, 6), dtype=np.int64), rate_per_s=np.zeros((5, 2)))
    assert figure_bytes(figures(instance, empty)["composition"], "svg")


@pytest.mark.parametrize(("objective", "words"), [("throughput", "37 queries/s"), ("cost", "90 % of queries")])
def test_trials_are_drawn_with_the_one_chosen(tried, objective, words):
    instance, schedule = tried
    model = instance.models[0].replace(demand_per_s=np.array([1.0]))
    instance = instance.replace(objective=objective, models=(model,))
    figure = figures(instance, schedule)["trials"]
    assert words in figure.get_label()
    assert figure_bytes(figure, "svg")


def test_other_families_are_refused_and_the_terms_are_there(case):
    instance, schedule = case
    from ecoopt.plot.pool import figures as draw

    with pytest.raises(InputError, match="give a PoolInstance"):
        draw(instance, instance)
    assert set(tradeoff_terms("pool") or ()) <= set(ecoopt.evaluate(instance, schedule).terms)
