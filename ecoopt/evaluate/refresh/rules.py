"""The rules of hardware refresh, and in people's terms who breaks them, where and by how much."""

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.score import Violation
from ecoopt.evaluate.refresh.charges import Charges
from ecoopt.evaluate.refresh.stocks import Stocks
from ecoopt.evaluate.violations import broken
from ecoopt.instances.refresh import RefreshInstance, RefreshSchedule

NOT_THERE = "more GPUs are retired than there are"
TOO_OLD = "GPUs serve beyond their life"
NOT_SOLD = "GPUs are bought outside the time in which they can be"
TOO_MANY = "more GPUs are bought than the site may in a period"
TOO_DEAR = "more is spent than is available so far"
NOT_SERVED = "work is not served"
SERVED_TWICE = "more work is served than there is"
AWAY = "work that must stay at home is served elsewhere"
TOO_BUSY = "GPUs are busier than they may be"
TOO_DIRTY = "energy emits more than the period's cap"

TOLERANCE = 1e-6
"""Excess that counts as rounding, relative to the limit and to 1."""


def violations(
    instance: RefreshInstance, schedule: RefreshSchedule, held: Stocks, charged: Charges
) -> list[Violation]:
    """Return every broken rule: of stocks, purchases, money, work and carbon."""
    return [*_stocks(instance, held), *_purchases(instance, schedule, charged), *_work(instance, schedule, held),
            *_carbon(instance, charged)]


def _stocks(instance: RefreshInstance, held: Stocks) -> list[Violation]:
    """No GPU is retired that is not there, and none stays beyond its life."""
    return [*broken(NOT_THERE, "GPUs", -held.there.ravel(), lambda i: _group(instance, i)),
            *broken(TOO_OLD, "GPUs", (np.maximum(held.there, 0) - held.in_life).ravel(), lambda i: _group(instance, i))]


def _purchases(instance: RefreshInstance, schedule: RefreshSchedule, charged: Charges) -> list[Violation]:
    """Purchases keep to availability, to what sites take, and to the money there is."""
    outside = schedule.purchases.copy()
    for g, generation in enumerate(instance.generations):
        last = instance.periods - 1 if generation.last_period is None else generation.last_period
        outside[g, :, generation.first_period:last + 1] = 0
    found = broken(NOT_SOLD, "GPUs", outside.ravel(), lambda i: _group(instance, i))
    for s, site in enumerate(instance.sites):
        if site.most_purchases is not None:
            over = schedule.purchases[:, s].sum(axis=0) - site.most_purchases
            found += broken(TOO_MANY, "GPUs", over, lambda t, name=site.name: f"site {name}, period {t}")  # type: ignore[misc]
    if instance.budget is not None:
        available = np.cumsum(instance.budget)
        found += broken(TOO_DEAR, "", _over(np.cumsum(charged.spent), available), lambda t: f"period {t}")
    return found


def _work(instance: RefreshInstance, schedule: RefreshSchedule, held: Stocks) -> list[Violation]:
    """All work is served, where it may be, by GPUs that are there."""
    demand = np.array([workload.demand for workload in instance.workloads])
    served = schedule.work.sum(axis=(0, 1))

    def place(index: int) -> str:
        w, t = divmod(index, instance.periods)
        return f"workload {instance.workloads[w].name}, period {t}"

    found = [*broken(NOT_SERVED, "units", _over(demand, served).ravel(), place),
             *broken(SERVED_TWICE, "units", _over(served, demand).ravel(), place)]
    gone = np.zeros_like(demand)
    for w, workload in enumerate(instance.workloads):
        if workload.home is not None and workload.moving_kwh is None:
            away = np.array([site.name != workload.home for site in instance.sites])
            gone[w] = schedule.work[:, away, w].sum(axis=(0, 1))
    found += broken(AWAY, "units", np.where(gone > TOLERANCE, gone, 0.0).ravel(), place)
    bearing = np.array([site.utilisation for site in instance.sites])[:, None] * np.maximum(held.there, 0)
    return found + broken(TOO_BUSY, "GPUs", _over(held.busy, bearing).ravel(), lambda i: _group(instance, i))


def _carbon(instance: RefreshInstance, charged: Charges) -> list[Violation]:
    """Energy emits no more than its cap."""
    if instance.operational_cap_g is None:
        return []
    return broken(TOO_DIRTY, "g", _over(charged.operational_g, instance.operational_cap_g), lambda t: f"period {t}")


def _over(value: FloatArray, limit: FloatArray) -> FloatArray:
    """Return by how much values exceed their limits, 0 where it is rounding."""
    excess = value - limit
    return np.where(excess > TOLERANCE * np.maximum(limit, 1.0), excess, 0.0)


def _group(instance: RefreshInstance, index: int) -> str:
    """Name a generation, a site and a period."""
    g, rest = divmod(index, len(instance.sites) * instance.periods)
    s, t = divmod(rest, instance.periods)
    return f"{instance.generations[g].name} at {instance.sites[s].name}, period {t}"
