"""Keep-alive's exact methods: the same optimum whatever the options, starts taken, bounds below."""

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.core.result import Result
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.highs import solve_lp
from ecoopt.hybrid.keepalive.program import program
from ecoopt.instances.keepalive import KeepAliveInstance

KINDS = {"release": {}, "persist": {"containers": "persist"}, "tied": {"containers": "persist", "relocation": False}}


@pytest.fixture(scope="module", params=KINDS)
def tight(request: pytest.FixtureRequest) -> KeepAliveInstance:
    """Own memory for each function, and room for a third of what could be kept: not solved at the root."""
    instance = ecoopt.generate("keepalive", functions=10, hours=0.4, seed=7, memory=0.3, own_profiles=True,
                               heavy_share=0.2, **KINDS[request.param])
    assert isinstance(instance, KeepAliveInstance)
    return instance


@pytest.fixture(scope="module")
def optimum(tight: KeepAliveInstance) -> Result:
    found = ecoopt.solve(tight, "milp", heuristic_start=False, polish_rounds=0, cut_rounds=0)
    assert found.status is Status.OPTIMAL
    assert found.termination is Termination.PROOF
    assert found.notes == ()
    return found


def test_no_option_changes_the_optimum(
    tight: KeepAliveInstance, optimum: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ecoopt.hybrid.keepalive.exact.SMALL", 0)
    usual = {"polish_rounds": 0}
    for options in (usual, usual | {"heuristic_start": False}, usual | {"cut_rounds": 0}, usual | {"threads": 2},
                    {"polish_rounds": 2}):
        found = ecoopt.solve(tight, "milp", **options)
        assert found.status is Status.OPTIMAL, options
        assert found.objective == pytest.approx(optimum.objective, rel=1e-7), options
        assert found.notes == ()


def test_cuts_raise_the_bound_at_the_root_and_stay_below_the_optimum(
    tight: KeepAliveInstance, optimum: Result
) -> None:
    found = ecoopt.solve(tight, "milp", heuristic_start=False, polish_rounds=0)
    bounds = found.details["root_bounds"]
    assert found.details["cuts"] > 0
    assert found.details["rows"] > optimum.details["rows"]
    assert bounds[-1] > bounds[0]
    assert bounds[-1] <= optimum.objective * (1 + 1e-7)
    assert optimum.details["cuts"] == 0
    assert optimum.details["root_bounds"] == pytest.approx(bounds[:1], rel=1e-9)


def test_the_relaxation_is_the_root_bound_and_below_the_optimum(tight: KeepAliveInstance, optimum: Result) -> None:
    found = ecoopt.solve(tight, "lp")
    assert found.bound == pytest.approx(optimum.details["root_bounds"][0], rel=1e-9)
    assert found.bound < optimum.objective
    assert found.schedule is None
    assert found.termination is Termination.PROOF
    assert found.bound == solve_lp(program(tight).linear).bound


@pytest.mark.parametrize("policy", ["fixed", "ecolife-exact", "histogram"])
def test_highs_takes_any_policys_schedule_as_a_start(tight: KeepAliveInstance, optimum: Result, policy: str) -> None:
    start = ecoopt.solve(tight, policy)
    found = ecoopt.solve(tight, "milp", start=start, heuristic_start=False, polish_rounds=0, cut_rounds=3)
    assert found.details["start_accepted"] is True
    assert found.objective == pytest.approx(optimum.objective, rel=1e-7)
    first = found.trace[0].incumbent
    assert first is not None
    assert first <= start.objective * (1 + 1e-9)


def test_an_optimal_start_is_what_comes_back_at_once(tight: KeepAliveInstance, optimum: Result) -> None:
    for method, options in (("milp", {"heuristic_start": False}), ("lns", {}), ("lp", {})):
        found = ecoopt.solve(tight, method, start=optimum, iterations=0, **options)
        assert found.objective == pytest.approx(optimum.objective, rel=1e-9), method
        assert found.notes == (), method


def test_the_relaxation_keeps_of_a_wasteful_start_what_is_of_use(tight: KeepAliveInstance) -> None:
    start = ecoopt.solve(tight, "fixed")
    found = ecoopt.solve(tight, "lp", start=start)
    assert found.objective < start.objective
    assert found.notes == ()


def test_the_search_is_as_good_as_its_start_and_the_same_for_the_same_seed(
    tight: KeepAliveInstance, optimum: Result
) -> None:
    local = ecoopt.solve(tight, "local-search")
    found, again = (ecoopt.solve(tight, "lns", iterations=8, seed=5, columns=40, nodes=20) for _ in range(2))
    assert optimum.objective * (1 - 1e-9) <= found.objective <= local.objective * (1 + 1e-9)
    assert found.iterations <= 8
    assert found.schedule == again.schedule
    assert found.objective == again.objective


def test_memory_prices_prove_what_the_relaxation_proves_where_that_is_exact(
    tight: KeepAliveInstance, optimum: Result
) -> None:
    found = ecoopt.solve(tight, "lagrangian")
    relaxed = ecoopt.solve(tight, "lp").bound
    assert found.bound <= optimum.objective * (1 + 1e-9)
    assert found.objective >= optimum.objective * (1 - 1e-9)
    if tight.containers == "release":
        assert relaxed * (1 - 1e-3) <= found.bound <= relaxed * (1 + 1e-9)


def test_an_instance_without_calls_costs_nothing() -> None:
    calls = ecoopt.generate("keepalive", functions=3, hours=0.2, seed=1)
    silent = calls.replace(invocations=type(calls.invocations).from_dense(np.zeros((3, 12), dtype=np.int64)))
    for changes in KINDS.values():
        for method in ("milp", "lp", "lns", "lagrangian"):
            found = ecoopt.solve(silent.replace(**changes), method)
            assert found.notes == (), method
            assert found.bound == 0.0, method
            assert method == "lp" or found.objective == 0.0, method


@pytest.mark.parametrize("method", ["milp", "lp", "lns"])
def test_any_seed_will_do(tight: KeepAliveInstance, method: str) -> None:
    found = ecoopt.solve(tight, method, seed=2**63, iterations=1)
    assert found.notes == ()
    assert found.termination is not Termination.CRASH


@pytest.mark.parametrize(("method", "option", "value"), [
    ("milp", "threads", -1), ("milp", "cut_rounds", -1), ("milp", "polish_rounds", -1), ("lns", "columns", 0),
    ("lns", "nodes", 0), ("lns", "patience", 0)])
def test_options_out_of_range_are_refused_before_any_work(
    tight: KeepAliveInstance, method: str, option: str, value: int
) -> None:
    with pytest.raises(InputError, match=rf"^options of {method}: {option}: input should be greater than or equal"):
        ecoopt.solve(tight, method, options={option: value})
