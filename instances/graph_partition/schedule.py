"""The graph partition schedule: the home of every entity in each epoch, copies of entities, places of concepts."""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import model_validator

from ecoopt.core.arrays import IndexVector, IntArray, array_field
from ecoopt.core.instance import Schedule

HomeMatrix = Annotated[IntArray, *array_field("int32", 2, ge=0)]


class GraphPartitionSchedule(Schedule):
    """Who is where.

    Parameters
    ----------
    home : int array [S, n]
        Device of each entity in each epoch.
    copy_epoch, copy_entity, copy_device : int array [C]
        Copies of entities (``halo``), none twice.
    place_epoch, place_concept, place_device : int array [P]
        Devices that each concept is on (``selective``), none twice; empty in the other modes, where each is on all.
    """

    family: Literal["graph_partition"] = "graph_partition"
    schema_version: Literal[1] = 1
    home: HomeMatrix
    copy_epoch: IndexVector = np.zeros(0, np.int64)
    copy_entity: IndexVector = np.zeros(0, np.int64)
    copy_device: IndexVector = np.zeros(0, np.int64)
    place_epoch: IndexVector = np.zeros(0, np.int64)
    place_concept: IndexVector = np.zeros(0, np.int64)
    place_device: IndexVector = np.zeros(0, np.int64)

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = []
        for what, names in (("copies", ("copy_epoch", "copy_entity", "copy_device")),
                            ("places", ("place_epoch", "place_concept", "place_device"))):
            sizes = {name: len(getattr(self, name)) for name in names}
            if len(set(sizes.values())) > 1:
                problems.append(f"columns of {what} differ in length ({sizes}); give one entry of each")
            elif len(rows := np.stack([getattr(self, name) for name in names], axis=1)) and (
                    len(np.unique(rows, axis=0)) < len(rows)):
                problems.append(f"{what} repeat; keep one of each")
        if problems:
            raise ValueError(" | ".join(problems))
        return self
