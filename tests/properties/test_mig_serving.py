"""MIG serving on random tiny instances: enumeration, integer programs, bounds, heuristics and referee agree."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import ecoopt
from ecoopt.instances.mig_serving import MigServingInstance
from ecoopt.instances.mig_serving.options import options_of
from ecoopt.instances.mig_serving.routing import cheapest_rates, room_rps
from ecoopt.registry import methods
from ecoopt.testing.mig_serving import enumerate_optimum, least_cost, mig_serving_instances

TOLERANCE = 1e-6
FAST = ("greedy", "local-search", "pso", "path", "oracle", "base", "co2opt", "clover", "blover",
        "myopic")
SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def slack(value: float) -> float:
    return TOLERANCE * max(1e-3, abs(value))


@given(instance=mig_serving_instances())
@SLOW
def test_the_integer_program_finds_the_enumerated_optimum(instance: MigServingInstance) -> None:
    optimum = enumerate_optimum(instance)
    found = ecoopt.solve(instance, "milp")
    if math.isinf(optimum):
        assert found.schedule is None
        return
    assert found.score is not None, found.details
    assert found.score.feasible
    assert abs(found.score.objective - optimum) <= slack(optimum)
    assert found.bound is not None
    assert abs(found.bound - optimum) <= slack(optimum)


@given(instance=mig_serving_instances())
@SLOW
def test_every_schedule_is_accepted_as_claimed_and_none_beats_the_optimum(instance: MigServingInstance) -> None:
    optimum = enumerate_optimum(instance)
    for name in FAST:
        found = ecoopt.solve(instance, name, iterations=6)
        assert found.notes == (), name
        if found.score is None:
            assert found.schedule is None
            continue
        assert found.objective is not None
        assert found.score.feasible, (name, found.score.violations)
        assert abs(found.score.objective - found.objective) <= slack(optimum), name
        assert found.score.objective >= optimum - slack(optimum), name


@given(instance=mig_serving_instances())
@SLOW
def test_a_start_is_never_made_worse(instance: MigServingInstance) -> None:
    begin = ecoopt.solve(instance, "co2opt")
    if begin.schedule is None:
        return
    assert begin.objective is not None
    for name in FAST:
        found = ecoopt.solve(instance, name, iterations=3, start=begin)
        assert found.objective is not None, name
        assert found.objective <= begin.objective + slack(begin.objective), name


@given(instance=mig_serving_instances(free=True))
@SLOW
def test_the_cheapest_path_is_the_oracle_when_changes_are_free(instance: MigServingInstance) -> None:
    one, other = (ecoopt.solve(instance, name) for name in ("oracle", "path"))
    assert (one.objective is None) == (other.objective is None)
    if one.objective is not None and other.objective is not None:
        assert other.objective == pytest.approx(one.objective, rel=1e-12)


@given(instance=mig_serving_instances())
@SLOW
def test_the_cheapest_path_is_no_dearer_than_the_oracle_nor_cheaper_than_any_schedule(
        instance: MigServingInstance) -> None:
    oracle, path, clover = (ecoopt.solve(instance, name) for name in ("oracle", "path", "clover"))
    if path.objective is None:
        assert oracle.objective is None
        assert clover.objective is None
        return
    for other in (oracle, clover):
        if other.objective is not None:
            assert path.objective <= other.objective + slack(other.objective)


@given(instance=mig_serving_instances(gpus=1), drawn=st.lists(st.integers(0, 3), min_size=12, max_size=12))
@SLOW
def test_the_cheapest_rates_are_those_of_the_linear_program(instance: MigServingInstance, drawn: list[int]) -> None:
    options = options_of(instance)
    instances = np.resize(np.array(drawn), (1, options.count))
    rates, served = cheapest_rates(options, instances, 0)
    room = room_rps(options, instances)[0]
    for k, service in enumerate(instance.services):
        own = np.flatnonzero(options.service == k)
        load, cost, late = float(instance.load_rps[k, 0]), options.rate_cost[own, 0], options.late_share[own]
        if not len(own):
            assert bool(served[0, k]) == (load == 0)
            continue
        # Scaled to costs near one, which is what a solver's tolerances are made for.
        scale = max(float(np.abs(cost).max()), 1e-12)
        found = linprog(cost / scale, A_ub=late[None], b_ub=[service.late_budget * load], A_eq=np.ones((1, len(own))),
                        b_eq=[load], bounds=list(zip(np.zeros(len(own)), room[own], strict=True)))
        assert bool(served[0, k]) == (found.status == 0)
        if found.status == 0:
            assert float(rates[0, own] @ cost) == pytest.approx(scale * found.fun, rel=1e-6, abs=1e-9 * scale)
            plain = least_cost(cost.tolist(), room[own].tolist(), late.tolist(), load, service.late_budget * load)
            assert plain == pytest.approx(scale * found.fun, rel=1e-6, abs=1e-9 * scale)


def test_the_family_offers_every_published_method() -> None:
    wanted = {"milp", "milp-pattern", "hull", "path", "clover", "blover", "base", "co2opt", "oracle", "greedy",
              "local-search", "pso"}
    assert wanted <= set(methods("mig_serving"))
