"""The exact side of MIG serving on instances large enough to be taken apart by period."""

import pytest

import ecoopt
from ecoopt.core.status import Status
from ecoopt.formulations.mig_serving.count_model import count_model
from ecoopt.hybrid.mig_serving.exact import SMALL
from ecoopt.instances.mig_serving.options import options_of


@pytest.fixture(scope="module")
def parted():
    """An instance over `SMALL` columns."""
    instance = ecoopt.generate(
        "mig_serving", gpus=3, hours=14, services=["efficientnet"], power_off=False, load=0.4, seed=3)
    assert count_model(options_of(instance)).linear.columns > SMALL
    return instance


def test_the_program_is_never_worse_than_the_published_oracle_and_proves_it(parted):
    oracle = ecoopt.solve(parted, "oracle")
    exact = ecoopt.solve(parted, "milp", time_limit=30, gap=1e-3)
    assert exact.objective <= oracle.objective * (1 + 1e-9)
    assert exact.gap <= 1e-3


def test_bounds_of_relaxation_prices_and_program_are_in_order(parted):
    relaxed, priced = (ecoopt.solve(parted, name) for name in ("lp", "lagrangian"))
    best = ecoopt.solve(parted, "local-search")
    assert relaxed.bound <= priced.bound * (1 + 1e-9)
    assert priced.bound <= best.objective * (1 + 1e-9)


def test_without_costs_of_change_the_hull_proves_every_period(parted):
    free = parted.replace(repartition_j=0.0, power_on_j=0.0)
    hull, exact = (ecoopt.solve(free, name) for name in ("hull", "milp"))
    assert hull.status is Status.OPTIMAL
    assert exact.status is Status.OPTIMAL
    assert hull.objective == pytest.approx(exact.objective, rel=1e-9)


def test_an_infeasible_load_is_said_to_be_and_explained(parted):
    heavy = parted.replace(load_rps=50 * parted.load_rps)
    assert ecoopt.solve(heavy, "milp").status is Status.INFEASIBLE
    assert ecoopt.solve(heavy, "lagrangian").status is Status.INFEASIBLE
    reasons = ecoopt.registry.family("mig_serving").explain()(heavy)
    assert len(reasons) == heavy.periods
    assert all("GPUs" in reason for reason in reasons)


def test_an_optimum_of_nothing_is_proven_as_such():
    instance = ecoopt.generate("mig_serving", gpus=2, hours=1, services=["yolo", "efficientnet"], carbon_weight=0.0,
                               load=0.02, seed=1)
    found = ecoopt.solve(instance, "milp")
    assert found.status is Status.OPTIMAL, found.notes
    assert found.objective == pytest.approx(0.0, abs=1e-12)
