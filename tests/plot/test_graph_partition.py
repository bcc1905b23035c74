"""Pictures of a partitioned graph: few entities one by one, many as a matrix, and the same bytes each time."""

import numpy as np
import pytest

from ecoopt.core.errors import InputError
from ecoopt.instances.graph_partition import GraphPartitionSchedule, generate
from ecoopt.plot import figures
from ecoopt.plot.graph_partition import MOST_ENTITIES
from ecoopt.plot.graph_partition import figures as draw
from ecoopt.plot.save import save_figure


def even(instance, beyond=0):
    home = np.arange(instance.entities) % (instance.devices + beyond)
    return GraphPartitionSchedule(home=np.tile(home, (instance.epochs, 1)))


@pytest.mark.parametrize("options", [
    {"entities": 30, "devices": 1}, {"entities": 50, "devices": 5}, {"entities": 1, "slack": 1.0}])
def test_few_entities_are_drawn_one_by_one(options):
    instance = generate(**options)
    figure = figures(instance, even(instance, beyond=1))["partition"]
    drawn = sum(len(each.get_offsets()) for each in figure.axes[0].collections if each.get_offsets().size > 2)
    assert drawn <= instance.entities
    assert f"{instance.entities} entities" in str(figure.get_label())


def test_many_entities_are_a_matrix_of_devices():
    instance = generate(entities=MOST_ENTITIES + 1, devices=4)
    figure = figures(instance, even(instance))["partition"]
    assert figure.axes[0].images[0].get_array().shape == (4, 4)


def test_the_same_schedule_gives_the_same_bytes(tmp_path):
    instance = generate()
    for name in ("one", "two"):
        save_figure(figures(instance, even(instance))["partition"], tmp_path / f"{name}.svg")
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_another_family_is_refused():
    with pytest.raises(InputError, match="give a GraphPartitionInstance"):
        draw(generate(), generate())
