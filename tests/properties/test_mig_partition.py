"""MIG snapshots on random tiny instances: enumeration, integer programs, bounds, heuristics and referee agree."""

import math

from hypothesis import HealthCheck, given, settings

import ecoopt
from ecoopt.core.method import Kind
from ecoopt.core.status import Status
from ecoopt.evaluate.mig_partition import evaluate
from ecoopt.formulations.mig_partition import explain
from ecoopt.instances.mig_partition import MigPartitionInstance
from ecoopt.registry import methods
from ecoopt.testing.mig_partition import enumerate_optimum, mig_partition_instances

TOLERANCE = 1e-7
EXAMPLES = max(settings().max_examples // 3, 5)
HEURISTICS = tuple(name for name, method in methods("mig_partition").items() if method.kind is not Kind.EXACT)


def close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=1e-7)


@given(instance=mig_partition_instances())
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_the_integer_programs_find_the_enumerated_optimum(instance: MigPartitionInstance) -> None:
    optimum = enumerate_optimum(instance)
    for name in ("milp", "milp-per-job"):
        result = ecoopt.solve(instance, name)
        assert result.notes == (), name
        if optimum is None:
            assert result.status is Status.INFEASIBLE, name
            assert explain(instance), name
            continue
        value, schedule = optimum
        score = evaluate(instance, schedule)
        assert score.feasible
        assert close(score.objective, value)
        assert result.status is Status.OPTIMAL, name
        assert result.score is not None
        assert result.score.feasible, name
        assert close(result.score.objective, value), name
        assert result.bound is not None
        assert close(result.bound, value), name


@given(instance=mig_partition_instances())
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_every_method_is_feasible_and_between_optimum_and_bound(instance: MigPartitionInstance) -> None:
    optimum = enumerate_optimum(instance)
    for name in HEURISTICS:
        result = ecoopt.solve(instance, name, iterations=500)
        assert result.notes == (), name
        assert result.status is not Status.ERROR, name
        if optimum is None:
            assert result.schedule is None, name
            continue
        slack = TOLERANCE * max(1, abs(optimum[0]))
        if result.bound is not None:
            assert result.bound >= optimum[0] - slack, name
        if result.score is not None:
            assert result.score.feasible, (name, result.score.violations)
            assert result.score.objective <= optimum[0] + slack, name
            assert result.objective is not None
            assert close(result.score.objective, result.objective), name


@given(instance=mig_partition_instances())
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_start_is_never_made_worse(instance: MigPartitionInstance) -> None:
    begin = ecoopt.solve(instance, "best-fit")
    if begin.score is None:
        return
    for name in methods("mig_partition"):
        result = ecoopt.solve(instance, name, iterations=100, start=begin)
        assert result.notes == (), name
        assert result.score is not None, name
        assert result.score.objective >= begin.score.objective - 1e-9 * max(1, abs(begin.score.objective)), name


def test_the_family_offers_what_it_promises() -> None:
    assert {"milp", "milp-per-job", "lp", "lagrangian", "greedy", "local-search", "annealing", "pso", "miso",
            "best-fit"} <= set(methods("mig_partition"))
