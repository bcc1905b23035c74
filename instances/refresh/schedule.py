"""The refresh schedule: GPUs bought and retired by generation, site and period, and the work that each group serves."""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import model_validator

from ecoopt.core.arrays import FloatArray, IntArray, array_field
from ecoopt.core.instance import Schedule
from ecoopt.instances.refresh.parts import MOST_GPUS

GpuCounts = Annotated[IntArray, *array_field(np.int64, 3, ge=0, le=MOST_GPUS)]
Work = Annotated[FloatArray, *array_field(np.float64, 4, ge=0, le=1e12)]


class RefreshSchedule(Schedule):
    """A decision for every period. G generations, S sites, W workloads, T periods.

    Which GPUs of a generation and site are retired is not said: the oldest are.

    Parameters
    ----------
    purchases, retirements : int array [G, S, T]
        GPUs that come and go at the beginning of each period.
    work : float array [G, S, W, T]
        Units of each workload that each group serves.
    """

    family: Literal["refresh"] = "refresh"
    schema_version: Literal[1] = 1
    purchases: GpuCounts
    retirements: GpuCounts
    work: Work

    @model_validator(mode="after")
    def _check(self) -> Self:
        shape = self.purchases.shape
        problems = []
        if self.retirements.shape != shape:
            problems.append(f"retirements has shape {list(self.retirements.shape)}; give {list(shape)}")
        if (*self.work.shape[:2], self.work.shape[3]) != shape:
            problems.append(f"work has shape {list(self.work.shape)}; give {[*shape[:2], 'W', shape[2]]}")
        if problems:
            raise ValueError(" | ".join(problems))
        return self
