"""Gpu: one data-centre GPU board, with its memory, power and embodied carbon."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from ecoopt.core.record import Record
from ecoopt.instances.hardware.generation import Mass, MemoryGb, Name, Power, Year


class Gpu(Record):
    """One GPU board.

    What is not known is None, never a guess; a family that needs the figure asks for it.

    Parameters
    ----------
    name : str
        Name with form factor and memory, as in ``"A100-SXM4-40"``.
    year : int, optional
        Year of release.
    memory_gb : float
        Memory of the board.
    tdp_w : float
        Thermal design power of the board, as in the vendor's data sheet.
    idle_w : float, optional
        Measured power of an idle board.
    embodied_kg : float, optional
        Embodied carbon of the board in kgCO2e: dies, memory, packaging.
    process_nm : float, optional
        Lithography of the compute die.
    die_mm2 : float, optional
        Area of all compute dies.
    source : str
        Where the figures come from; no part of the digest.
    """

    digest_excludes: ClassVar[frozenset[str]] = frozenset({"source"})

    name: Name
    year: Year | None = None
    memory_gb: MemoryGb
    tdp_w: Annotated[float, Field(gt=0, le=1e6, strict=True)]
    idle_w: Power | None = None
    embodied_kg: Mass | None = None
    process_nm: Annotated[float, Field(gt=0, le=1e4, strict=True)] | None = None
    die_mm2: Annotated[float, Field(gt=0, le=1e6, strict=True)] | None = None
    source: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.idle_w is not None and self.idle_w > self.tdp_w:
            raise ValueError(f"idle_w = {self.idle_w:g} is above tdp_w = {self.tdp_w:g}; correct one of them")
        return self
