"""The rules of pools, and in people's terms who breaks them, where and by how much."""

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.score import Violation
from ecoopt.evaluate.pool.tally import Tally
from ecoopt.evaluate.violations import broken
from ecoopt.instances.pool import PoolInstance, PoolSchedule

UNKNOWN = "an entry names a period, model, type or bin that does not exist"
TOO_MANY = "more machines are rented than there are"
TOO_DEAR = "the budget is exceeded"
TOO_BUSY = "machines are busier than allowed"
TOO_LATE = "queries go to a type that answers them late"
TOO_FEW = "more queries are given up than may be"
MORE_ROUTED = "more queries are routed than taken on"
NOT_SERVED = "demand is not served"
NOT_TRIED = "the composition was not tried"
QOS_MISSED = "too few queries are answered in time"

TOLERANCE = 1e-6
"""Excess that counts as rounding, relative to what the rule allows."""


def violations(instance: PoolInstance, schedule: PoolSchedule, what: Tally) -> list[Violation]:
    """Return every broken rule. O(T M K + T M B)."""
    found = broken(UNKNOWN, "entries", [what.strange], lambda _: "schedule")
    found += _machines(instance, what)
    return found + (_trials(instance, what) if instance.trials is not None else _queries(instance, what))


def _machines(instance: PoolInstance, what: Tally) -> list[Violation]:
    """No more machines than there are, for no more than the budget."""
    names = [kind.name for kind in instance.types]
    over = what.count.sum(axis=1) - np.array([kind.max_count for kind in instance.types])
    found = broken(TOO_MANY, "machines", over.ravel(),
                   lambda i: f"period {i // len(names)}, type {names[i % len(names)]}")
    if instance.budget_per_h is not None:
        machines = what.count.sum(axis=1) + what.starts.sum(axis=1) * instance.start_h / instance.period_h
        spent = (instance.price_per_h * machines).sum(axis=1)
        found += broken(TOO_DEAR, "$/h", _beyond(spent, instance.budget_per_h), lambda t: f"period {t}")
    return found


def _trials(instance: PoolInstance, what: Tally) -> list[Violation]:
    """Ask that the composition was tried, and answers enough queries in time."""
    assert instance.trials is not None
    if what.measured is None:
        return broken(NOT_TRIED, "compositions", [1], lambda _: "period 0")
    if instance.objective == "throughput":
        return []
    lack = instance.trials.least_qos_percent - what.measured
    return broken(QOS_MISSED, "%", [lack], lambda _: "period 0")


def _queries(instance: PoolInstance, what: Tally) -> list[Violation]:
    """Ask that queries go where they are in time, machines have the time, and demand is met."""
    models, kinds = len(instance.models), len(instance.types)
    allowed = np.zeros(what.busy.shape)
    for m, model in enumerate(instance.models):
        for k, kind in enumerate(instance.types):
            count = np.minimum(what.count[:, m, k], kind.max_count)
            allowed[:, m, k] = count if model.load is None else model.load[k, count]

    def machine(i: int) -> str:
        t, m, k = i // (models * kinds), i // kinds % models, i % kinds
        return f"period {t}, model {instance.models[m].name}, type {instance.types[k].name}"

    def served(i: int) -> str:
        return f"period {i // models}, model {instance.models[i % models].name}"

    found = [*broken(TOO_BUSY, "machines", _beyond(what.busy, allowed).ravel(), machine),
             *broken(TOO_LATE, "queries/s", what.late.ravel(), served)]
    given_up, more, lack = (np.zeros(what.rate.shape) for _ in range(3))
    for m, model in enumerate(instance.models):
        come = what.rate[:, m, None] * model.share
        slack = TOLERANCE * np.maximum(what.rate[:, m], TOLERANCE)
        missing = np.maximum(come - what.routed[m], 0).sum(axis=1) - instance.late_share * what.rate[:, m]
        given_up[:, m] = np.where(missing > slack, missing, 0)
        extra = np.maximum(what.routed[m] - come, 0).sum(axis=1)
        more[:, m] = np.where(extra > slack, extra, 0)
        if instance.objective != "throughput" and model.demand_per_s is not None:
            lack[:, m] = _beyond(model.demand_per_s, what.rate[:, m])
    return [*found, *broken(TOO_FEW, "queries/s", given_up.ravel(), served),
            *broken(MORE_ROUTED, "queries/s", more.ravel(), served),
            *broken(NOT_SERVED, "queries/s", lack.ravel(), served)]


def _beyond(amount: FloatArray, allowed: FloatArray) -> FloatArray:
    """Return by how much amounts exceed what is allowed, 0 where rounding explains it."""
    excess = amount - allowed
    beyond: FloatArray = np.where(excess > TOLERANCE * np.maximum(np.abs(allowed), TOLERANCE), excess, 0.0)
    return beyond
