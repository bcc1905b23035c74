"""Budgets of every keep-alive method: counts are never exceeded, nothing is asked for nothing, time ends it."""

import os
from time import perf_counter
from typing import Any

import pytest

import ecoopt
from ecoopt.core.method import Kind
from ecoopt.core.status import Status, Termination
from ecoopt.instances.keepalive import KeepAliveInstance
from ecoopt.registry import methods

METHODS = methods("keepalive")
NIGHTLY = os.environ.get("ECOOPT_HYPOTHESIS_PROFILE") == "nightly"
SHORT: dict[str, dict[str, Any]] = {"lns": {"columns": 40, "nodes": 5, "patience": 4}, "pso": {"swarm_size": 6}}
KINDS = {"release": {}, "persist": {"containers": "persist"}, "tied": {"containers": "persist", "relocation": False}}


@pytest.fixture(scope="module", params=KINDS)
def small(request: pytest.FixtureRequest) -> KeepAliveInstance:
    instance = ecoopt.generate("keepalive", functions=8, hours=0.3, seed=3, memory=0.4, **KINDS[request.param])
    assert isinstance(instance, KeepAliveInstance)
    return instance


@pytest.mark.parametrize("name", METHODS)
def test_counts_are_never_exceeded(small: KeepAliveInstance, name: str) -> None:
    for most in (0, 1, 3, 20) if NIGHTLY else (0, 3):
        found = ecoopt.solve(small, name, iterations=most, options=SHORT.get(name))
        assert found.iterations <= most
        assert found.status is not Status.ERROR
        assert found.notes == ()
        assert found.score is None or found.score.feasible
    for most in (0, 7):
        found = ecoopt.solve(small, name, evaluations=most, time_limit=1.0, options=SHORT.get(name))
        # An online policy decides for a whole minute at a time.
        assert found.evaluations <= most or (METHODS[name].kind is Kind.ONLINE and most > 0)
        assert found.notes == ()


def test_descent_and_ascent_share_one_budget() -> None:
    instance = ecoopt.generate("keepalive", functions=40, hours=2, seed=3, memory=0.4, containers="persist")
    for most in (5, 20):
        assert ecoopt.solve(instance, "lagrangian", iterations=most).iterations <= most


@pytest.mark.parametrize("name", METHODS)
def test_no_time_at_all_gives_a_feasible_schedule_or_none_at_once(small: KeepAliveInstance, name: str) -> None:
    began = perf_counter()
    found = ecoopt.solve(small, name, time_limit=0.0)
    assert perf_counter() - began < 10
    assert found.termination in (Termination.TIME, Termination.PROOF)
    assert found.status in (Status.FEASIBLE, Status.OPTIMAL, Status.NONE)
    assert found.notes == ()
    assert found.status is Status.NONE or (found.score is not None and found.score.feasible)


@pytest.fixture(scope="module", params=KINDS if NIGHTLY else ["release", "tied"])
def middling(request: pytest.FixtureRequest) -> KeepAliveInstance:
    """Too large for a second, yet built in much less."""
    instance = ecoopt.generate("keepalive", functions=100, hours=3, seed=1, memory=0.4, own_profiles=True,
                               **KINDS[request.param])
    assert isinstance(instance, KeepAliveInstance)
    return instance


LONG = ("milp", "lp", "lagrangian", "lns", "pso", "local-search")


@pytest.mark.parametrize("name", METHODS if NIGHTLY else LONG)
def test_a_time_limit_is_kept_within_what_it_takes_to_build_a_model(middling: KeepAliveInstance, name: str) -> None:
    limit = 10.0 if NIGHTLY else 0.5
    began = perf_counter()
    found = ecoopt.solve(middling, name, time_limit=limit)
    assert perf_counter() - began < limit + 10
    assert found.notes == ()
    assert found.score is None or found.score.feasible
    assert METHODS[name].kind is Kind.BOUND or name == "exact-unconstrained" or found.schedule is not None
