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
    fresh : int array [C, G], optional
        Of these, calls that start cold whatever waits, so as to have one container more for later; none by default.
        It only ever pays where containers persist.
    keep_cell, keep_generation, keep_containers, keep_min : int arrays [K]
        After cell ``keep_cell[k]``, ``keep_containers[k]`` containers wait on generation ``keep_generation[k]`` until
        the function's next call, for at most ``keep_min[k]`` minutes: they can serve a call up to and including
        ``keep_min[k]`` minutes later. A pair of cell and generation may have several rows.
    """

    family: Literal["keepalive"] = "keepalive"
    schema_version: Literal[1] = 1
    runs: RunsMatrix
    fresh: RunsMatrix | None = None
    keep_cell: IndexVector
    keep_generation: IndexVector
    keep_containers: IndexVector
    keep_min: IndexVector

    @model_validator(mode="after")
    def _check(self) -> Self:
        columns = ("keep_cell", "keep_generation", "keep_containers", "keep_min")
        sizes = {name: len(getattr(self, name)) for name in columns}
        if len(set(sizes.values())) > 1:
            raise ValueError(f"columns of keeps differ in length ({sizes}); give one entry per keep in each")
        if self.fresh is not None and (self.fresh.shape != self.runs.shape or (self.fresh > self.runs).any()):
            raise ValueError("fresh exceeds runs or differs from it in shape; give at most the runs in each cell")
        return self

    @property
    def willing(self) -> IntArray:
        """Calls of each cell that start warm on each generation if enough containers wait, int array [C, G]."""
        return self.runs if self.fresh is None else self.runs - self.fresh
