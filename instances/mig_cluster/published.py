"""The published run of MISO: 100 jobs on 8 GPUs, whose mean completion times its abstract reports."""

import csv
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.instance import Provenance
from ecoopt.instances.mig.job_types import JOB_TYPE_LICENCE, JOB_TYPES, MEASURED_SLICES
from ecoopt.instances.mig_cluster.gpus import a100, speeds
from ecoopt.instances.mig_cluster.schema import MigClusterInstance

GPUS = 8

ABOVE_ONE = ("resnet-64", 3, 1.0047)
"""The one measured speed above 1, which the table of job types takes for noise and the published run does not."""

SOURCE = ("MISO (SoCC'22, arXiv:2207.11428), run of 100 jobs with seed 9 behind its figures; published artifact "
          "boringlee24/socc22-miso and earlier snapshot gajagajago/socc22-miso")


class _Row(NamedTuple):
    """A job of the published run."""

    job: int
    arrival_s: float
    work_s: float
    type: str
    overhead_s: float


@cache
def _rows() -> tuple[_Row, ...]:
    """Return the jobs in order of arrival."""
    text = resources.files(__package__).joinpath("published.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(_Row(int(row["job"]), float(row["arrival_s"]), float(row["work_s"]), row["type"],
                      float(row["overhead_s"])) for row in rows)


def _works() -> FloatArray:
    work_s = np.sort(np.array([row.work_s for row in _rows()]))
    work_s.setflags(write=False)
    return work_s


PUBLISHED_WORK_S = _works()
"""Runtimes of the trace on a whole GPU in seconds, increasing, float array [100]: heavy-tailed, 61 to 6082."""


def published_instance(*, together: bool = False) -> MigClusterInstance:
    """Return the published run as an instance; `together`: with a driver that lets 4g and 3g share a GPU."""
    rows, gpu = _rows(), a100(together=together)
    name, size, above = ABOVE_ONE
    types = [replace(kind, speed=tuple(above if slices == size else value for slices, value in zip(
        MEASURED_SLICES, kind.speed, strict=True))) if kind.name == name else kind for kind in JOB_TYPES]
    place = {kind.name: index for index, kind in enumerate(types)}
    return MigClusterInstance(
        name="miso-published" + ("-together" if together else ""),
        provenance=Provenance(source=SOURCE, licence=JOB_TYPE_LICENCE,
                              generator={"published": True, "together": together}),
        geometry=gpu, gpus=GPUS, speeds=speeds(types, gpu),
        job_type=np.array([place[row.type] for row in rows]), arrival_s=np.array([row.arrival_s for row in rows]),
        work_s=np.array([row.work_s for row in rows]), overhead_s=np.array([row.overhead_s for row in rows]))
