"""The power-cap schedule: shares of each class's GPUs by cap, and the work done under each cap, hour by hour."""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import model_validator

from ecoopt.core.arrays import FloatArray, array_field
from ecoopt.core.instance import Schedule
from ecoopt.instances.power_cap.parts import MOST_GPU_H

Shares = Annotated[FloatArray, *array_field(np.float64, 3, ge=0, le=1.001)]
Work = Annotated[FloatArray, *array_field(np.float64, 3, ge=0, le=MOST_GPU_H)]


class PowerCapSchedule(Schedule):
    """A decision for every class and hour. K classes, T hours, C caps of the class that has most.

    Parameters
    ----------
    share : float array [K, T, C]
        Share of the class's GPUs under each cap; without mixed caps 1 under the cap in force and 0 elsewhere.
    work_gpu_h : float array [K, T, C]
        Work done under each cap, in GPU-hours without a cap.
    """

    family: Literal["power_cap"] = "power_cap"
    schema_version: Literal[1] = 1
    share: Shares
    work_gpu_h: Work

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.share.shape != self.work_gpu_h.shape:
            raise ValueError(f"share has shape {list(self.share.shape)} and work_gpu_h {list(self.work_gpu_h.shape)}; "
                             "give the same")
        return self

    @classmethod
    def at(cls, cap: np.ndarray, work_gpu_h: FloatArray, caps: int) -> "PowerCapSchedule":
        """Return the schedule of one cap per class and hour.

        Parameters
        ----------
        cap : int array [K, T]
            Cap in force, by number.
        work_gpu_h : float array [K, T]
            Work done under it.
        caps : int
            C.
        """
        share = (cap[:, :, None] == np.arange(caps)).astype(np.float64)
        return cls(share=share, work_gpu_h=share * work_gpu_h[:, :, None])
