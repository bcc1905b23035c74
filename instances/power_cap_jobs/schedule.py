"""The capped jobs schedule: the slot in which each job starts, and its cap."""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import model_validator

from ecoopt.core.arrays import IndexVector, IntArray, array_field
from ecoopt.core.instance import Schedule

LATEST_START = 2**40


class PowerCapJobsSchedule(Schedule):
    """J jobs.

    Parameters
    ----------
    start_slot : int array [J]
        First slot of each job.
    cap : int array [J]
        Number of its cap in ``caps_w``.
    """

    family: Literal["power_cap_jobs"] = "power_cap_jobs"
    schema_version: Literal[1] = 1
    start_slot: Annotated[IntArray, *array_field(np.int64, ge=0, le=LATEST_START)]
    cap: IndexVector

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.start_slot) != len(self.cap):
            raise ValueError(f"start_slot has {len(self.start_slot)} entries, cap {len(self.cap)}; give one of each "
                             "per job")
        return self
