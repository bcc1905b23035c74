"""Job types: the 32 training jobs MISO measured on every slice of an A100, rows of speeds kept whole."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.instances.mig.geometry import MigGeometry

JOB_TYPE_SOURCE = ("MISO (SoCC'22, arXiv:2207.11428), published artifact boringlee24/socc22-miso: means of batch times "
                   "on each slice of an A100-40GB")
JOB_TYPE_LICENCE = "MIT"

MEASURED_SLICES = (7, 4, 3, 2, 1)
"""Compute slices of the instances that were measured, in order of `JobType.speed`."""

POOLS: dict[str, tuple[str, ...]] = {
    "8-models": ("resnet", "mobilenet", "bert", "cyclegan", "embedding", "gnn", "deepspeech2", "transformer"),
    "5-models": ("resnet", "mobilenet", "embedding", "gnn", "transformer")}
"""Models of the authors' early runs and of their final workloads; four batch sizes each."""


@dataclass(frozen=True)
class JobType:
    """A training job as measured.

    Parameters
    ----------
    model : str
        The network.
    batch : int
        Batch size.
    batch_s : float
        Mean seconds per batch on the whole GPU, ``7g.40gb``.
    speed : tuple of float
        Speed on an instance of 7, 4, 3, 2 and 1 compute slices relative to 7, at most 1; 0 where the job does not fit.
    power_w : float
        Power of the GPU while the job has all of it.
    allocated_gb : float
        Memory the framework took on the whole GPU. The job may run in far less: whether it fits is what `speed` says.
    """

    model: str
    batch: int
    batch_s: float
    speed: tuple[float, ...]
    power_w: float
    allocated_gb: float

    @property
    def name(self) -> str:
        """Model and batch size, as in ``"resnet-64"``."""
        return f"{self.model}-{self.batch}"

    @property
    def least_slices(self) -> int:
        """Compute slices of the smallest instance it fits on."""
        return min(size for size, speed in zip(MEASURED_SLICES, self.speed, strict=True) if speed > 0)


@cache
def _table() -> tuple[JobType, ...]:
    """Return the rows of the table; the one speed above 1, which is noise, becomes 1."""
    text = resources.files(__package__).joinpath("job_types.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(
        JobType(model=row["model"], batch=int(row["batch"]), batch_s=float(row["batch_s"]),
                speed=tuple(min(float(row[f"{size}g"]), 1.0) for size in MEASURED_SLICES),
                power_w=float(row["power_w"]), allocated_gb=float(row["allocated_gb"]))
        for row in rows)


JOB_TYPES = _table()
"""All 32, by model, then by batch size."""


def job_types(pool: str = "8-models") -> tuple[JobType, ...]:
    """Return the job types of a pool, by model, then by batch size: 32 or 20.

    Raises
    ------
    InputError
        If there is no such pool.
    """
    if pool not in POOLS:
        raise InputError.one("MIG job types", "pool", f"{pool!r} is unknown", f"use one of {', '.join(POOLS)}")
    return tuple(kind for kind in JOB_TYPES if kind.model in POOLS[pool])


def speed_table(types: Sequence[JobType], geometry: MigGeometry) -> FloatArray:
    """Return the speed of each type on each profile of a GPU with seven compute slices, float array [K, P].

    An instance is taken to be as fast as the measured one with as many compute slices, 0 where that did not hold the
    job. So the 1g with double memory is as fast as the 1g, and does not help a job that no 1g held: how fast that
    would be, nobody measured. On a GPU other than an A100-40GB the table is an assumption.

    Raises
    ------
    InputError
        If the GPU has a profile with a number of compute slices that was not measured.
    """
    wanted = [profile.compute_slices for profile in geometry.profiles]
    if geometry.compute_slices != MEASURED_SLICES[0] or not set(wanted) <= set(MEASURED_SLICES):
        raise InputError.one("MIG job types", "geometry", f"{geometry.name} has instances of sizes not measured",
                             "use a GPU with seven compute slices")
    table = np.array([kind.speed for kind in types]).reshape(len(types), len(MEASURED_SLICES))
    return table[:, [MEASURED_SLICES.index(size) for size in wanted]]
