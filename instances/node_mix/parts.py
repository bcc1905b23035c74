"""Parts: what a machine is to offer, and the GPUs, CPUs, memory modules and drives that it may be had from."""

import math
from typing import Any, Final

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.hardware import COMPONENTS, SUPERCOMPUTERS, Component, component

KINDS: Final = ("gpu", "cpu", "dram", "ssd", "hdd")
FLOORS: Final = ("FP64 (TFLOPS)", "CPU sockets", "memory (GB)", "storage (GB)", "storage bandwidth (GB/s)")
POWER: Final = "power (kW)"
_LEAST_SHARE = 0.6
_MOST = 10_000_000


def offered(part: Component) -> tuple[float, ...]:
    """Return what one part adds to each of `FLOORS`; memory on GPU boards is no part of the machine's memory."""
    stores = part.kind in ("ssd", "hdd")
    return (part.fp64_tflops or 0.0, float(part.kind == "cpu"),
            (part.capacity_gb or 0.0) if part.kind == "dram" else 0.0, (part.capacity_gb or 0.0) if stores else 0.0,
            (part.bandwidth_gb_per_s or 0.0) if stores else 0.0)


def parts_content(rng: np.random.Generator, machine: str, scale: float, spread: float) -> dict[str, Any]:
    """Return groups, options, floors and the power limit of a machine.

    The machine's own parts, scaled and rounded up, keep every floor and the limit.

    Parameters
    ----------
    rng : numpy.random.Generator
        Of the floors: each is what the parts offer, less a random share.
    machine : str
        Whose parts.
    scale : float
        Parts relative to the machine's.
    spread : float
        Largest share that is taken off, at most 0.4.
    """
    own = {name: math.ceil(scale * count) for name, count in SUPERCOMPUTERS[machine].items()}
    sums: FloatArray = np.sum([count * np.array(offered(component(name))) for name, count in own.items()], axis=0)
    power_kw = sum(count * (component(name).power_w or 0.0) for name, count in own.items()) / 1000
    parts = [part for kind in KINDS for part in COMPONENTS if part.kind == kind]
    taken = np.maximum(1 - spread * rng.random(len(FLOORS)), _LEAST_SHARE)
    watts = np.array([part.power_w or 0.0 for part in parts])
    return {
        "groups": KINDS, "choice": np.zeros(len(KINDS), dtype=bool), "demand": np.zeros(len(KINDS)),
        "options": tuple(part.name for part in parts),
        "group": np.array([KINDS.index(part.kind) for part in parts]), "delivers": np.zeros(len(parts)),
        "embodied_kg": np.array([part.embodied_kg for part in parts]), "power_w": watts,
        "energy_kwh": np.zeros(len(parts)), "most": np.full(len(parts), _MOST),
        "floors": FLOORS, "floor": sums * taken, "provides": np.array([offered(part) for part in parts]).T,
        "ceilings": (POWER,), "ceiling": np.array([power_kw]), "uses": watts[None] / 1000}
