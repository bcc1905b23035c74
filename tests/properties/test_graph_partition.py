"""Laws of the graph partition: referee, enumeration, integer program and bounds agree on random tiny graphs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.status import Status
from ecoopt.evaluate.graph_partition import evaluate
from ecoopt.testing.graph_partition import (
    enumerate_optimum,
    graph_partition_instances,
    graph_partition_schedules,
)

BOUNDS = ("sdp", "spectral", "branch-bound")


def run(instance, method, **options):
    return ecoopt.families()["graph_partition"].methods[method].run(instance, options=options or None)


@settings(max_examples=2 * settings.default.max_examples)
@given(graph_partition_instances())
def test_the_program_the_enumeration_and_the_referee_agree(instance):
    best = enumerate_optimum(instance)
    found = run(instance, "milp")
    if best is None:
        assert found.status is Status.INFEASIBLE
        return
    value, schedule = best
    score = evaluate(instance, schedule)
    assert score.violations == ()
    assert score.objective == pytest.approx(value, rel=1e-9, abs=1e-9)
    assert found.status is Status.OPTIMAL
    assert evaluate(instance, found.schedule).violations == ()
    assert evaluate(instance, found.schedule).objective == pytest.approx(value, rel=1e-9, abs=1e-9)
    assert found.objective == pytest.approx(value, rel=1e-9, abs=1e-9)


@given(graph_partition_instances(epochs=1, replication="full"))
def test_branching_on_pairs_is_exact_where_homes_decide(instance):
    best = enumerate_optimum(instance)
    found = run(instance, "branch-bound")
    if best is None:
        assert found.schedule is None
        assert found.status is Status.INFEASIBLE
        return
    assert found.status is Status.OPTIMAL
    assert evaluate(instance, found.schedule).violations == ()
    assert found.objective == pytest.approx(best[0], rel=1e-9, abs=1e-9)


@given(graph_partition_instances())
def test_no_schedule_is_better_than_a_bound_nor_a_bound_below_the_optimum(instance):
    best = enumerate_optimum(instance)
    if best is None:
        return
    for method in BOUNDS:
        found = run(instance, method)
        assert found.bound >= best[0] - 1e-9 * max(abs(best[0]), 1.0), method
        if found.schedule is not None:
            score = evaluate(instance, found.schedule)
            assert score.violations == ()
            assert found.objective == pytest.approx(score.objective, rel=1e-9, abs=1e-9)
            assert found.objective <= best[0] + 1e-9 * max(abs(best[0]), 1.0)


@given(st.data())
def test_any_schedule_is_judged_and_what_is_feasible_is_no_better_than_the_optimum(data):
    instance = data.draw(graph_partition_instances())
    score = evaluate(instance, data.draw(graph_partition_schedules(instance)))
    best = enumerate_optimum(instance)
    if score.feasible:
        assert best is not None
        assert score.objective <= best[0] + 1e-9 * max(abs(best[0]), 1.0)
    if instance.replication != "selective" and score.feasible:
        assert score.terms["semantic_retention"].value == 1.0
    if instance.devices == 1 and score.feasible:
        assert score.terms["kept_share"].value == 1.0


@given(graph_partition_instances(replication="halo", epochs=1))
def test_copies_that_cost_more_than_the_graph_are_as_good_as_none(instance):
    dear = instance.replace(copy_price=instance.total_weight + 1.0)
    plain = instance.replace(replication="full", copy_price=0.0, most_copies=None)
    one, other = enumerate_optimum(dear), enumerate_optimum(plain)
    assert (one is None) == (other is None)
    if one is not None:
        assert one[0] == pytest.approx(other[0], rel=1e-12)
        assert run(dear, "milp").objective == pytest.approx(run(plain, "milp").objective, rel=1e-9, abs=1e-9)
        assert not len(run(dear, "milp").schedule.copy_entity)
