"""Hypothesis strategies for tiny refresh instances, and for schedules of them that keep rules or break them."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.refresh import Generation, RefreshInstance, RefreshSchedule, Site, Stock, Workload

_INTENSITIES = (0.0, 20.0, 100.0, 400.0)


@st.composite
def refresh_instances(
    draw: st.DrawFn, *, generations: int = 2, sites: int = 2, workloads: int = 2, periods: int = 3,
) -> RefreshInstance:
    """Draw a tiny instance: ties, periods without demand, short lives, homes, budgets and caps.

    No more than two GPUs can be bought in all, so that the optimum can be enumerated.

    Parameters
    ----------
    generations, sites, workloads, periods : int
        Most of each.
    """
    count, kinds, length = (draw(st.integers(1, most)) for most in (generations, workloads, periods))
    by_money = draw(st.booleans())
    places = draw(st.integers(1, sites)) if by_money else 1
    names = [f"s{s}" for s in range(places)]
    idle_w = draw(st.sampled_from((0.0, 0.0, 50.0)))
    hours = _values(draw, (count, kinds), (24.0, 240.0, 480.0))
    energy = _values(draw, (count, kinds), (0.1, 0.2, 0.4)) * hours
    most = np.zeros(length, dtype=np.int64)
    for _ in range(2):
        most[draw(st.integers(0, length - 1))] += 1
    content: dict[str, Any] = {
        "name": "tiny", "period_days": 30, "horizon_end": draw(st.sampled_from(("charge", "credit"))),
        "generations": tuple(_generation(draw, f"g{g}", idle_w, length) for g in range(count)),
        "sites": tuple(Site(
            name=name, intensity_g_per_kwh=_values(draw, (length,), _INTENSITIES),
            pue=draw(st.sampled_from((1.0, 1.5))), utilisation=draw(st.sampled_from((0.5, 1.0))),
            most_purchases=None if by_money else most) for name in names),
        "workloads": tuple(_workload(draw, f"w{w}", names, energy[:, w], hours[:, w], length) for w in range(kinds)),
        "stock": tuple(Stock(generation=f"g{draw(st.integers(0, count - 1))}", site=draw(st.sampled_from(names)),
                             age_periods=draw(st.integers(0, 3)), count=1)
                       for _ in range(draw(st.integers(0, 2)))),
        "budget": most.astype(float) if by_money else None,
        "operational_cap_g": draw(st.sampled_from((None, None, None, np.full(length, 50_000.0))))}
    instance: RefreshInstance = RefreshInstance.from_content(content, "drawn instance")
    return instance


@st.composite
def refresh_schedules(draw: st.DrawFn, instance: RefreshInstance) -> RefreshSchedule:
    """Draw a schedule of an instance that may break any rule."""
    shape = instance.stock_shape
    purchases, retirements = (_values(draw, shape, (0.0, 0.0, 0.0, 1.0, 2.0)).astype(np.int64) for _ in range(2))
    demand = np.array([workload.demand for workload in instance.workloads])
    weight = _values(draw, instance.work_shape, (0.0, 0.0, 1.0, 3.0)) + 1e-12
    work = demand * weight / weight.sum(axis=(0, 1))
    return RefreshSchedule(purchases=purchases, retirements=retirements, work=np.where(work > 1e-9, work, 0.0))


def _values(draw: st.DrawFn, shape: tuple[int, ...], values: tuple[float, ...]) -> FloatArray:
    size = int(np.prod(shape))
    return np.array(draw(st.lists(st.sampled_from(values), min_size=size, max_size=size))).reshape(shape)


def _generation(draw: st.DrawFn, name: str, idle_w: float, periods: int) -> Generation:
    first = draw(st.sampled_from((0, 0, 1)))
    return Generation(
        name=name, embodied_g=draw(st.sampled_from((0.0, 1000.0, 10_000.0))), idle_w=idle_w,
        life_periods=draw(st.integers(1, periods + 2)), first_period=first,
        last_period=draw(st.sampled_from((None, None, first))), price=1.0,
        second_life=draw(st.sampled_from((0.0, 0.0, 0.5))))


def _workload(
    draw: st.DrawFn, name: str, sites: list[str], energy_kwh: FloatArray, gpu_h: FloatArray, periods: int
) -> Workload:
    home = draw(st.sampled_from((None, *sites)))
    return Workload(name=name, energy_kwh=energy_kwh, gpu_h=gpu_h, home=home,
                    demand=_values(draw, (periods,), (0.0, 0.5, 1.0, 1.5)),
                    moving_kwh=None if home is None else draw(st.sampled_from((None, 1.0))))
