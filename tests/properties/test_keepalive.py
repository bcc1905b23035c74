"""Keep-alive on random tiny instances: enumeration, integer program, bounds, heuristics and referee agree."""

import math

from hypothesis import HealthCheck, given, settings

import ecoopt
from ecoopt.evaluate import evaluate
from ecoopt.instances.keepalive import KeepAliveInstance
from ecoopt.registry import methods
from ecoopt.testing.keepalive import enumerate_optimum, keepalive_instances

TOLERANCE = 1e-7


def close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=1e-7)


@given(instance=keepalive_instances())
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_the_integer_program_finds_the_enumerated_optimum(instance: KeepAliveInstance) -> None:
    optimum, schedule = enumerate_optimum(instance)
    result = ecoopt.solve(instance, "milp")
    assert result.score is not None, result.details
    assert result.score.feasible
    assert close(result.score.objective, optimum)
    assert close(evaluate(instance, schedule).objective, optimum)
    assert result.bound is not None
    assert result.bound <= optimum + TOLERANCE * max(1, abs(optimum))
    assert close(result.bound, optimum)


@given(instance=keepalive_instances())
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_every_method_is_feasible_and_between_bound_and_optimum(instance: KeepAliveInstance) -> None:
    optimum, _ = enumerate_optimum(instance)
    slack = TOLERANCE * max(1, abs(optimum))
    for name in methods("keepalive"):
        result = ecoopt.solve(instance, name, iterations=20)
        if result.bound is not None:
            assert result.bound <= optimum + slack, name
        if result.schedule is not None:
            assert result.score is not None, result.details
            assert result.score.feasible, (name, result.score.violations)
            assert result.score.objective >= optimum - slack, name
            assert result.objective is not None
            assert close(result.score.objective, result.objective), name


@given(instance=keepalive_instances())
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_start_is_never_made_worse(instance: KeepAliveInstance) -> None:
    begin = ecoopt.solve(instance, "local-search")
    assert begin.score is not None
    for name in methods("keepalive"):
        result = ecoopt.solve(instance, name, iterations=10, start=begin)
        assert result.score is not None, name
        assert result.score.objective <= begin.score.objective + 1e-9 * max(1, abs(begin.score.objective)), name


def test_the_family_offers_every_published_method() -> None:
    wanted = {"milp", "lp", "lagrangian", "greedy", "local-search", "lns", "pso", "exact-unconstrained", "ecolife",
              "ecolife-exact", "fixed", "histogram", "new-only", "old-only", "price-directed", "co2-opt",
              "service-time-opt", "energy-opt", "oracle"}
    assert wanted <= set(methods("keepalive"))


