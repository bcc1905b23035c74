"""Catalogue of server boxes: the four generations EcoLife measured."""

from ecoopt.core.errors import InputError
from ecoopt.instances.hardware.generation import EmbodiedParts, HardwareGeneration

ECOLIFE_LIFETIME_S = 4 * 12 * 30 * 24 * 3600
"""Lifetime in EcoLife's code: four years of twelve months of thirty days, 124,416,000 s."""

_ECOLIFE = "EcoLife (SC'24, doi:10.1109/SC41406.2024.00018), published server_info.json and server.csv, Apache-2.0"
_IDLE_WINDOW_S = 600


def _ecolife(name: str, box: str, year: int, cores: int, memory_gb: float,
             cpu_kg: float, dram_kg: float, idle_cpu_j: float, idle_dram_j: float) -> HardwareGeneration:
    """Return a box from EcoLife's own columns; its idle energies are joules per ten minutes."""
    return HardwareGeneration(
        name=name, year=year, cores=cores, memory_gb=memory_gb, idle_cpu_w=idle_cpu_j / _IDLE_WINDOW_S,
        idle_dram_w=idle_dram_j / _IDLE_WINDOW_S, embodied=EmbodiedParts(cpu_kg=cpu_kg, dram_kg=dram_kg),
        lifetime_s=ECOLIFE_LIFETIME_S, source=f"{_ECOLIFE}: {box}")


GENERATIONS: tuple[HardwareGeneration, ...] = (
    _ecolife("i3", "i3.metal, Xeon E5-2686", 2016, 36, 512, 34.7, 1584, 18233.65, 1543.392),
    _ecolife("c5n", "c5n.metal, Xeon Platinum 8124M", 2017, 36, 192, 39.3, 624, 17329.17, 2600),
    _ecolife("c5", "c5.metal, Xeon Platinum 8275L", 2019, 48, 192, 54, 744, 16977.55, 3203.532),
    _ecolife("m5zn", "m5zn.metal, Xeon Platinum 8252C", 2020, 24, 192, 36, 744, 15000, 2450),
)
"""Boxes known by name, oldest first. EcoLife accounts for their CPUs and DRAM only."""

_BY_NAME = {box.name: box for box in GENERATIONS}


def generation(name: str) -> HardwareGeneration:
    """Return the box of the catalogue called `name`.

    Raises
    ------
    InputError
        If there is none; the message names those there are.
    """
    if name not in _BY_NAME:
        known = ", ".join(_BY_NAME)
        raise InputError.one("hardware catalogue", "generation", f"{name!r} is unknown", f"use one of {known}")
    return _BY_NAME[name]
