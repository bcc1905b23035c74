"""The thresholds schedule: how many servers are added, and the level of each priority in each state."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import IntArray, array_field
from ecoopt.core.instance import Schedule

Levels = Annotated[IntArray, *array_field(np.int64, 2, ge=0, le=1000)]


class PowerCapThresholdsSchedule(Schedule):
    """P priorities, S thresholds.

    Parameters
    ----------
    added : int
        Servers added.
    level : int array [P, S]
        Number of the level of each priority above 1, 2, ... S thresholds.
    """

    family: Literal["power_cap_thresholds"] = "power_cap_thresholds"
    schema_version: Literal[1] = 1
    added: Annotated[int, Field(ge=0, le=10**9)]
    level: Levels
