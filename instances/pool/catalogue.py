"""Catalogue: the priced instance types of KAIROS's artifact, and how long each works on a query of each model."""

import csv
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
from scipy.stats import lognorm

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.dispatch.profile import LatencyProfile, profile
from ecoopt.instances.pool.schema import InstanceType

MODELS: Final = ("rm2", "wnd", "mtwnd", "dien", "ncf")

SOURCE: Final = ("prices and latencies: KAIROS's artifact (HPDC'23, arXiv:2210.05889); types beyond the first four: "
                 "latencies scaled, after Ribbon's tables where it has them, else assumed; watts and embodied carbon "
                 "assumed")


def instance_types(kinds: int, most: int | None = None) -> tuple[InstanceType, ...]:
    """Return the first types of the catalogue.

    Parameters
    ----------
    kinds : int
        How many.
    most : int, optional
        Most machines of each; by default as in the catalogue.
    """
    return tuple(
        InstanceType(name=row["name"], price_per_h=float(row["price_per_h"]),
                     max_count=int(row["most"]) if most is None else most, idle_w=float(row["idle_w"]),
                     busy_w=float(row["busy_w"]), embodied_g_per_h=float(row["embodied_g_per_h"]))
        for row in _rows()[:kinds])


def latency_ms(model: str, kinds: int) -> FloatArray:
    """Return mean latencies of a model on the first types, float array [K, B]."""
    measured = profile(model)
    return np.array([
        measured.mean_ms[measured.names.index(row["reference"])] * float(row["factor"]) for row in _rows()[:kinds]])


def known_types() -> int:
    """Return how many types the catalogue has."""
    return len(_rows())


def batch_shares(measured: LatencyProfile) -> FloatArray:
    """Return the share of queries in each bin of a profile, float array [B]: exact for KAIROS's mix of batch sizes.

    See `ecoopt.instances.dispatch.streams.batches` for the mix.
    """
    sizes = np.arange(1, 1001)
    usual = np.diff(lognorm.cdf(np.arange(1001), s=0.2, scale=np.exp(5.1)))
    usual[(sizes <= 100) | (sizes > 200)] = 0.0
    usual += (1 - usual.sum()) / 10 * ((sizes >= 190) & (sizes < 200))
    chance = 64 * usual
    for weight, low, high in ((8, 1, 100), (22, 200, 600), (5, 600, 1000)):
        chance += weight / (high - low) * ((sizes >= low) & (sizes < high))
    shares: FloatArray = np.bincount(measured.bins(sizes), chance, len(measured.batch)) / chance.sum()
    return shares


@cache
def _rows() -> list[dict[str, str]]:
    text = resources.files(__package__).joinpath("types.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
