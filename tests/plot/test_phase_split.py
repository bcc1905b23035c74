"""The picture of pools: its panels, words, and what it refuses."""

import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.plot import figures
from ecoopt.plot.phase_split import figures as own_figures
from ecoopt.plot.save import figure_bytes


@pytest.fixture(scope="module")
def case():
    instance = ecoopt.generate("phase_split", hours=3, scenarios=2, mode="mixed", buckets=3, machines=["a100", "h100"],
                               seed=1)
    return instance, ecoopt.solve(instance, "greedy").schedule


def test_every_pool_has_a_panel_above_requests_and_carbon(case):
    figure = figures(*case)["pools"]
    titles = [panel.get_title(loc="left") for panel in figure.axes]
    assert [title.split(",")[0] for title in titles] == [
        "machines of prompts", "machines of tokens", "machines of both", "requests per second",
        "carbon intensity of the regions (g/kWh)"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a100", "h100"]
    assert "first scenario" in figure.get_suptitle()
    assert "3 hours in 1 region" in figure.get_label()


def test_the_same_schedule_gives_the_same_bytes(case):
    one, again = (figure_bytes(figures(*case)["pools"], "svg") for _ in range(2))
    assert one == again


def test_strangers_are_refused(case):
    with pytest.raises(InputError, match="give a PhaseSplitInstance"):
        own_figures(case[1], case[0])
    other = ecoopt.generate("phase_split", buckets=3)
    with pytest.raises(InputError, match="machines: has shape"):
        own_figures(other, case[1])
