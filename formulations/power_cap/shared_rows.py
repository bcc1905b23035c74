"""The rows that classes share: GPUs of a pool, power of all, heat of the hall."""

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.highs import ModelBuilder
from ecoopt.instances.power_cap.tables import CapTables


def add_shared_rows(builder: ModelBuilder, tables: CapTables, work: IntArray) -> None:
    """Add the rows that can bind, (6) of the family's page.

    Parameters
    ----------
    builder : ModelBuilder
        What they are added to.
    tables : CapTables
        The instance.
    work : int array [K, T, C]
        Columns of the work done.
    """
    _, hours, _ = tables.shape
    for pool, gpus in enumerate(tables.pool_gpus.tolist()):
        mine = np.flatnonzero(tables.pool == pool)
        if tables.quota[mine].sum() > gpus:
            rows = builder.add_rows(f"gpus{pool}", hours, upper=gpus)
            builder.add_terms(rows[None, :, None], work[mine], tables.time_ratio[mine, None, :])
    limited = np.flatnonzero(np.isfinite(tables.room_w))
    rows = builder.add_rows("power", len(limited), upper=tables.room_w[limited])
    builder.add_terms(rows[None, :, None], work[:, limited], tables.extra_w[:, None, :])
    if heat_binds(tables).any():
        heat = builder.add_columns("heat_w", hours, lower=-np.inf, upper=tables.heat_w)
        rows = builder.add_rows("heat", hours, lower=0.0, upper=0.0)
        builder.add_terms(rows, heat, -1.0)
        builder.add_terms(rows[1:], heat[:-1], tables.keep)
        builder.add_terms(rows[None, :, None], work, tables.extra_w[:, None, :])


def heat_values(tables: CapTables, work_gpu_h: FloatArray) -> FloatArray:
    """Return the values of the heat columns for work [K, T, C], float array [T]; empty where there are none."""
    if not heat_binds(tables).any():
        return np.zeros(0)
    extra_w, heat = np.einsum("ktc,kc->t", work_gpu_h, tables.extra_w), np.zeros(tables.shape[1])
    last = 0.0
    for t, watts in enumerate(extra_w.tolist()):
        heat[t] = last = tables.keep * last + watts
    return heat


def heat_binds(tables: CapTables) -> NDArray[np.bool_]:
    """Return the hours in which the heat limit does not follow from the power limit and the GPUs, bool array [T]."""
    most_w = np.minimum(np.where(np.isfinite(tables.room_w), tables.room_w, np.inf), _most_extra_w(tables))
    last, binds = 0.0, np.zeros(len(most_w), dtype=bool)
    for t, watts in enumerate(most_w.tolist()):
        last = tables.keep * last + max(watts, 0.0)
        binds[t] = last > tables.heat_w[t]
    return binds


def _most_extra_w(tables: CapTables) -> float:
    """Return the most extra power that the GPUs of all pools can draw."""
    each_w = (tables.extra_w / tables.time_ratio).max(axis=1)
    total_w = 0.0
    for pool, gpus in enumerate(tables.pool_gpus.tolist()):
        mine = tables.pool == pool
        total_w += min(gpus * float(each_w[mine].max(initial=0.0)), float((tables.quota * each_w)[mine].sum()))
    return total_w
