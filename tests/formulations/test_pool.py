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
    """All methods but one found -44.8345 while HiGHS's usual tolerance hid queries of some 0.04 ms from the other."""
    kinds = tuple(InstanceType(name=name, price_per_h=0.0, max_count=most, idle_w=50.0, busy_w=100.0,
                               embodied_g_per_h=3.0) for name, most in (("slow", 1), ("quick", 3)))
    batch, load = np.array([10.0, 20.0, 30.0, 40.0]), np.tile([0.0, 0.478, 1.136, 1.794], (2, 1))
    busy = ServedModel(
        name="busy", qos_ms=100.0, batch=batch, share=np.array([0.0002, 0.1067, 0.2187, 0.6744]),
        latency_ms=np.array([[0.0397, 0.0176, 0.0298, 0.0715], [0.0755, 0.0662, 0.0451, 0.0380]]),
        demand_per_s=np.array([1.136, 6.544]))
    silent = ServedModel(
        name="silent", qos_ms=100.0, batch=batch, share=np.array([0.0, 0.4939, 0.1640, 0.3421]), load=load,
        latency_ms=np.array([[31.37, 35.99, 14.48, 90.05], [89.63, 4.18, 8.55, 49.43]]),
        demand_per_s=np.zeros(2))
    instance = PoolInstance(name="quick", objective="carbon", types=kinds, models=(busy, silent), periods=2,
                            start_h=0.5, carbon=generate_carbon("US-CAL-CISO", days=1, seed=0))
    found = ecoopt.solve(instance, method)
    assert found.status is Status.OPTIMAL
    assert found.schedule.machines(2, 2, 2)[:, 0].tolist() == [[0, 1], [0, 1]]


@pytest.mark.parametrize("method", EXACT)
def test_no_money_serves_nothing_and_that_is_proven(method):
    found = ecoopt.solve(ecoopt.generate("pool", budget_per_h=0.0), method)
    assert found.status is Status.OPTIMAL
    assert found.objective == 0
