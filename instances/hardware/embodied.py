"""Embodied carbon of chips, memory, storage and packaging from areas and capacities, as in ACT and SC'23."""

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

DRAM_G_PER_GB_BY_TECHNOLOGY = {
    "ddr3-50nm": 600.0, "ddr3-40nm": 315.0, "ddr3-30nm": 230.0, "lpddr3-30nm": 201.0, "lpddr3-20nm": 184.0,
    "lpddr2-20nm": 159.0, "lpddr4": 48.0, "ddr4-10nm": 65.0}
"""Embodied carbon of DRAM, gCO2e/GB (ACT, table of DRAM)."""

SSD_G_PER_GB_BY_TECHNOLOGY = {
    "nand-30nm": 31.0, "nand-20nm": 15.0, "nand-10nm": 10.0, "nand-tlc-1z": 5.6, "nand-tlc-v3": 6.3,
    "nytro-3530": 6.21, "nytro-1551": 3.948, "nytro-3331": 16.916, "western-digital-2016": 24.4,
    "western-digital-2017": 17.9, "western-digital-2018": 12.5, "western-digital-2019": 10.7}
"""Embodied carbon of flash, gCO2e/GB (ACT, tables of SK Hynix, Seagate, Western Digital)."""

HDD_G_PER_GB_BY_TECHNOLOGY = {
    "exos-2x14": 1.653, "exos-x12": 1.14, "exos-x16": 1.334, "exos-15e900": 20.46, "exos-10e2400": 10.323,
    "exos-5e8": 3.8556, "exos-7e8": 4.747}
"""Embodied carbon of enterprise disks, gCO2e/GB (ACT, table of HDD); SC'23 rounds that of the Exos X16 to 1.33."""

SSD_PACKAGING_SHARE, HDD_PACKAGING_SHARE = 0.0167, 0.0147
"""Packaging of a drive as a share of what making it emits (SC'23)."""

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


def memory_kg(capacity_gb: float, g_per_gb: float = DRAM_G_PER_GB) -> float:
    """Return the embodied carbon of memory or storage by its capacity, in kgCO2e; see `storage_g_per_gb`.

    Parameters
    ----------
    capacity_gb : float
        Capacity in units of 2^30 bytes: 3276.8 for what is sold as 3.2 TB.
    g_per_gb : float
        Carbon of one gigabyte.

    Raises
    ------
    InputError
        If either is no finite non-negative number.
    """
    for field, value in (("capacity_gb", capacity_gb), ("g_per_gb", g_per_gb)):
        if not (math.isfinite(value) and value >= 0):
            raise InputError.one("embodied carbon", field, f"{value} is not a finite number >= 0", "correct it")
    return capacity_gb * g_per_gb / 1000.0


def storage_g_per_gb(technology: str) -> float:
    """Return the carbon of a gigabyte of DRAM, flash or disk by its technology, in gCO2e/GB (ACT, ISCA'22).

    Raises
    ------
    InputError
        If it is not in the tables; the message names what is.
    """
    every = {**DRAM_G_PER_GB_BY_TECHNOLOGY, **SSD_G_PER_GB_BY_TECHNOLOGY, **HDD_G_PER_GB_BY_TECHNOLOGY}
    if technology not in every:
        raise InputError.one("embodied carbon", "technology", f"{technology!r} is unknown",
                             f"use one of {', '.join(every)}")
    return every[technology]


def packaging_kg(ics: int) -> float:
    """Return the packaging carbon of so many integrated circuits, in kgCO2e (SC'23: 150 g each)."""
    return PACKAGING_KG_PER_IC * ics


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
    return die_kg(area_mm2, process_nm, fab_g_per_kwh) + memory_kg(memory_gb) + packaging_kg(GPU_PACKAGED_ICS)
