"""What a controller believes of the jobs' times: the truth, or a prediction with its error."""

from typing import Literal

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.instances.mig_cluster import MigClusterInstance
from ecoopt.instances.mig_cluster.predictor import PREDICTED_SLICES, QUANTILES, error_quantiles, small_speeds

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

    The error is one of times relative to the longest of the three largest profiles, as the network predicts them;
    with the linear model, speeds on 2g and 1g follow from the predicted ones by regression.

    Raises
    ------
    InputError
        When the linear model is asked for a GPU other than the one it was fitted on has the slices of.
    """
    slowdown, whole = true_slowdown(instance), instance.whole
    if predictor == "exact" or whole is None:
        return slowdown
    sizes = np.array([profile.compute_slices for profile in instance.geometry.profiles])
    if predictor == "linear":
        return _by_linear_model(slowdown, sizes, rng)
    shape = slowdown.shape
    large = slowdown[:, np.argsort(-sizes, kind="stable")[:3]]
    longest = np.where(np.isfinite(large), large, 0.0).max(axis=1, keepdims=True)
    error = rng.normal(error_mean, error_sd, shape) * np.where(rng.random(shape) > 0.5, -1.0, 1.0)
    predicted = np.maximum(slowdown / longest + error, _LEAST)
    believed: FloatArray = predicted / predicted[:, [whole]]
    return believed


def _by_linear_model(slowdown: FloatArray, sizes: IntArray, rng: np.random.Generator) -> FloatArray:
    """Return slowdowns as the linear model leaves them, its errors drawn from those of the cross-validation."""
    if not {*PREDICTED_SLICES} <= {*sizes.tolist()} <= {*PREDICTED_SLICES, 2, 1}:
        raise InputError.one("options of miso", "predictor", "linear knows instances of 7, 4, 3, 2 and 1 slices only",
                             "use noise for this GPU")
    large = slowdown[:, [sizes.tolist().index(size) for size in PREDICTED_SLICES]]
    known = np.where(np.isfinite(large), large, 1.0)
    level = rng.random(large.shape)
    error = np.column_stack([np.interp(level[:, k], QUANTILES, row) for k, row in enumerate(error_quantiles())])
    times = np.maximum(known / known.max(axis=1, keepdims=True) + error, _LEAST)
    speed = times[:, [0]] / times
    two, one = small_speeds(speed[:, 1], speed[:, 2])
    believed = dict(zip((*PREDICTED_SLICES, 2, 1), (*speed.T, two, one), strict=True))
    return np.where(np.isfinite(slowdown), np.column_stack([1 / believed[size] for size in sizes.tolist()]), np.inf)
