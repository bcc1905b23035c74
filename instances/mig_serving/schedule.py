"""The MIG serving schedule: GPUs on, slices, instances and rates of every period."""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import model_validator

from ecoopt.core.arrays import FloatArray, IntArray, array_field
from ecoopt.core.instance import Schedule
from ecoopt.instances.mig_serving.schema import MOST_GPUS

MOST_COUNT = 8 * MOST_GPUS
"""More slices than the most GPUs have; sums of such counts cannot overflow."""

Gpus = Annotated[IntArray, *array_field(np.int64, ge=0, le=MOST_GPUS)]
Counts = Annotated[IntArray, *array_field(np.int64, 2, ge=0, le=MOST_COUNT)]
Instances = Annotated[IntArray, *array_field(np.int64, 3, ge=0, le=MOST_COUNT)]
Rates = Annotated[FloatArray, *array_field(np.float64, 3, ge=0)]


class MigServingSchedule(Schedule):
    """A decision for every period. V variants, P profiles, T periods.

    Parameters
    ----------
    gpus_on : int array [T]
        GPUs that are on.
    slices : int array [T, P]
        Slices of each profile that exist on them; some may stand idle, so as not to be made anew later.
    instances : int array [T, V, P]
        Instances of each variant on slices of each profile.
    rate_rps : float array [T, V, P]
        Requests per second sent to all of them together.
    """

    family: Literal["mig_serving"] = "mig_serving"
    schema_version: Literal[1] = 1
    gpus_on: Gpus
    slices: Counts
    instances: Instances
    rate_rps: Rates

    @model_validator(mode="after")
    def _check(self) -> Self:
        periods, profiles = self.slices.shape
        wanted = (periods, self.instances.shape[1], profiles)
        if len(self.gpus_on) != periods or self.instances.shape != wanted or self.rate_rps.shape != wanted:
            raise ValueError(
                f"shapes differ: gpus_on [{len(self.gpus_on)}], slices {list(self.slices.shape)}, "
                f"instances {list(self.instances.shape)}, rate_rps {list(self.rate_rps.shape)}; give [T], [T, P] and "
                "twice [T, V, P]")
        return self
