"""Methods of the MIG cluster that need both sides: the search beside its bound, and snapshots by HiGHS."""

import pytest
from hypothesis import given, settings

import ecoopt
from ecoopt.core.budget import Budget
from ecoopt.evaluate.mig_cluster import evaluate
from ecoopt.testing.mig_cluster import mig_cluster_instances

METHODS = ecoopt.families()["mig_cluster"].methods


def test_milp_brings_a_schedule_and_a_bound_near_it():
    instance = ecoopt.generate("mig_cluster", gpus=2, jobs=6, seed=1)
    outcome = METHODS["milp"].run(instance, budget=Budget(seconds=4))
    assert evaluate(instance, outcome.schedule).objective == pytest.approx(outcome.objective, rel=1e-9)
    assert 0.95 * outcome.objective < outcome.bound <= outcome.objective
    assert outcome.details["linear_bound"] <= outcome.bound


def test_milp_closes_where_the_cluster_is_never_full():
    instance = ecoopt.generate("mig_cluster", gpus=16, jobs=100, mean_gap_s=60, seed=3)
    outcome = METHODS["milp"].run(instance, budget=Budget(seconds=60))
    assert outcome.status.value == "optimal"
    assert outcome.objective == pytest.approx(763.8, rel=1e-9)


def test_snapshots_by_highs_are_near_the_compiled_ones():
    instance = ecoopt.generate("mig_cluster", gpus=3, jobs=20, mean_gap_s=40, seed=2)
    milp, own = (METHODS[name].run(instance) for name in ("snapshot-milp", "snapshot"))
    assert milp.objective == pytest.approx(own.objective, rel=0.03)
    assert evaluate(instance, milp.schedule).feasible


def test_snapshots_by_highs_without_time_are_the_compiled_ones():
    instance = ecoopt.generate("mig_cluster", gpus=3, jobs=20, mean_gap_s=40, seed=2)
    hurried = METHODS["snapshot-milp"].run(instance, budget=Budget(seconds=0.0))
    assert hurried.objective == METHODS["snapshot"].run(instance).objective


@settings(max_examples=12)
@given(instance=mig_cluster_instances(gpus=2, jobs=5))
def test_what_snapshots_by_highs_claim_is_what_the_referee_finds(instance):
    outcome = METHODS["snapshot-milp"].run(instance)
    score = evaluate(instance, outcome.schedule)
    assert score.violations == ()
    assert outcome.objective == pytest.approx(score.objective, rel=1e-9)
