"""Pictures of configurations: bands that add up, the frontier, words, and what is refused."""

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.formulations.llm_config import frontier
from ecoopt.instances.llm_config import illustrative_example
from ecoopt.plot import figures, tradeoff_terms
from ecoopt.plot.llm_config import frontier_figure, placement_bands
from ecoopt.plot.save import figure_bytes


@pytest.fixture(scope="module")
def case():
    name = "$\\frac{$" + 99 * "x"
    instance = ecoopt.generate("llm_config", zones=["GB", "ZA"], periods=6, v100=32, a100=8, name=name)
    return instance, ecoopt.solve(instance, "min-hardware").schedule


@pytest.mark.parametrize("most", [1, 2, 10])
def test_bands_add_up_to_the_gpus_of_all_replicas(case, most):
    instance, schedule = case
    bands = placement_bands(instance, schedule, most)
    assert len(bands.names) <= most
    shards = np.array([one.shards for one in instance.configurations])
    np.testing.assert_allclose(bands.gpus.sum(axis=0), (schedule.replicas @ shards).sum(axis=1))


def test_the_pictures_are_drawn_alike_every_time(case):
    instance, schedule = case
    figure = figures(instance, schedule)["replicas"]
    assert [axes.get_ylabel() for axes in figure.axes] == ["GPUs", "tokens/s", "g/kWh"]
    assert figure_bytes(figure, "svg") == figure_bytes(figures(instance, schedule)["replicas"], "svg")
    example = illustrative_example()
    drawn = frontier_figure(example, frontier(example))
    assert "4 limits of latency" in drawn.get_label()
    assert figure_bytes(drawn, "svg")


def test_a_schedule_in_which_nothing_runs_is_drawn_and_other_families_are_refused(case):
    instance, schedule = case
    from ecoopt.plot.llm_config import figures as draw

    empty = schedule.replace(replicas=0 * schedule.replicas, tokens_per_s=0 * schedule.tokens_per_s)
    assert figure_bytes(draw(instance, empty)["replicas"], "svg")
    with pytest.raises(InputError, match="give an LlmConfigInstance"):
        draw(instance, instance)
    assert set(tradeoff_terms("llm_config") or ()) <= set(ecoopt.evaluate(instance, schedule).terms)
