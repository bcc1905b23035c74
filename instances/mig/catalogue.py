"""Catalogue of MIG geometries: A30, A100, H100, H200 and B200, with the names and sizes their drivers report."""

from ecoopt.core.errors import InputError
from ecoopt.instances.hardware import Gpu
from ecoopt.instances.mig.geometry import MigGeometry
from ecoopt.instances.mig.profile import MigProfile

_MIB_PER_GB = 1024

_GUIDE = "NVIDIA MIG User Guide, placements as listed by nvidia-smi mig -lgipp"

# Name, compute slices, memory slices, starts; the same on every GPU with seven compute slices.
_EIGHTHS = ((7, 8, (0,)), (4, 4, (0,)), (3, 4, (0, 4)), (2, 2, (0, 2, 4)), (1, 2, (0, 2, 4, 6)),
            (1, 1, (0, 1, 2, 3, 4, 5, 6)))
_QUARTERS = ((4, 4, (0,)), (2, 2, (0, 2)), (1, 1, (0, 1, 2, 3)))

_Sizes = tuple[tuple[str, float, int | None], ...]


def _geometry(name: str, sizes: _Sizes, source: str) -> MigGeometry:
    """Return a geometry from the name, memory in GB and SMs of each profile, largest first."""
    slices = _EIGHTHS if len(sizes) == len(_EIGHTHS) else _QUARTERS
    profiles = tuple(
        MigProfile(name=profile, compute_slices=compute, memory_slices=memory, starts=starts,
                   memory_gb=memory_gb, sms=sms)
        for (profile, memory_gb, sms), (compute, memory, starts) in zip(sizes, slices, strict=True))
    return MigGeometry(name=name, compute_slices=slices[0][0], memory_slices=slices[0][1], profiles=profiles,
                       source=f"{_GUIDE}; {source}")


GEOMETRIES: tuple[MigGeometry, ...] = (
    _geometry("A30-24", (("4g.24gb", 23.44, 56), ("2g.12gb", 11.69, 28), ("1g.6gb", 5.81, 14)),
              "memory and SMs: nvidia-smi mig -lgip of an A30 (some drivers report 23.50 for 4g.24gb)"),
    _geometry("A100-40", (
        ("7g.40gb", 40192 / _MIB_PER_GB, 98), ("4g.20gb", 19968 / _MIB_PER_GB, 56),
        ("3g.20gb", 19968 / _MIB_PER_GB, 42), ("2g.10gb", 9856 / _MIB_PER_GB, 28),
        ("1g.10gb", 9856 / _MIB_PER_GB, 14), ("1g.5gb", 4864 / _MIB_PER_GB, 14)),
        "memory and SMs: nvidia-smi mig -lgip; MIG mode itself costs ten of the 108 SMs"),
    _geometry("A100-80", (
        ("7g.80gb", 80384 / _MIB_PER_GB, 98), ("4g.40gb", 40192 / _MIB_PER_GB, 56),
        ("3g.40gb", 40192 / _MIB_PER_GB, 42), ("2g.20gb", 19968 / _MIB_PER_GB, 28),
        ("1g.20gb", 19968 / _MIB_PER_GB, 14), ("1g.10gb", 9856 / _MIB_PER_GB, 14)),
        "memory and SMs: nvidia-smi mig -lgip; MIG mode itself costs ten of the 108 SMs"),
    _geometry("H100-80", (
        ("7g.80gb", 79.25, 132), ("4g.40gb", 39.5, 64), ("3g.40gb", 39.5, 60), ("2g.20gb", 19.62, 32),
        ("1g.20gb", 19.62, 26), ("1g.10gb", 9.75, 16)),
        "memory and SMs: nvidia-smi mig -lgip"),
    _geometry("H100-94", (
        ("7g.94gb", 93.12, 132), ("4g.47gb", 46.38, 64), ("3g.47gb", 46.38, 60), ("2g.24gb", 21.62, 32),
        ("1g.24gb", 21.62, 26), ("1g.12gb", 10.75, 16)),
        "memory and SMs: nvidia-smi mig -lgip of an H100 NVL (other drivers report up to 0.5 less)"),
    _geometry("H200-141", (
        ("7g.141gb", 144384 / _MIB_PER_GB, 132), ("4g.71gb", 72704 / _MIB_PER_GB, 64),
        ("3g.71gb", 72704 / _MIB_PER_GB, 60), ("2g.35gb", 35840 / _MIB_PER_GB, 32),
        ("1g.35gb", 35840 / _MIB_PER_GB, 26), ("1g.18gb", 18432 / _MIB_PER_GB, 16)),
        "memory and SMs: nvidia-smi mig -lgip"),
    _geometry("B200-180", (
        ("7g.180gb", 177.0, None), ("4g.90gb", 88.5, None), ("3g.90gb", 88.5, None), ("2g.45gb", 44.25, 36),
        ("1g.45gb", 44.25, 30), ("1g.23gb", 22.0, 18)),
        "memory and SMs of 1g and 2g: nvidia-smi mig -lgip (NVIDIA/gpu-operator pull request 1242; a later driver "
        "reports 20.50 for 1g.23gb); memory of 3g, 4g and 7g: twice and four times that of 2g, a cautious figure, "
        "as every other GPU here reports at least so much"),
)
"""GPUs known by name. Media-extension profiles (``+me``) are left out: they take the same slices."""

_BY_NAME = {entry.name: entry for entry in GEOMETRIES}


def geometry(name: str) -> MigGeometry:
    """Return the geometry of the catalogue called `name`.

    Raises
    ------
    InputError
        If there is none; the message names those there are.
    """
    if name not in _BY_NAME:
        known = ", ".join(_BY_NAME)
        raise InputError.one("MIG catalogue", "geometry", f"{name!r} is unknown", f"use one of {known}")
    return _BY_NAME[name]


def board_geometry(board: Gpu) -> MigGeometry | None:
    """Return how a board can be cut, by the first word of its name and its memory; None where it cannot be."""
    return _BY_NAME.get(f"{board.name.partition('-')[0]}-{board.memory_gb:g}")
