"""The rules of power caps, and in people's terms who breaks them, where and by how much."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.score import Violation
from ecoopt.evaluate.power_cap.replay import Replay
from ecoopt.evaluate.violations import broken
from ecoopt.instances.power_cap import PowerCapInstance, PowerCapSchedule

SHARES = "the shares of a class's GPUs do not add up to 1"
MIXED = "GPUs of a class are under different caps in one hour"
OVERWORKED = "more work is done under a cap than its GPUs can do"
POOL = "classes take more GPUs than their pool has"
OVERDONE = "more work is done than there is"
BACKLOG = "more work waits than may"
POWER = "the GPUs draw more power than is allowed"
HEAT = "the hall is warmer than is allowed"

TOLERANCE = 1e-6
"""What counts as rounding, relative to the limit or to 1, whichever is more."""


def violations(instance: PowerCapInstance, schedule: PowerCapSchedule, outcome: Replay) -> list[Violation]:
    """Return every broken rule."""
    return list(_violations(instance, schedule, outcome))


def _violations(instance: PowerCapInstance, schedule: PowerCapSchedule, outcome: Replay) -> Iterator[Violation]:
    names = [entry.name for entry in instance.classes]
    _, hours, caps = instance.shape

    def hour(i: int) -> str:
        return f"{names[i // hours]}, hour {i % hours}"

    def cap(i: int) -> str:
        entry = instance.classes[i // (hours * caps)]
        return f"{entry.name}, hour {i // caps % hours}, {entry.cap_w[i % caps]:g} W"

    share = schedule.share
    yield from broken(SHARES, "", _over(np.abs(share.sum(axis=2) - 1.0), 1.0).ravel(), hour)
    if not instance.mixed:
        yield from broken(MIXED, "", _over(np.minimum(share, 1.0 - share).max(axis=2), 1.0).ravel(), hour)
    quota = np.array([entry.quota_gpus for entry in instance.classes])
    yield from broken(OVERWORKED, "GPU-h", _over(outcome.overworked_gpu_h, quota[:, None, None]).ravel(), cap)
    size = np.array([float(pool.gpus) for pool in instance.pools])[:, None]
    yield from broken(POOL, "GPU-h", _over(outcome.pool_gpu_h - size, size).ravel(),
                      lambda i: f"pool {i // hours} ({instance.pools[i // hours].gpu.name}), hour {i % hours}")
    most_work = np.array([entry.initial_backlog_gpu_h + entry.submitted_gpu_h.max() for entry in instance.classes])
    yield from broken(OVERDONE, "GPU-h", _over(outcome.overdone_gpu_h, most_work[:, None]).ravel(), hour)
    limit = np.array([np.inf if entry.most_backlog_gpu_h is None else entry.most_backlog_gpu_h
                      for entry in instance.classes])[:, None]
    finite = np.where(np.isfinite(limit), limit, 0.0)
    yield from broken(BACKLOG, "GPU-h", _over(outcome.backlog_gpu_h - limit, finite).ravel(), hour)
    if instance.power_limit_w is not None:
        yield from broken(POWER, "W", _over(outcome.power_w - instance.power_limit_w, instance.power_limit_w),
                          lambda t: f"hour {t}")
    if instance.hall is not None and outcome.temperature_c is not None:
        most_c = instance.hall.most_c
        yield from broken(HEAT, "C", _over(outcome.temperature_c - most_c, abs(most_c)), lambda t: f"hour {t}")


def _over(by: ArrayLike, size: ArrayLike) -> np.ndarray:
    """Return amounts, 0 where they are rounding."""
    amounts = np.asarray(by, dtype=np.float64)
    return np.where(amounts > TOLERANCE * np.maximum(1.0, size), amounts, 0.0)
