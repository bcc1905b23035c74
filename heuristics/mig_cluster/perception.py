"""What a controller believes of the jobs' times: the truth, or a prediction with its error."""

from typing import Literal

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.mig_cluster import MigClusterInstance

Predictor = Literal["noise", "linear", "exact"]

_LEAST = 1e-3


def true_slowdown(instance: MigClusterInstance) -> FloatArray:
    """Return the time each job takes on each profile relative to the whole GPU, infinite where it cannot run [J, P]."""
    speed = instance.job_speed
    return np.where(speed > 0, 1 / np.where(speed > 0, speed, 1.0), np.inf)


def believed_slowdown(
    instance: MigClusterInstance, predictor: Predictor, error_mean: float, error_sd: float, rng: np.random.Generator,
) -> FloatArray:
    """Return the slowdowns a controller predicts, infinite where a job cannot run, float array [J, P].

    The error is one of times relative to the longest of the three largest profiles, as the network predicts them.
    """
    slowdown, whole = true_slowdown(instance), instance.whole
    if predictor == "exact" or whole is None:
        return slowdown
    shape = slowdown.shape
    sizes = np.array([profile.compute_slices for profile in instance.geometry.profiles])
    large = slowdown[:, np.argsort(-sizes, kind="stable")[:3]]
    longest = np.where(np.isfinite(large), large, 0.0).max(axis=1, keepdims=True)
    error = rng.normal(error_mean, error_sd, shape) * np.where(rng.random(shape) > 0.5, -1.0, 1.0)
    predicted = np.maximum(slowdown / longest + error, _LEAST)
    believed: FloatArray = predicted / predicted[:, [whole]]
    return believed
