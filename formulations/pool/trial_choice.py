"""The best of what was tried: where an instance holds trials, nothing needs a program."""

import numpy as np

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.instances.pool import PoolInstance, PoolSchedule


def best_trial(instance: PoolInstance, run: Run, start: PoolSchedule | None) -> Outcome:
    """Take the best composition of the trials that keeps the rules; all of them are looked at, which proves it.

    Parameters
    ----------
    instance : PoolInstance
        With trials.
    run : Run
        Told of the composition and the bound; every trial counts as an evaluation.
    start : PoolSchedule, optional
        Cannot be better, so it is not looked at.
    """
    trials, price = instance.trials, instance.price_per_h[0]
    assert trials is not None
    fits = (trials.count <= instance.max_count).all(axis=1)
    spent = trials.count @ price
    if instance.budget_per_h is not None:
        fits &= spent <= instance.budget_per_h[0] * (1 + 1e-9)
    if instance.objective == "throughput":
        assert trials.rate_per_s is not None
        values = trials.rate_per_s
    else:
        assert trials.qos_percent is not None
        values = -spent * instance.period_h
        fits &= trials.qos_percent >= trials.least_qos_percent
    run.tick(1, len(trials.count))
    if not fits.any():
        return run.outcome(None, Status.INFEASIBLE)
    at = int(np.argmax(np.where(fits, values, -np.inf)))
    run.offer(float(values[at]), PoolSchedule.of(trials.count[at][None, None]))
    run.prove(float(values[at]))
    return run.outcome()
