"""The pool's programs on instances whose answer is known, and on units that a solver's tolerances could swallow."""

import numpy as np
import pytest

import ecoopt
from ecoopt.core.status import Status
from ecoopt.instances.carbon import generate_carbon
from ecoopt.instances.pool import InstanceType, PoolInstance, ServedModel

EXACT = ("milp", "benders", "fluid")


@pytest.mark.parametrize(("model", "count", "rate_per_s"), [
    ("rm2", [1, 0, 13, 0], 143.6), ("wnd", [1, 0, 13, 0], 1602.3)])
@pytest.mark.parametrize("method", EXACT)
def test_the_published_pools_have_the_published_optima(model, count, rate_per_s, method):
    found = ecoopt.solve(ecoopt.generate("pool", models=[model]), method)
    assert found.status is Status.OPTIMAL
    assert found.schedule.machines(1, 1, 4)[0, 0].tolist() == count
    assert found.objective == pytest.approx(rate_per_s, abs=0.05)


@pytest.mark.parametrize("method", EXACT)
def test_work_of_microseconds_counts(method):
    """The second type takes less energy, by less than a millionth of a machine's second for each query."""
    kinds = tuple(InstanceType(name=name, price_per_h=1.0, max_count=1, idle_w=50.0, busy_w=100.0)
                  for name in ("slow", "quick"))
    model = ServedModel(name="m", qos_ms=100.0, batch=np.array([1.0]), share=np.array([1.0]),
                        latency_ms=np.array([[0.07], [0.02]]), demand_per_s=np.array([6.0]))
    instance = PoolInstance(objective="carbon", types=kinds, models=(model,), carbon=generate_carbon("GB", days=1), name="quick")
    found = ecoopt.solve(instance, method)
    assert found.status is Status.OPTIMAL
    assert found.schedule.machines(1, 1, 2)[0, 0].tolist() == [0, 1]


@pytest.mark.parametrize("method", EXACT)
def test_no_money_serves_nothing_and_that_is_proven(method):
    found = ecoopt.solve(ecoopt.generate("pool", budget_per_h=0.0), method)
    assert found.status is Status.OPTIMAL
    assert found.objective == 0
