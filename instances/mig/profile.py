"""MigProfile: one kind of GPU instance, with the slices it takes and where it may start."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from ecoopt.core.record import Record

MAX_SLICES = 16

Slices = Annotated[int, Field(ge=1, le=MAX_SLICES, strict=True)]
Start = Annotated[int, Field(ge=0, lt=MAX_SLICES, strict=True)]


class MigProfile(Record):
    """One kind of MIG instance.

    Parameters
    ----------
    name : str
        The vendor's name, as in ``"3g.20gb"``.
    compute_slices : int
        Compute slices it takes.
    memory_slices : int
        Consecutive memory slices it takes.
    starts : tuple of int
        Memory slices at which it may begin, increasing.
    max_instances : int, optional
        Most instances on one GPU, where that is fewer than placement alone allows.
    memory_gb : float
        Memory a job in it can use, in units of 2^30 bytes as the driver reports it; less than the name says.
    sms : int, optional
        Streaming multiprocessors, where known.
    """

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    compute_slices: Slices
    memory_slices: Slices
    starts: tuple[Start, ...]
    max_instances: Annotated[int, Field(ge=1, le=MAX_SLICES, strict=True)] | None = None
    memory_gb: Annotated[float, Field(gt=0, le=1e6, strict=True)]
    sms: Annotated[int, Field(ge=1, le=100_000, strict=True)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.starts:
            raise ValueError("starts are empty; give at least one memory slice")
        if any(later <= earlier for earlier, later in zip(self.starts, self.starts[1:], strict=False)):
            raise ValueError(f"starts {list(self.starts)} do not increase; sort them and remove duplicates")
        return self
