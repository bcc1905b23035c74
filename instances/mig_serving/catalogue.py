"""Catalogue: Clover's three services and their model variants, with a synthetic performance model fitted to its logs.

Accuracies are those of the published code. Per-variant times and energies were not published; the law below was fitted
to the eighteen archived measurements of two configurations per service, so the figures are called synthetic.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.mig import MigGeometry
from ecoopt.instances.variants import ModelVariant

SOURCE: Final = ("accuracy: Clover's published code (MIT); times and energies: synthetic, "
                 "S = o + w / g^0.9 and E = P w g^0.1, fitted to its archived logs")
LICENCE: Final = "MIT"

TIME_EXPONENT, ENERGY_EXPONENT = 0.9, 0.1
IDLE_POWER_W: Final = 37.6
"""Power of one idle A100, from the archived logs."""

BASE_GPUS: Final = 2
_A100_SLICES = 7
_MEMORY_GB, _LARGE_MEMORY_GB = 4.0, 9.0


@dataclass(frozen=True)
class ServiceFigures:
    """Figures of one service. V variants, from the smallest to the best.

    Parameters
    ----------
    name, quality_metric : str
        For people.
    variants : tuple of str [V]
        Names.
    quality : float array [V]
        In 0..1.
    gpu_s : float array [V]
        Seconds that a request keeps a whole A100 busy.
    overhead_s : float
        Seconds of a request outside the GPU.
    dynamic_power_w : float
        Power above idle of a whole busy A100.
    jitter : float
        Service times lie within this share of their mean, uniformly.
    base_rps, full_rps : float
        Requests per second on two GPUs: of the baseline, and of Clover's consolidated run.
    """

    name: str
    quality_metric: str
    variants: tuple[str, ...]
    quality: FloatArray
    gpu_s: FloatArray
    overhead_s: float
    dynamic_power_w: float
    jitter: float
    base_rps: float
    full_rps: float

    def service_time_s(self, share: FloatArray) -> FloatArray:
        """Return mean seconds per request by variant on instances with a share of an A100's compute, float [V, P]."""
        return self.overhead_s + self.gpu_s[:, None] / share**TIME_EXPONENT

    def energy_j(self, share: FloatArray) -> FloatArray:
        """Return joules per request above idle, float array [V, P]."""
        return self.dynamic_power_w * self.gpu_s[:, None] * share**ENERGY_EXPONENT


@cache
def clover_services() -> dict[str, ServiceFigures]:
    """Return the three services by name."""
    text = (files(__package__) / "clover_services.csv").read_text(encoding="utf-8")
    found = {}
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    for name in dict.fromkeys(row["service"] for row in rows):
        own = [row for row in rows if row["service"] == name]
        first = own[0]
        found[name] = ServiceFigures(
            name=name, quality_metric=first["quality_metric"], variants=tuple(row["variant"] for row in own),
            quality=np.array([float(row["accuracy_percent"]) / 100 for row in own]),
            gpu_s=np.array([float(row["gpu_s"]) for row in own]), overhead_s=float(first["overhead_s"]),
            dynamic_power_w=float(first["dynamic_power_w"]), jitter=float(first["jitter"]),
            base_rps=float(first["base_rps"]), full_rps=float(first["full_rps"]))
    return found


def compute_shares(geometry: MigGeometry) -> FloatArray:
    """Return each profile's share of an A100's compute, float array [P]; an A30's slice is as large as an A100's."""
    return np.array([profile.compute_slices / _A100_SLICES for profile in geometry.profiles])


def clover_variants(names: Sequence[str], geometry: MigGeometry, memory_rule: bool) -> tuple[ModelVariant, ...]:
    """Return the variants of some services on a GPU.

    Parameters
    ----------
    names : sequence of str
        Services.
    geometry : MigGeometry
        The GPU.
    memory_rule : bool
        Whether each service's best variant is too large for the smallest slice of an A100-40; it was not measured.
    """
    share = compute_shares(geometry)
    found = []
    for name in names:
        figures = clover_services()[name]
        times, energies = figures.service_time_s(share), figures.energy_j(share)
        for v, variant in enumerate(figures.variants):
            large = memory_rule and v == len(figures.variants) - 1
            memory_gb = _LARGE_MEMORY_GB if large else _MEMORY_GB
            fits = np.flatnonzero(geometry.memory_gb >= memory_gb).tolist()
            found.append(ModelVariant(
                name=variant, application=name, quality=float(figures.quality[v]),
                quality_metric=figures.quality_metric, memory_gb=memory_gb,
                service_time_s={geometry.names[p]: round(float(times[v, p]), 6) for p in fits},
                energy_j={geometry.names[p]: round(float(energies[v, p]), 6) for p in fits}, source=SOURCE))
    return tuple(found)
