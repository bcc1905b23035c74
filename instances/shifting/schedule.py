"""The shifting schedule: the region of every job, and the runs in which it is done."""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import model_validator

from ecoopt.core.arrays import IndexVector, IntArray, array_field
from ecoopt.core.instance import Schedule
from ecoopt.instances.shifting.schema import MOST_SLOTS

Starts = Annotated[IntArray, *array_field(np.int64, ge=0, le=MOST_SLOTS)]
Lengths = Annotated[IntArray, *array_field(np.int64, ge=1, le=MOST_SLOTS)]


class ShiftingSchedule(Schedule):
    """Where and when each of J jobs runs, in R runs.

    Parameters
    ----------
    region : int array [J]
        Where each job runs.
    run_offsets : int array [J + 1]
        Runs of job j are ``run_offsets[j]`` to ``run_offsets[j + 1] - 1``; a job that does not run has none.
    run_start : int array [R]
        First slot of each run; those of a job in order of time.
    run_length : int array [R]
        How many slots it lasts, at least 1.
    """

    family: Literal["shifting"] = "shifting"
    schema_version: Literal[1] = 1
    region: IndexVector
    run_offsets: IndexVector
    run_start: Starts
    run_length: Lengths

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems, offsets = [], self.run_offsets
        if len(self.run_start) != len(self.run_length):
            problems.append(f"{len(self.run_start)} entries of run_start and {len(self.run_length)} of run_length; "
                            "give one of each per run")
        if len(offsets) != len(self.region) + 1:
            problems.append(f"run_offsets has {len(offsets)} entries; give {len(self.region) + 1}, one more than "
                            "there are jobs")
        elif offsets[0] != 0 or offsets[-1] != len(self.run_start) or (np.diff(offsets) < 0).any():
            problems.append(f"run_offsets does not go from 0 to {len(self.run_start)} without a step back; correct it")
        if problems:
            raise ValueError(" | ".join(problems))
        return self

    @classmethod
    def whole(cls, region: IntArray, start: IntArray, length: IntArray) -> "ShiftingSchedule":
        """Return the schedule in which every job runs without a break; three int arrays [J]."""
        return cls(region=region, run_offsets=np.arange(len(region) + 1), run_start=start, run_length=length)

    @classmethod
    def of_slots(cls, region: IntArray, offsets: IntArray, slot: IntArray) -> "ShiftingSchedule":
        """Return the schedule in which job j runs in the slots ``slot[offsets[j]:offsets[j + 1]]``, increasing.

        Parameters
        ----------
        region : int array [J]
            Where.
        offsets : int array [J + 1]
            Of each job's slots.
        slot : int array [S]
            Neighbouring ones become one run.
        """
        job = np.repeat(np.arange(len(region)), np.diff(offsets))
        begins = np.ones(len(slot), dtype=bool)
        begins[1:] = (np.diff(slot) != 1) | (np.diff(job) != 0)
        first = np.flatnonzero(begins)
        runs = np.bincount(job[first], minlength=len(region))
        return cls(region=region, run_offsets=np.concatenate([[0], np.cumsum(runs)]), run_start=slot[first],
                   run_length=np.diff(first, append=len(slot)))
