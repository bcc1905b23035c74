"""The schedule of a MIG snapshot: which instance of which GPU runs each job."""

from typing import Annotated, Literal, Self

from pydantic import model_validator

from ecoopt.core.arrays import IntArray, array_field
from ecoopt.core.instance import Schedule

Places = Annotated[IntArray, *array_field("int64", 1, ge=-1)]


class MigPartitionSchedule(Schedule):
    """A place for every job; the GPUs are cut into just the instances that jobs run on.

    Parameters
    ----------
    gpu : int array [J]
        GPU of each job, numbered through the blocks; -1 for a job left out.
    profile : int array [J]
        Profile of its instance, numbered as in the geometry of the GPU's block; of no account for a job left out.
    start : int array [J]
        First memory slice of its instance; of no account for a job left out.
    """

    family: Literal["mig_partition"] = "mig_partition"
    schema_version: Literal[1] = 1
    gpu: Places
    profile: Places
    start: Places

    @model_validator(mode="after")
    def _check(self) -> Self:
        sizes = {name: len(getattr(self, name)) for name in ("gpu", "profile", "start")}
        if len(set(sizes.values())) > 1:
            raise ValueError(f"columns differ in length ({sizes}); give one entry per job in each")
        return self
