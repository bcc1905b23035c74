"""Catalogue of components: the GPUs, CPUs, memory and drives of SC'23, worked out by the embodied model."""

from ecoopt.core.errors import InputError
from ecoopt.instances.hardware.component import Component
from ecoopt.instances.hardware.embodied import (
    GPU_PACKAGED_ICS,
    HDD_PACKAGING_SHARE,
    SSD_PACKAGING_SHARE,
    TSMC_G_PER_KWH,
    US_FAB_G_PER_KWH,
    die_kg,
    memory_kg,
    packaging_kg,
    storage_g_per_gb,
)

_SC23 = "Li et al. (SC'23, arXiv:2306.13177), component table and die inputs of its artifact"
_HDD_G_PER_GB = 1.33
_DIMM_ICS = 20

DRAM_W_PER_GB, SSD_W_PER_TB, HDD_W_PER_TB = 0.392, 1.2, 0.65
"""Mean power of memory and drives in use, W/GB and W/TB (Cloud Carbon Footprint, methodology)."""


def _gpu(name: str, die_cm2: float, process_nm: float, memory_gb: float, fp64: float, power_w: float) -> Component:
    """Return a GPU: one die, memory on board, 26 packaged circuits."""
    made_kg = die_kg(100 * die_cm2, process_nm) + memory_kg(memory_gb)
    return Component(name=name, kind="gpu", manufacturing_kg=made_kg, packaging_kg=packaging_kg(GPU_PACKAGED_ICS),
                     fp64_tflops=fp64, capacity_gb=memory_gb, power_w=power_w, source=_SC23)


def _cpu(name: str, die_cm2: float, process_nm: float, fab_g_per_kwh: float, ics: int, power_w: float,
         fp64: float | None = None) -> Component:
    """Return a CPU: all its silicon as one die, 1 packaged circuit (Xeon) or 9 (EPYC)."""
    return Component(name=name, kind="cpu", manufacturing_kg=die_kg(100 * die_cm2, process_nm, fab_g_per_kwh),
                     packaging_kg=packaging_kg(ics), fp64_tflops=fp64, power_w=power_w,
                     source=f"{_SC23}; thermal design power: vendor's data sheet")


_DIMM_GB, _SSD_GB, _HDD_GB = 64.0, 3276.8, 16384.0
_SSD_KG = memory_kg(_SSD_GB, storage_g_per_gb("nytro-3530"))
_HDD_KG = memory_kg(_HDD_GB, _HDD_G_PER_GB)
_POWER = "power: Cloud Carbon Footprint's mean"

COMPONENTS: tuple[Component, ...] = (
    _gpu("P100 PCIe 12GB", 6.10, 16, 12, 4.7, 250),
    _gpu("V100 SXM2 32GB", 8.15, 12, 32, 7.8, 300),
    _gpu("A100 PCIe 40GB", 8.26, 7, 40, 9.7, 250),
    _gpu("A100 PCIe 80GB", 8.26, 7, 80, 9.7, 300),
    _gpu("Instinct MI250X", 7.24, 6, 128, 47.9, 500),
    _cpu("Xeon E5-2680 v4", 3.06, 14, US_FAB_G_PER_KWH, 1, 120),
    _cpu("Xeon Gold 6240R", 6.94, 14, US_FAB_G_PER_KWH, 1, 165, 0.5625),
    _cpu("EPYC 7542", 5.92, 7, TSMC_G_PER_KWH, 9, 225),
    _cpu("EPYC 7742", 5.92, 7, TSMC_G_PER_KWH, 9, 225, 2.3),
    _cpu("EPYC 7763", 6.48, 7, TSMC_G_PER_KWH, 9, 280, 2.5),
    Component(name="SK Hynix 64GB DDR4", kind="dram",
              manufacturing_kg=memory_kg(_DIMM_GB, storage_g_per_gb("ddr4-10nm")),
              packaging_kg=packaging_kg(_DIMM_ICS), capacity_gb=_DIMM_GB, bandwidth_gb_per_s=42.6,
              power_w=DRAM_W_PER_GB * _DIMM_GB, source=f"{_SC23}; {_POWER}"),
    Component(name="Seagate Nytro 3530 3.2TB", kind="ssd", manufacturing_kg=_SSD_KG,
              packaging_kg=SSD_PACKAGING_SHARE * _SSD_KG, capacity_gb=_SSD_GB, bandwidth_gb_per_s=4.0,
              power_w=SSD_W_PER_TB * 3.2, source=f"{_SC23}; {_POWER}"),
    Component(name="Seagate Exos x16 16TB", kind="hdd", manufacturing_kg=_HDD_KG,
              packaging_kg=HDD_PACKAGING_SHARE * _HDD_KG, capacity_gb=_HDD_GB, bandwidth_gb_per_s=0.256,
              power_w=HDD_W_PER_TB * 16, source=f"{_SC23}; {_POWER}"),
)
"""Parts known by name. The published table counts one of the MI250X's two dies, and so does this."""

SUPERCOMPUTERS: dict[str, dict[str, int]] = {
    "Frontier": {"Instinct MI250X": 37632, "EPYC 7763": 9408, "SK Hynix 64GB DDR4": 75264,
                 "Seagate Nytro 3530 3.2TB": 18240, "Seagate Exos x16 16TB": 44480},
    "LUMI": {"Instinct MI250X": 10240, "EPYC 7763": 5632, "SK Hynix 64GB DDR4": 27520,
             "Seagate Nytro 3530 3.2TB": 2240, "Seagate Exos x16 16TB": 5120},
    "Perlmutter": {"A100 PCIe 40GB": 6144, "A100 PCIe 80GB": 1024, "EPYC 7763": 7980, "SK Hynix 64GB DDR4": 32128,
                   "Seagate Nytro 3530 3.2TB": 11213},
}
"""Parts of three machines (SC'23 artifact)."""

_BY_NAME = {part.name: part for part in COMPONENTS}


def component(name: str) -> Component:
    """Return the part of the catalogue called `name`.

    Raises
    ------
    InputError
        If there is none; the message names those there are.
    """
    if name not in _BY_NAME:
        known = ", ".join(_BY_NAME)
        raise InputError.one("hardware catalogue", "component", f"{name!r} is unknown", f"use one of {known}")
    return _BY_NAME[name]


def embodied_by_kind_kg(parts: dict[str, int]) -> dict[str, float]:
    """Return the embodied carbon of counts of parts by kind, in kgCO2e; all five kinds, 0 where there are none."""
    found = dict.fromkeys(("gpu", "cpu", "dram", "ssd", "hdd"), 0.0)
    for name, count in parts.items():
        part = component(name)
        found[part.kind] += count * part.embodied_kg
    return found
