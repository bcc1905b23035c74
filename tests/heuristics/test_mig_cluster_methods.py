"""What holds for every method of the MIG cluster: budgets, starts, seeds, and words for wrong options."""

import numpy as np
import pytest

import ecoopt
from ecoopt.core.budget import Budget
from ecoopt.core.errors import InputError
from ecoopt.evaluate.mig_cluster import evaluate

METHODS = ecoopt.families()["mig_cluster"].methods
SCHEDULED = tuple(name for name in METHODS if name != "bound")


@pytest.fixture(scope="module")
def small():
    return ecoopt.generate("mig_cluster", gpus=2, jobs=12, mean_gap_s=40, seed=3)


@pytest.fixture(scope="module")
def good(small):
    return METHODS["local-search"].run(small, budget=Budget(iterations=60), seed=1)


@pytest.mark.parametrize("name", METHODS)
def test_no_method_returns_worse_than_its_start(small, good, name):
    outcome = METHODS[name].run(small, budget=Budget(iterations=1), start=good.schedule)
    assert outcome.objective <= good.objective
    assert evaluate(small, outcome.schedule).objective == pytest.approx(outcome.objective, rel=1e-9)


@pytest.mark.parametrize("name", SCHEDULED)
def test_the_same_seed_and_iterations_give_the_same_bytes(small, name):
    one, two = (METHODS[name].run(small, budget=Budget(iterations=20), seed=5) for _ in range(2))
    assert one.schedule == two.schedule
    assert one.bound == two.bound
    assert evaluate(small, one.schedule).feasible


@pytest.mark.parametrize("name", ["greedy", "local-search", "pso", "optsta"])
def test_a_budget_of_iterations_is_met(small, name):
    assert METHODS[name].run(small, budget=Budget(iterations=3)).iterations == 3


def test_the_searches_improve_on_the_snapshot(small):
    plain = METHODS["snapshot"].run(small).objective
    for name in ("greedy", "local-search", "pso"):
        assert METHODS[name].run(small, budget=Budget(iterations=40)).objective <= plain


def test_an_unknown_layout_is_refused_with_those_there_are(small):
    with pytest.raises(InputError, match="use best or one of 7"):
        METHODS["optsta"].run(small, options={"layout": "5-2"})


def test_many_stretches_find_room(small):
    busy = small.replace(overhead_s=np.zeros(small.jobs), arrival_s=np.arange(12.0), work_s=np.full(12, 900.0))
    outcome = METHODS["snapshot"].run(busy, options={"horizon_s": 1e6, "everywhere": True})
    assert evaluate(busy, outcome.schedule).feasible
