"""From times under MPS to times on slices: the linear model that stands where MISO has a network, with its error.

MISO runs the jobs of a GPU side by side at 100, 50 and 14 % of its threads, and a U-Net turns the 3 times per job,
each divided by the job's longest, into times on 7g, 4g and 3g, divided alike. This is least squares on powers and
ratios of a job's own times and on the means, extremes and products with the others', one fit for each number of jobs.
Speeds on 2g and 1g follow from those on 4g and 3g by regression over the measured types, as the authors do it.
"""

import csv
from functools import cache
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.instances.mig.job_types import JOB_TYPES, MEASURED_SLICES

MOST_JOBS = 7
PREDICTED_SLICES = (7, 4, 3)
FOLDS = 5
QUANTILES = np.linspace(0.01, 0.99, 50)


class Mixes(NamedTuple):
    """Measured mixes of jobs. N mixes.

    Parameters
    ----------
    jobs : int array [N]
        Jobs of each mix; the other columns are idle fillers.
    mps, mig : float array [N, 3, 7]
        Times at 100, 50 and 14 % of the threads, and on 7g, 4g and 3g, relative to the longest of a column.
    """

    jobs: IntArray
    mps: FloatArray
    mig: FloatArray


class Errors(NamedTuple):
    """What cross-validation finds.

    Parameters
    ----------
    mean : float
        Mean absolute error over the jobs.
    mean_of_columns : float
        The same over all seven columns, fillers counted as right: what the network's 0.0164 is a mean of.
    of_jobs : float array [7]
        Mean absolute error with 1 to 7 jobs.
    quantiles : float array [3, Q]
        Quantiles of the error, predicted less true, on 7g, 4g and 3g.
    """

    mean: float
    mean_of_columns: float
    of_jobs: FloatArray
    quantiles: FloatArray


def read_mixes(path: Path) -> Mixes:
    """Read a table of mixes: number of jobs, repeat, 21 times under MPS, 21 on slices, by level, then by column.

    Raises
    ------
    InputError
        When the file is no such table.
    """
    try:
        table = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)
    except (OSError, ValueError) as error:
        raise InputError.one(str(path), "", f"cannot be read: {error}", "give a CSV table with a header") from None
    if table.shape[1] != 2 + 6 * MOST_JOBS:
        raise InputError.one(str(path), "", f"has {table.shape[1]} columns", f"give {2 + 6 * MOST_JOBS}")
    shape = (len(table), 3, MOST_JOBS)
    half = 2 + 3 * MOST_JOBS
    return Mixes(table[:, 0].astype(np.int64), table[:, 2:half].reshape(shape), table[:, half:].reshape(shape))


def features(mps: FloatArray) -> FloatArray:
    """Return what the model is linear in, from times [N, 3, m] under MPS, float array [N m, 31], by mix, then job."""
    jobs = mps.shape[2]
    own = mps.transpose(0, 2, 1).reshape(-1, 3)
    mean, least, most = (np.repeat(found, jobs, axis=0)
                         for found in (mps.mean(axis=2), mps.min(axis=2), mps.max(axis=2)))
    first, second, third = own.T
    return np.column_stack([
        np.ones(len(own)), own, own**2, own**3, first * second, first * third, second * third, first / second,
        third / second, third / first, mean, mean**2, own * mean, most, least])


def fit(mixes: Mixes) -> FloatArray:
    """Return the coefficients for 1 to 7 jobs, float array [7, 31, 3]."""
    return np.stack([_least_squares(*_rows(mixes, jobs)) for jobs in range(1, MOST_JOBS + 1)])


def cross_validate(mixes: Mixes, seed: int = 0) -> Errors:
    """Return the error on mixes that a fit has not seen, in five folds drawn at random."""
    fold = np.random.default_rng(seed).integers(0, FOLDS, len(mixes.jobs))
    errors = []
    for jobs in range(1, MOST_JOBS + 1):
        inputs, wanted = _rows(mixes, jobs)
        owner = np.repeat(fold[mixes.jobs == jobs], jobs)
        error = np.empty_like(wanted)
        for k in range(FOLDS):
            error[owner == k] = inputs[owner == k] @ _least_squares(
                inputs[owner != k], wanted[owner != k]) - wanted[owner == k]
        errors.append(error)
    everything = np.concatenate(errors)
    return Errors(float(np.abs(everything).mean()), float(np.abs(everything).sum() / mixes.mig.size),
                  np.array([np.abs(error).mean() for error in errors]), np.quantile(everything, QUANTILES, axis=0).T)


def predict(mps: FloatArray) -> FloatArray:
    """Return times on 7g, 4g and 3g from times under MPS of mixes of m jobs, both float arrays [N, 3, m].

    Raises
    ------
    InputError
        When there are more than seven jobs, or the times are not of three levels.
    """
    given = np.asarray(mps, dtype=np.float64)
    if given.ndim != 3 or given.shape[1] != 3 or not 1 <= given.shape[2] <= MOST_JOBS:
        raise InputError.one("predictor", "mps", f"has shape {list(given.shape)}",
                             "give mixes, three levels, and 1 to 7 jobs")
    jobs = given.shape[2]
    found: FloatArray = (features(given) @ coefficients()[jobs - 1]).reshape(len(given), jobs, 3).transpose(0, 2, 1)
    return found


def small_speeds(speed_4g: FloatArray, speed_3g: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return speeds on 2g and 1g by regression over the measured types that fit there, at least 0.01."""
    two, one = (row[0] + row[1] * speed_4g + row[2] * speed_3g for row in _regressions())
    return np.maximum(two, 0.01), np.maximum(one, 0.01)


@cache
def coefficients() -> FloatArray:
    """Return the committed coefficients, those of all 2,800 published mixes, float array [7, 31, 3]."""
    table = np.array([[float(entry) for entry in row[2:]] for row in _table("predictor_coefficients.csv")])
    return table.reshape(MOST_JOBS, 3, -1).transpose(0, 2, 1)


@cache
def error_quantiles() -> FloatArray:
    """Return the committed quantiles of the cross-validated error on 7g, 4g and 3g, float array [3, Q]."""
    return np.array([[float(entry) for entry in row[1:]] for row in _table("predictor_errors.csv")])


@cache
def _regressions() -> FloatArray:
    """Return intercept and factors of the speeds on 4g and 3g, for 2g and for 1g, float array [2, 3]."""
    speed = np.array([kind.speed for kind in JOB_TYPES])
    place = {size: index for index, size in enumerate(MEASURED_SLICES)}
    found = []
    for size in (2, 1):
        fits = speed[:, place[size]] > 0
        inputs = np.column_stack([np.ones(fits.sum()), speed[fits][:, [place[4], place[3]]]])
        found.append(_least_squares(inputs, speed[fits][:, [place[size]]])[:, 0])
    return np.array(found)


def _rows(mixes: Mixes, jobs: int) -> tuple[FloatArray, FloatArray]:
    """Return inputs and wanted times of the mixes with so many jobs, a row per job."""
    here = mixes.jobs == jobs
    return features(mixes.mps[here][:, :, :jobs]), mixes.mig[here][:, :, :jobs].transpose(0, 2, 1).reshape(-1, 3)


def _least_squares(inputs: FloatArray, wanted: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.lstsq(inputs, wanted, rcond=None)[0], dtype=np.float64)


def _table(name: str) -> list[list[str]]:
    """Return the rows of a committed table, its comments and header left out."""
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.reader(line for line in text.splitlines() if not line.startswith("#")))[1:]
