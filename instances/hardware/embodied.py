"""Embodied carbon of chips and memory from die area, lithography and capacity, as in ACT and SC'23."""

import math

from ecoopt.core.errors import InputError

TSMC_G_PER_KWH = 583.0
"""Carbon intensity of a fab in Taiwan, gCO2/kWh (ACT; SC'23)."""

US_FAB_G_PER_KWH = 380.0
"""Carbon intensity of a fab in the United States, gCO2/kWh (ACT; SC'23)."""

DRAM_G_PER_GB = 65.0
"""Embodied carbon of 10 nm DDR4, used by SC'23 for HBM too, gCO2e/GB (ACT, table of DRAM)."""

PACKAGING_KG_PER_IC = 0.15
"""Packaging carbon of one integrated circuit, kgCO2e (SC'23); a GPU board counts 26 of them."""

GPU_PACKAGED_ICS = 26
"""Integrated circuits SC'23 counts on any GPU board."""

_YIELD = 0.875
_MATERIALS_G_PER_CM2 = 500.0

_FAB = {28: (0.9, 175.0), 20: (1.2, 190.0), 16: (1.2, 200.0), 14: (1.2, 200.0), 12: (1.3375, 220.0),
        10: (1.475, 240.0), 8: (1.52, 240.0), 7: (2.15, 350.0), 6: (2.45, 390.0), 5: (2.75, 430.0), 3: (3.25, 470.0)}
"""Per lithography in nm: fab energy in kWh/cm2, gas emissions at 95 % abatement in g/cm2.

ACT (ISCA'22) table of logic; 16, 12 and 6 nm as in the SC'23 artifact.
"""


def die_kg(area_mm2: float, process_nm: float, fab_g_per_kwh: float = TSMC_G_PER_KWH) -> float:
    """Return the embodied carbon of a logic die, in kgCO2e.

    ``A * (CI_fab * EPA + GPA + MPA) / Y`` with materials MPA = 500 g/cm2 and yield Y = 0.875, energy EPA and gases
    GPA by lithography (ACT, ISCA'22; figures as in Li et al., SC'23).

    Parameters
    ----------
    area_mm2 : float
        Die area.
    process_nm : float
        Lithography; one of 28, 20, 16, 14, 12, 10, 8, 7, 6, 5, 3.
    fab_g_per_kwh : float
        Carbon intensity of the fab's electricity.

    Raises
    ------
    InputError
        If the area or the intensity is no finite non-negative number, or the lithography is not in the table.
    """
    for field, value in (("area_mm2", area_mm2), ("fab_g_per_kwh", fab_g_per_kwh)):
        if not (math.isfinite(value) and value >= 0):
            raise InputError.one("embodied carbon", field, f"{value} is not a finite number >= 0", "correct it")
    if process_nm not in _FAB:
        known = ", ".join(str(node) for node in _FAB)
        raise InputError.one("embodied carbon", "process_nm", f"{process_nm:g} is not tabulated", f"use one of {known}")
    energy_kwh_per_cm2, gases_g_per_cm2 = _FAB[int(process_nm)]
    per_cm2 = (fab_g_per_kwh * energy_kwh_per_cm2 + gases_g_per_cm2 + _MATERIALS_G_PER_CM2) / _YIELD
    return area_mm2 / 100.0 * per_cm2 / 1000.0


def gpu_board_kg(area_mm2: float, process_nm: float, memory_gb: float, fab_g_per_kwh: float = TSMC_G_PER_KWH) -> float:
    """Return the embodied carbon of a GPU board, in kgCO2e: die, memory on board and packaging (Li et al., SC'23).

    Parameters
    ----------
    area_mm2, process_nm, fab_g_per_kwh : float
        As in `die_kg`; the area of all compute dies.
    memory_gb : float
        Memory on the board, at `DRAM_G_PER_GB`.

    Raises
    ------
    InputError
        As `die_kg`, and if the memory is no finite non-negative number.
    """
    if not (math.isfinite(memory_gb) and memory_gb >= 0):
        raise InputError.one("embodied carbon", "memory_gb", f"{memory_gb} is not a finite number >= 0", "correct it")
    packaging_kg = PACKAGING_KG_PER_IC * GPU_PACKAGED_ICS
    return die_kg(area_mm2, process_nm, fab_g_per_kwh) + memory_gb * DRAM_G_PER_GB / 1000.0 + packaging_kg
