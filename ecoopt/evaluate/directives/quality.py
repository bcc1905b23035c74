"""The quality that a schedule reaches in every hour: the true one, and the one believed since the last evaluation."""

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.directives import DirectivesInstance, DirectivesSchedule


def quality(instance: DirectivesInstance, schedule: DirectivesSchedule) -> FloatArray:
    """Return the quality of every origin and hour relative to level 0, float array [R, T]."""
    return _relative(instance, schedule, instance.mix)


def believed_quality(instance: DirectivesInstance, schedule: DirectivesSchedule) -> FloatArray:
    """Return the quality by the preferences of the last evaluation, float array [R, T].

    Hours before the first evaluation are taken as if it had been in hour 0; without an evaluator it is the true one.
    """
    if instance.evaluator is None:
        return quality(instance, schedule)
    hours = np.arange(instance.hours)
    known = np.concatenate([[0], schedule.evaluations])
    last = known[np.searchsorted(schedule.evaluations, hours, side="right")]
    return _relative(instance, schedule, instance.mix[:, last])


def _relative(instance: DirectivesInstance, schedule: DirectivesSchedule, mix: FloatArray) -> FloatArray:
    """Return the quality for the mix given, float arrays [R, T, D] and [R, T]."""
    level = schedule.share.sum(axis=3)
    level = np.broadcast_to(level, (*level.shape[:2], len(instance.classes), level.shape[3]))
    reached = np.einsum("otd,otdl,dl->ot", mix, level, instance.preference)
    return np.asarray(reached / (mix @ instance.preference[:, 0]), dtype=np.float64)
