"""Latency profiles: how long a query takes by instance type and batch size, KAIROS's five models as measured."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError, Problem

PROFILE_SOURCE = "KAIROS (HPDC'23, arXiv:2210.05889), published artifact boringlee24/hpdc23-kairos: latency samples"
PROFILE_LICENCE = "MIT"

QOS_MS = {"rm2": 350.0, "ncf": 5.0, "wnd": 25.0, "mtwnd": 25.0, "dien": 35.0}
"""Longest response of each model; rm2's is the artifact's, the others follow from its cut-off batch sizes."""

COLUMNS = ("mean_ms", "p50_ms", "p99_ms", "max_ms")
_LEAST_SHARE = 0.1


@dataclass(frozen=True, eq=False)
class LatencyProfile:
    """Latency of one model. K instance types, B batch sizes.

    Parameters
    ----------
    model : str
        The model.
    names : tuple of str [K]
        Instance types, the base type first.
    batch : int array [B]
        Batch sizes measured, increasing; smaller ones count to the next.
    mean_ms, p50_ms, p99_ms, max_ms : float array [K, B]
        Mean, median, 99th percentile and largest of the samples.
    """

    model: str
    names: tuple[str, ...]
    batch: IntArray
    mean_ms: FloatArray
    p50_ms: FloatArray
    p99_ms: FloatArray
    max_ms: FloatArray

    def bins(self, batch: IntArray) -> IntArray:
        """Return the row of the profile for each batch size, int array [Q]."""
        found: IntArray = np.minimum(np.searchsorted(self.batch, batch, side="left"), len(self.batch) - 1)
        return found

    def sampled_ms(self, batch: IntArray, share: FloatArray) -> FloatArray:
        """Return the latency of queries on each type, float array [Q, K].

        The quantile function is linear between least value, median, 99th percentile and maximum; the least value is the
        one with which the mean is as measured, as far as it is positive.

        Parameters
        ----------
        batch : int array [Q]
            Batch sizes.
        share : float array [Q]
            Where in its distribution each query lies, in [0, 1), the same on all types.
        """
        row = self.bins(batch)
        mean, median, high, most = (table[:, row] for table in (self.mean_ms, self.p50_ms, self.p99_ms, self.max_ms))
        least = 4 * (mean - 0.49 * (median + high) / 2 - 0.01 * (high + most) / 2) - median
        least = np.clip(least, _LEAST_SHARE * median, median)
        below = least + (median - least) * (share / 0.5)
        above = median + (high - median) * ((share - 0.5) / 0.49)
        top = high + (most - high) * ((share - 0.99) / 0.01)
        return np.where(share < 0.5, below, np.where(share < 0.99, above, top)).T

    def fixed_ms(self, batch: IntArray) -> FloatArray:
        """Return the mean latency of queries on each type, float array [Q, K]."""
        return self.mean_ms[:, self.bins(batch)].T


def profile(model: str) -> LatencyProfile:
    """Return the measured profile of one of KAIROS's models: rm2, ncf, wnd, mtwnd or dien.

    Raises
    ------
    InputError
        If there is no such model.
    """
    return _chosen(_measured(), model, "latency profiles")


def read_profile(path: Path, model: str) -> LatencyProfile:
    """Read a model's profile from a table with columns model, instance, batch, mean_ms, p50_ms, p99_ms and max_ms.

    Instance types keep the order of the table; every type needs the same batch sizes.

    Raises
    ------
    InputError
        With every problem of the file, or when it lacks the model.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError.one(str(path), "", f"cannot be read: {error}", "give a CSV file") from None
    return _chosen(_profiles(text.splitlines(), str(path)), model, str(path))


@cache
def _measured() -> dict[str, LatencyProfile]:
    text = resources.files(__package__).joinpath("latency.csv").read_text(encoding="utf-8")
    return _profiles(text.splitlines(), "latency.csv")


def _chosen(found: dict[str, LatencyProfile], model: str, source: str) -> LatencyProfile:
    if model not in found:
        raise InputError.one(source, "model", f"{str(model)[:40]!r} is unknown", f"use one of {', '.join(found)}")
    return found[model]


def _profiles(lines: Iterable[str], source: str) -> dict[str, LatencyProfile]:
    """Return the profiles of a table by model, or raise with all its problems."""
    samples: dict[str, dict[str, dict[int, list[float]]]] = {}
    problems = []
    for number, row in enumerate(csv.DictReader(line for line in lines if not line.startswith("#")), start=1):
        try:
            batch, values = int(row["batch"]), [float(row[name]) for name in COLUMNS]
            if not (batch >= 1 and all(0 < value < 1e9 for value in values)):
                raise ValueError("a number is out of range")
            samples.setdefault(row["model"], {}).setdefault(row["instance"], {})[batch] = values
        except (KeyError, TypeError, ValueError) as error:
            problems.append(Problem(f"row {number}", f"cannot be used: {type(error).__name__}: {error}",
                                    f"give model, instance, batch >= 1 and positive {', '.join(COLUMNS)}"))
    problems += [Problem(f"{model}.{name}", "has other batch sizes than the model's first type", "complete the table")
                 for model, kinds in samples.items() for name, rows in kinds.items()
                 if rows.keys() != next(iter(kinds.values())).keys()]
    if problems or not samples:
        raise InputError(source, problems or [Problem("", "holds no row", "give a latency table")])
    return {model: _profile(model, kinds) for model, kinds in samples.items()}


def _profile(model: str, kinds: dict[str, dict[int, list[float]]]) -> LatencyProfile:
    batches = sorted(next(iter(kinds.values())))
    table = np.array([[rows[batch] for batch in batches] for rows in kinds.values()])
    ordered = np.maximum.accumulate(table[:, :, 1:], axis=2)
    return LatencyProfile(model, tuple(kinds), np.array(batches, dtype=np.int64), table[:, :, 0],
                          ordered[:, :, 0], ordered[:, :, 1], ordered[:, :, 2])
