"""The MIG cluster schedule: stretches of time in which a job runs without a break, and where."""

from typing import Literal, Self

from pydantic import model_validator

from ecoopt.core.arrays import BoolVector, IndexVector, NonNegativeVector
from ecoopt.core.instance import Schedule


class MigClusterSchedule(Schedule):
    """S stretches, in any order. A job's completion is the end of its last stretch.

    Parameters
    ----------
    job, gpu : int array [S]
        Which job runs on which GPU.
    profile, start : int array [S]
        Its instance: number of the profile in the geometry, first memory slice. Not looked at where `shared` holds.
    shared : bool array [S]
        Whether it shares the whole GPU with all others there.
    begin_s, end_s : float array [S]
        From when to when, the time without progress included.
    """

    family: Literal["mig_cluster"] = "mig_cluster"
    schema_version: Literal[1] = 1
    job: IndexVector
    gpu: IndexVector
    profile: IndexVector
    start: IndexVector
    shared: BoolVector
    begin_s: NonNegativeVector
    end_s: NonNegativeVector

    @model_validator(mode="after")
    def _check(self) -> Self:
        sizes = {name: len(getattr(self, name)) for name in type(self).model_fields
                 if name not in ("family", "schema_version")}
        if len(set(sizes.values())) > 1:
            raise ValueError(f"columns differ in length ({sizes}); give one entry per stretch in each")
        return self
