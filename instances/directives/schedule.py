"""The directives schedule: shares of levels by origin, hour, group and region, evaluations, and GPUs that are on."""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import model_validator

from ecoopt.core.arrays import FloatArray, IndexVector, IntArray, array_field
from ecoopt.core.instance import Schedule
from ecoopt.instances.directives.rules import MOST_GPUS

Shares = Annotated[FloatArray, *array_field(np.float64, 5, ge=0, le=1.001)]
GpuCounts = Annotated[IntArray, *array_field(np.int64, 2, ge=0, le=MOST_GPUS)]


class DirectivesSchedule(Schedule):
    """A decision for every hour. R regions, T hours, C groups (see ``DirectivesInstance.groups``), L levels.

    Parameters
    ----------
    share : float array [R, T, C, R, L]
        Share of the requests of an origin, hour and group that is served in a region at a level.
    evaluations : int array
        Hours in which the preferences are evaluated, increasing; empty without an evaluator.
    gpus : int array [R, T], optional
        GPUs that are on; with a fleet only.
    """

    family: Literal["directives"] = "directives"
    schema_version: Literal[1] = 1
    share: Shares
    evaluations: IndexVector = np.zeros(0, dtype=np.int64)
    gpus: GpuCounts | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = []
        if self.share.shape[0] != self.share.shape[3]:
            problems.append(f"share has shape {list(self.share.shape)}; give as many origins as regions")
        if (np.diff(self.evaluations) <= 0).any():
            problems.append("evaluations do not increase; sort them and drop repeats")
        if self.gpus is not None and self.gpus.shape != self.share.shape[:2]:
            problems.append(f"gpus has shape {list(self.gpus.shape)}; give {list(self.share.shape[:2])}")
        if problems:
            raise ValueError(" | ".join(problems))
        return self
