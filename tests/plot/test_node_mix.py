"""The picture of a node mix: drawn for any schedule, with the machines in words and every limit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.instances.node_mix import NodeMixSchedule, generate
from ecoopt.plot.node_mix import MOST_GROUPS, figures
from ecoopt.plot.save import figure_bytes
from ecoopt.testing.node_mix import node_mix_instances


def words(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_the_picture_names_the_machines_of_each_group_and_every_limit():
    instance = generate(workloads=30, seed=1)
    schedule = ecoopt.solve(instance, "greedy").schedule
    figure = figures(instance, schedule)["mix"]
    assert len(words(figure)) == MOST_GROUPS
    assert all(" × V100x" in text for text in words(figure))
    assert [label.get_text() for label in figure.axes[1].get_yticklabels()] == ["at most: embodied carbon (kg)"]
    assert figure_bytes(figure, "svg") == figure_bytes(figures(instance, schedule)["mix"], "svg")


@settings(max_examples=5)
@given(node_mix_instances(), st.integers(0, 3))
def test_any_schedule_is_drawn(instance, most):
    count = np.arange(len(instance.options)) % (most + 1)
    figure = figures(instance, NodeMixSchedule(count=count))["mix"]
    assert len(figure.axes) == 1 + bool(instance.floors or instance.ceilings)


def test_what_belongs_elsewhere_is_refused():
    instance = generate(workloads=1)
    with pytest.raises(InputError, match="got a NodeMixInstance and a NodeMixInstance"):
        figures(instance, instance)
    with pytest.raises(InputError, match="has 1 entries for 3 options"):
        figures(instance, NodeMixSchedule(count=[1]))
