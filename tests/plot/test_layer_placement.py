"""The picture of a layer placement: drawn for any placement, with the throughput in words."""

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.instances.layer_placement import LayerPlacementSchedule, generate
from ecoopt.plot.layer_placement import MOST_MACHINES, figures
from ecoopt.plot.save import figure_bytes


def test_the_picture_has_a_bar_for_each_machine_and_names_the_throughput():
    instance = generate(machines=60, seed=1)
    schedule = ecoopt.solve(instance, "greedy", iterations=3).schedule
    figure = figures(instance, schedule)["pipeline"]
    used = int((schedule.held > 0).sum())
    drawn = sum(len(kind.get_paths()) for kind in figure.axes[0].collections)
    assert drawn == min(used, MOST_MACHINES)
    flow = ecoopt.evaluate(instance, schedule).objective
    assert f"{flow:,.0f} tokens/s" in figure.axes[1].get_title(loc="left")
    assert figure_bytes(figure, "svg") == figure_bytes(figures(instance, schedule)["pipeline"], "svg")


@pytest.mark.parametrize(("first", "held"), [([0, 0], [0, 0]), ([9, 0], [5, 99]), ([0, 3], [3, 2])])
def test_any_schedule_is_drawn(first, held):
    instance = generate(counts=[1, 0, 1, 0, 0, 0, 0], layers=5, seed=1)
    figure = figures(instance, LayerPlacementSchedule(first=np.array(first), held=np.array(held)))["pipeline"]
    assert len(figure.axes) == 2


def test_what_belongs_elsewhere_is_refused():
    instance = generate(machines=2)
    with pytest.raises(InputError, match="got a LayerPlacementInstance and a LayerPlacementInstance"):
        figures(instance, instance)
    with pytest.raises(InputError, match="has 1 entries for 2 machines"):
        figures(instance, LayerPlacementSchedule(first=[0], held=[1]))
