"""HardwareGeneration: one kind of server box, with its cores, memory, power, embodied carbon and lifetime."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, StringConstraints, model_validator

from ecoopt.core.record import Record

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Year = Annotated[int, Field(ge=1950, le=2100, strict=True)]
Mass = Annotated[float, Field(ge=0, le=1e9, strict=True)]
Power = Annotated[float, Field(ge=0, le=1e9, strict=True)]
MemoryGb = Annotated[float, Field(gt=0, le=1e9, strict=True)]

_G_PER_KG = 1000.0


class EmbodiedParts(Record):
    """Embodied carbon of one box, part by part, in kgCO2e.

    Each figure covers all parts of its kind in the box: all sockets, all memory modules. A part that is not
    accounted for is 0.

    Parameters
    ----------
    cpu_kg, dram_kg, storage_kg, gpu_kg : float
        All CPUs, all DRAM, all disks and flash, all GPUs.
    other_kg : float
        Mainboard, chassis, power supplies, network, assembly and transport.
    """

    cpu_kg: Mass = 0.0
    dram_kg: Mass = 0.0
    storage_kg: Mass = 0.0
    gpu_kg: Mass = 0.0
    other_kg: Mass = 0.0

    @property
    def total_kg(self) -> float:
        """Sum of the parts, in kgCO2e."""
        return self.cpu_kg + self.dram_kg + self.storage_kg + self.gpu_kg + self.other_kg


class HardwareGeneration(Record):
    """One kind of server box.

    Embodied carbon is spread evenly over `lifetime_s`, idle power evenly over cores and gigabytes; this is the
    attribution of EcoLife (SC'24), where a waiting container is charged one core and its share of the DRAM.

    Parameters
    ----------
    name : str
        Short name, as in ``"i3"``.
    year : int, optional
        Year the processor came out.
    cores : int
        Physical cores of the box, all sockets.
    memory_gb : float
        Physical DRAM of the box; the pool a family may fill is the family's own figure.
    idle_cpu_w, idle_dram_w : float
        Power of all CPU packages and of all DRAM when the box is idle.
    peak_w : float, optional
        Power of CPU packages and DRAM together at full load.
    embodied : EmbodiedParts
        Embodied carbon of the box.
    lifetime_s : float
        Seconds over which embodied carbon is written off, at least 1.
    source : str
        Where the figures come from; no part of the digest.
    """

    digest_excludes: ClassVar[frozenset[str]] = frozenset({"source"})

    name: Name
    year: Year | None = None
    cores: Annotated[int, Field(ge=1, le=1_000_000, strict=True)]
    memory_gb: MemoryGb
    idle_cpu_w: Power
    idle_dram_w: Power
    peak_w: Power | None = None
    embodied: EmbodiedParts
    lifetime_s: Annotated[float, Field(ge=1, le=1e12, strict=True)]
    source: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        idle_w = self.idle_cpu_w + self.idle_dram_w
        if self.peak_w is not None and self.peak_w < idle_w:
            raise ValueError(f"peak_w = {self.peak_w:g} is below idle_cpu_w + idle_dram_w = {idle_w:g}; correct one")
        return self

    @property
    def embodied_cpu_g_per_s(self) -> float:
        """Embodied carbon of all CPUs per second of lifetime, in gCO2e/s."""
        return self.embodied.cpu_kg * _G_PER_KG / self.lifetime_s

    @property
    def embodied_core_g_per_s(self) -> float:
        """Embodied carbon of one core per second of lifetime, in gCO2e/s."""
        return self.embodied_cpu_g_per_s / self.cores

    @property
    def embodied_dram_g_per_s(self) -> float:
        """Embodied carbon of all DRAM per second of lifetime, in gCO2e/s."""
        return self.embodied.dram_kg * _G_PER_KG / self.lifetime_s

    @property
    def embodied_dram_g_per_gb_s(self) -> float:
        """Embodied carbon of one gigabyte of DRAM per second of lifetime, in gCO2e/(GB s)."""
        return self.embodied_dram_g_per_s / self.memory_gb

    @property
    def embodied_box_g_per_s(self) -> float:
        """Embodied carbon of the whole box per second of lifetime, in gCO2e/s."""
        return self.embodied.total_kg * _G_PER_KG / self.lifetime_s

    @property
    def idle_core_w(self) -> float:
        """Idle power of the CPUs per core, in W."""
        return self.idle_cpu_w / self.cores

    @property
    def idle_dram_w_per_gb(self) -> float:
        """Idle power of the DRAM per gigabyte, in W/GB."""
        return self.idle_dram_w / self.memory_gb
