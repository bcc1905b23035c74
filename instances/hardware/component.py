"""Component: one part of a server, with what making and packaging it emitted, and what it offers."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ecoopt.core.record import Record
from ecoopt.instances.hardware.generation import Mass, Name, Power

Amount = Annotated[float, Field(gt=0, le=1e12, strict=True)]
Kind = Literal["gpu", "cpu", "dram", "ssd", "hdd"]


class Component(Record):
    """One part of a server.

    Parameters
    ----------
    name : str
        Name with maker and capacity, as in ``"Xeon Gold 6240R"``.
    kind : str
        ``gpu``, ``cpu``, ``dram``, ``ssd`` or ``hdd``.
    manufacturing_kg, packaging_kg : float
        What making it, and packaging it, emitted, in kgCO2e.
    fp64_tflops : float, optional
        Peak speed in double precision.
    capacity_gb : float, optional
        Memory or storage it holds.
    bandwidth_gb_per_s : float, optional
        Peak bandwidth.
    power_w : float, optional
        Thermal design power of a processor, mean power of memory and drives.
    source : str
        Where the figures come from; no part of the digest.
    """

    digest_excludes: ClassVar[frozenset[str]] = frozenset({"source"})

    name: Name
    kind: Kind
    manufacturing_kg: Mass
    packaging_kg: Mass
    fp64_tflops: Amount | None = None
    capacity_gb: Amount | None = None
    bandwidth_gb_per_s: Amount | None = None
    power_w: Power | None = None
    source: str = ""

    @property
    def embodied_kg(self) -> float:
        """Embodied carbon, in kgCO2e."""
        return self.manufacturing_kg + self.packaging_kg
