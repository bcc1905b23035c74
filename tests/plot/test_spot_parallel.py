"""The picture of a spot fleet shows what the referee counts."""

import pytest

import ecoopt
from ecoopt.plot import figures
from ecoopt.plot.spot_moves import most_moving
from ecoopt.plot.spot_parallel import gpus_by_shape, likely_course


def test_gpus_by_shape_add_up_to_the_referees_gpu_hours():
    instance = ecoopt.generate("spot_parallel", intervals=12, seed=3)
    found = ecoopt.solve(instance, "greedy")
    course = likely_course(instance)
    names, rows = gpus_by_shape(instance, found.schedule, course)
    assert len(names) == len(rows)
    assert rows.sum() * instance.step_s / 3600 == pytest.approx(found.score.terms["gpu_h"].value, rel=1e-12)
    assert "12 intervals" in figures(instance, found.schedule)["fleet"].get_label()


def test_a_course_through_a_tree_goes_from_a_first_node_to_a_leaf():
    instance = ecoopt.generate("spot_parallel", intervals=9, stages=2, seed=3)
    course = likely_course(instance)
    assert (instance.depth[course] == range(9)).all()
    assert (instance.parent[course[1:]] == course[:-1]).all()
    off = ecoopt.instances.spot_parallel.SpotParallelSchedule(
        config=[0] * instance.nodes, on_demand=[0] * instance.nodes)
    assert "likeliest" in figures(instance, off)["fleet"].axes[0].get_title(loc="left")


def test_moves_are_drawn_where_gpus_have_names_and_something_moves():
    instance = ecoopt.generate("spot_parallel", intervals=12, named=True, bandwidth_gb_per_s=5.0, churn=0.3, seed=3)
    found = ecoopt.solve(instance, "myopic")
    node = most_moving(instance, found.schedule)
    drawn = figures(instance, found.schedule)
    assert f"before node {node}" in drawn["moves"].get_label()
    still = found.schedule.replace(slot=[[-1] * instance.devices] * 12, config=[0] * 12, on_demand=[0] * 12)
    assert set(figures(instance, still)) == {"fleet"}
