"""The keep-alive schedule: where calls run, and which containers are kept where and for how long."""

from typing import Annotated, Literal, Self

from pydantic import model_validator

from ecoopt.core.arrays import IndexVector, IntArray, array_field
from ecoopt.core.instance import Schedule

RunsMatrix = Annotated[IntArray, *array_field("int32", 2, ge=0)]


class KeepAliveSchedule(Schedule):
    """A decision for every cell (function and minute with calls) of an instance.

    Parameters
    ----------
    runs : int array [C, G]
        Calls of each cell that run on each generation; rows sum to the cell's count. On a generation, as many of them
        start warm as containers of the function wait there; the others start cold.
    keep_cell, keep_generation, keep_containers, keep_min : int arrays [K]
        After cell ``keep_cell[k]``, ``keep_containers[k]`` containers wait on generation ``keep_generation[k]`` until
        the function's next call, for at most ``keep_min[k]`` minutes: they can serve a call up to and including
        ``keep_min[k]`` minutes later. A pair of cell and generation may have several rows.
    """

    family: Literal["keepalive"] = "keepalive"
    schema_version: Literal[1] = 1
    runs: RunsMatrix
    keep_cell: IndexVector
    keep_generation: IndexVector
    keep_containers: IndexVector
    keep_min: IndexVector

    @model_validator(mode="after")
    def _check(self) -> Self:
        sizes = {name: len(getattr(self, name)) for name in ("keep_cell", "keep_generation", "keep_containers", "keep_min")}
        if len(set(sizes.values())) > 1:
            raise ValueError(f"columns of keeps differ in length ({sizes}); give one entry per keep in each")
        return self
