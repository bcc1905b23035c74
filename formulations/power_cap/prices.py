"""Prices on the rows that classes share: the dual function, and what it rules out."""

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray
from ecoopt.formulations.dual.ascent import Priced
from ecoopt.formulations.power_cap.class_program import ClassPrices, ClassProgram, fits
from ecoopt.formulations.power_cap.shared_rows import heat_binds
from ecoopt.instances.power_cap.tables import CapTables


class RowPrices:
    """The Lagrangian of the shared rows: power, heat, pools, quotas, limits on waiting work, in this order.

    Parameters
    ----------
    tables : CapTables
        The instance.
    """

    def __init__(self, tables: CapTables) -> None:
        self.tables = tables
        hours = tables.shape[1]
        self.pools = [pool for pool, gpus in enumerate(tables.pool_gpus.tolist())
                      if tables.quota[tables.pool == pool].sum() > gpus]
        shared = np.isin(tables.pool, self.pools) & (tables.quota >= tables.pool_gpus[tables.pool])
        self.quotas = np.flatnonzero(~shared)
        self.limited = np.flatnonzero(np.isfinite(tables.most_backlog))
        self.powered = np.flatnonzero(np.isfinite(tables.room_w))
        self.heated = np.flatnonzero(heat_binds(tables))
        sizes = (len(self.powered), len(self.heated), len(self.pools) * hours, len(self.quotas) * hours,
                 len(self.limited) * hours)
        self.ends = np.cumsum(sizes)
        self.limit = np.concatenate([
            tables.room_w[self.powered], tables.heat_w[self.heated], np.repeat(tables.pool_gpus[self.pools], hours),
            np.repeat(tables.quota[self.quotas], hours), np.repeat(tables.most_backlog[self.limited], hours)])
        final = tables.instance.final_backlog_g_per_gpu_h * (np.arange(hours) == hours - 1)
        self._wait = np.tile((tables.instance.backlog_g_per_gpu_h + final)[:, None], (1, tables.shape[0]))

    @property
    def count(self) -> int:
        """Number of prices."""
        return int(self.ends[-1])

    def fits(self, prices: FloatArray) -> bool:
        """Return whether the classes' programs at prices are of a size that can be kept."""
        return fits(self.tables, self._class_prices(prices))

    def program(self, prices: FloatArray) -> ClassProgram | None:
        """Return the classes' programs at prices, float array [count]; None where they are too large to keep."""
        priced = self._class_prices(prices)
        return ClassProgram(self.tables, priced) if fits(self.tables, priced) else None

    def value(self, prices: FloatArray, program: ClassProgram) -> float:
        """Return the dual value: no schedule has a lower objective."""
        return self.tables.base_g + program.value - float(prices @ self.limit)

    def answer(self, prices: FloatArray, program: ClassProgram) -> Priced:
        """Return value, supergradient and paths at prices."""
        paths, tables = program.paths(), self.tables
        rows = np.arange(tables.shape[0])
        extra_w = (paths.work * tables.extra_w[rows, paths.cap]).sum(axis=1)
        taken = paths.work * tables.time_ratio[rows, paths.cap]
        used = np.concatenate([
            extra_w[self.powered], _fading(extra_w, tables.keep)[self.heated],
            *(taken[:, tables.pool == pool].sum(axis=1) for pool in self.pools),
            taken[:, self.quotas].T.ravel(), paths.waiting[:, self.limited].T.ravel()])
        return Priced(self.value(prices, program), used - self.limit, paths)

    def ruled_out(
        self, prices: FloatArray, program: ClassProgram, objective: float
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return transitions [K, T - 1, C, C] and first caps [K, C] that are in no schedule below an objective."""
        crossing, first = program.through()
        rest = self.value(prices, program) - program.values
        worst = objective + 1e-9 * abs(objective)
        return crossing + rest[:, None, None, None] > worst, first + rest[:, None] > worst

    def _class_prices(self, prices: FloatArray) -> ClassPrices:
        """Return what a unit of work and of waiting costs at prices of rows."""
        tables = self.tables
        classes, hours, _ = tables.shape
        power, heat, pools, quotas, limited = np.split(prices, self.ends[:-1])
        watt = tables.price_g_per_wh.copy()
        watt[self.powered] += power
        heated = np.zeros(hours)
        heated[self.heated] = heat
        watt += _fading(heated[::-1], tables.keep)[::-1]
        gpu = np.zeros((hours, classes))
        for pool, row in zip(self.pools, pools.reshape(-1, hours), strict=True):
            gpu[:, tables.pool == pool] += row[:, None]
        gpu[:, self.quotas] += quotas.reshape(-1, hours).T
        work = watt[:, None, None] * tables.extra_w + gpu[:, :, None] * tables.time_ratio
        wait = self._wait.copy()
        wait[:, self.limited] += limited.reshape(-1, hours).T
        return ClassPrices(work, wait)


def _fading(row: FloatArray, keep: float) -> FloatArray:
    """Return ``r_t = keep r_(t-1) + row_t``, float array [T]."""
    found, last = np.empty(len(row)), 0.0
    for t, value in enumerate(row.tolist()):
        found[t] = last = keep * last + value
    return found
