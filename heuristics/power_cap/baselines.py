"""Baselines: no cap, one static cap, a low cap when carbon is high, equal shares of the power limit."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.power_cap.plans import Planner, offer_start
from ecoopt.instances.power_cap import PowerCapInstance, PowerCapSchedule
from ecoopt.instances.power_cap.tables import cap_tables

Share: TypeAlias = Annotated[float, Field(gt=0, le=1)]
Quantile: TypeAlias = Annotated[float, Field(ge=0, le=1)]


def no_cap(instance: PowerCapInstance, run: Run, *, seed: int, start: PowerCapSchedule | None) -> Outcome:
    """Cap nothing, and do all work as early as the limits allow. Nothing is drawn at random."""
    planner = Planner(cap_tables(instance))
    return _offered(planner, run, start, planner.tables.highest)


def static(
    instance: PowerCapInstance, run: Run, *, seed: int, start: PowerCapSchedule | None, share: Share = 0.6,
) -> Outcome:
    """Put every class under the same share of its highest cap, always: 0.6 is the published natural experiment.

    Nothing is drawn at random.

    Parameters
    ----------
    share : float
        Of the highest cap; the highest cap not above it is taken, or the lowest there is.
    """
    return _offered(Planner(cap_tables(instance)), run, start, caps_at(instance, share))


def carbon_threshold(
    instance: PowerCapInstance, run: Run, *, seed: int, start: PowerCapSchedule | None, share: Share = 0.6,
    quantile: Quantile = 0.5,
) -> Outcome:
    """Cap in hours of high carbon alone. Nothing is drawn at random.

    Parameters
    ----------
    share : float
        As in `static`.
    quantile : float
        Hours whose price of energy is above this quantile of all hours are capped.
    """
    planner = Planner(cap_tables(instance))
    price = planner.tables.price_g_per_wh
    high = price > np.quantile(price, quantile)
    return _offered(planner, run, start, np.where(high[:, None], caps_at(instance, share), planner.tables.highest))


def equal_share(instance: PowerCapInstance, run: Run, *, seed: int, start: PowerCapSchedule | None) -> Outcome:
    """Give every GPU the same share of the hour's power limit as its cap. Nothing is drawn at random."""
    planner = Planner(cap_tables(instance))
    limit_w = instance.power_limit_w
    if limit_w is None:
        return _offered(planner, run, start, planner.tables.highest)
    each_w = limit_w / instance.gpus
    return _offered(planner, run, start, np.stack([_below(entry.cap_w, each_w) for entry in instance.classes], axis=1))


def caps_at(instance: PowerCapInstance, share: float) -> IntArray:
    """Return the cap of each class that is the highest not above a share of its highest, int array [K]."""
    return np.array([int(_below(entry.cap_w, np.array([share * entry.cap_w[-1]]))[0]) for entry in instance.classes])


def static_caps(instance: PowerCapInstance) -> list[IntArray]:
    """Return what `static` chooses at each share there is, the highest first, each an int array [K]."""
    shares = np.unique(np.concatenate([entry.cap_w / entry.cap_w[-1] for entry in instance.classes]))[::-1]
    found = {caps.tobytes(): caps for caps in (caps_at(instance, float(share)) for share in shares)}
    return list(found.values())


def _below(cap_w: FloatArray, watts: FloatArray) -> IntArray:
    """Return the highest cap not above each power, the lowest where there is none."""
    return np.maximum(np.searchsorted(cap_w, watts * (1 + 1e-9), side="right") - 1, 0)


def _offered(planner: Planner, run: Run, start: PowerCapSchedule | None, cap: IntArray) -> Outcome:
    offer_start(planner, run, start)
    if run.stop() is None:
        planner.offer(run, planner.plan(cap))
        run.tick(1, 1)
    return run.outcome()
