"""The dispatch schedule: the machine on which each query runs, and when it begins."""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import model_validator

from ecoopt.core.arrays import IntArray, array_field
from ecoopt.core.instance import Schedule

LATEST_START = 2**50
NEVER = -1
"""Machine of a query that is never served."""


class DispatchSchedule(Schedule):
    """Q queries.

    Parameters
    ----------
    machine : int array [Q]
        Where each query runs, numbered through the types; -1 for a query that is never served.
    start_tick : int array [Q]
        When it begins; not looked at where it is never served.
    """

    family: Literal["dispatch"] = "dispatch"
    schema_version: Literal[1] = 1
    machine: Annotated[IntArray, *array_field(np.int64, ge=NEVER)]
    start_tick: Annotated[IntArray, *array_field(np.int64, ge=0, le=LATEST_START)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.machine) != len(self.start_tick):
            raise ValueError(f"machine has {len(self.machine)} entries, start_tick {len(self.start_tick)}; give one of "
                             "each per query")
        return self
