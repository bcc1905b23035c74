"""The GPU of MISO's cluster, and the speeds of job types on it."""

from collections.abc import Sequence

import numpy as np

from ecoopt.instances.mig import MigGeometry, geometry
from ecoopt.instances.mig.job_types import JobType, speed_table
from ecoopt.instances.mig_cluster.schema import SpeedTable

MEASURED_PROFILES = ("7g.40gb", "4g.20gb", "3g.20gb", "2g.10gb", "1g.5gb")
"""Profiles of an A100-40 that MISO measured; the 1g of double memory came later."""


def a100(*, together: bool) -> MigGeometry:
    """Return an A100-40 with the measured profiles; `together`: its driver lets 4g and 3g share it (R510 and later)."""
    gpu = geometry("A100-40").restricted_to(MEASURED_PROFILES)
    return gpu if together else gpu.forbidding("4g.20gb", "3g.20gb")


def speeds(types: Sequence[JobType], gpu: MigGeometry) -> SpeedTable:
    """Return the speeds of job types on a GPU, those of MISO's loop.

    The loop rounds times per batch to 0.1 ms, divides them by the longest of a job on the three largest profiles, and
    rounds again to 4 places, up to 2 % off for the quickest jobs; so does this, that published runs can be repeated.
    """
    table = speed_table(types, gpu)
    batch_s = np.array([kind.batch_s for kind in types])[:, None]
    fits = table > 0
    rounded_s = np.where(fits, np.round(batch_s / np.where(fits, table, 1.0), 4), np.inf)
    sizes = np.array([profile.compute_slices for profile in gpu.profiles])
    large = rounded_s[:, np.argsort(-sizes, kind="stable")[:3]]
    shares = np.round(rounded_s / np.where(np.isfinite(large), large, 0.0).max(axis=1, keepdims=True), 4)
    return SpeedTable(names=tuple(kind.name for kind in types),
                      speed=shares[:, [int(sizes.argmax())]] / shares)
