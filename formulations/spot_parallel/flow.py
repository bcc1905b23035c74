"""The flow form: configurations as flows between nodes and their parents, whose relaxation is whole on a tree."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.highs import LinearModel, ModelBuilder
from ecoopt.instances.spot_parallel import SpotParallelSchedule
from ecoopt.instances.spot_parallel.placing import BoolArray
from ecoopt.instances.spot_parallel.tables import Tables


@dataclass(frozen=True, eq=False)
class FlowForm:
    """A model, and what its columns mean.

    Parameters
    ----------
    tables : Tables
        What it was built from.
    linear : LinearModel
        The arrays.
    choice : int array [N, C]
        Column of each configuration of each node, -1 where it is not looked at.
    blocks : tuple of int arrays
        Columns of changes: kept, leaving to resize, resized, leaving to reshape, reshaped, each [N', C] for the N'
        nodes with a parent; or, where moves take time, one block [N', C, C] from each configuration to each.
    """

    tables: Tables
    linear: LinearModel
    choice: IntArray
    blocks: tuple[IntArray, ...]

    def config(self, x: FloatArray) -> IntArray:
        """Return the configurations of a solution, int array [N]."""
        return np.asarray(np.where(self.choice >= 0, x[self.choice], -1.0).argmax(axis=1))

    def schedule(self, x: FloatArray) -> SpotParallelSchedule:
        """Return the schedule of a solution."""
        return self.tables.schedule(self.config(x))

    def solution(self, config: IntArray) -> FloatArray:
        """Return the solution of configurations [N]."""
        x = np.zeros(self.linear.columns)
        x[self.choice[np.arange(len(config)), config]] = 1.0
        later = np.flatnonzero(self.tables.instance.parent >= 0)
        old, new, row = config[self.tables.instance.parent[later]], config[later], np.arange(len(later))
        if len(self.blocks) == 1:
            x[self.blocks[0][row, old, new]] = 1.0
            return x
        kept, away, resized, gone, reshaped = self.blocks
        same, kin = old == new, self.tables.family[old] == self.tables.family[new]
        x[kept[row[same], new[same]]] = 1.0
        for among, out, into in ((kin & ~same, away, resized), (~kin, gone, reshaped)):
            x[out[row[among], old[among]]] = x[into[row[among], new[among]]] = 1.0
        return x


def flow_form(tables: Tables, allowed: BoolArray | None = None) -> FlowForm:
    """Return the flow form of an instance. Equation numbers are those of the family's page.

    Variables: ``choice`` binary; flows, at least 0, of each node with a parent. Rows: ``one`` (2), ``leave`` and
    ``enter`` (3, 4), ``kin`` and ``all`` (5), ``budget`` (6).

    Parameters
    ----------
    tables : Tables
        Of the instance.
    allowed : bool array [N, C], optional
        Configurations that are looked at, of those that fit; all by default.
    """
    instance = tables.instance
    mask = tables.fits if allowed is None else tables.fits & allowed
    builder = ModelBuilder()
    choice = _block(builder, "choice", mask, tables.cost_usd, integer=True)
    roots = np.flatnonzero(instance.parent < 0)
    one = builder.add_rows("one", len(roots), lower=1.0, upper=1.0)
    _terms(builder, one[:, None], choice[roots], 1.0)
    later = np.flatnonzero(instance.parent >= 0)
    leave = builder.add_rows("leave", (len(later), instance.configs), lower=0.0, upper=0.0)
    enter = builder.add_rows("enter", (len(later), instance.configs), lower=0.0, upper=0.0)
    _terms(builder, leave, choice[instance.parent[later]], -1.0)
    _terms(builder, enter, choice[later], -1.0)
    blocks = (_moving if instance.bandwidth_gb_per_s is not None else _by_kind)(
        tables, builder, mask, later, leave, enter)
    budget = builder.add_rows("budget", len(tables.most), upper=1.0)
    _terms(builder, budget[:, None, None], choice, tables.uses / np.maximum(tables.most, 1e-12)[:, None, None])
    return FlowForm(tables, builder.model(), choice, blocks)


def _by_kind(
    tables: Tables, builder: ModelBuilder, mask: BoolArray, later: IntArray, leave: IntArray, enter: IntArray,
) -> tuple[IntArray, ...]:
    """Add changes of three prices: what stays, what is resized within its shape, what is reshaped."""
    old, new = mask[tables.instance.parent[later]], mask[later]
    resize, reshape = tables.into_usd(later)
    kept = _block(builder, "kept", old & new)
    away, gone = (_block(builder, name, old) for name in ("away", "gone"))
    resized = _block(builder, "resized", new, resize)
    reshaped = _block(builder, "reshaped", new, reshape)
    for block in (kept, away, gone):
        _terms(builder, leave, block, 1.0)
    for block in (kept, resized, reshaped):
        _terms(builder, enter, block, 1.0)
    kin = builder.add_rows("kin", (len(later), int(tables.family.max()) + 1), lower=0.0, upper=0.0)
    every = builder.add_rows("all", len(later), lower=0.0, upper=0.0)
    for rows, out, into in ((kin[:, tables.family], away, resized), (every[:, None], gone, reshaped)):
        _terms(builder, rows, out, 1.0)
        _terms(builder, rows, into, -1.0)
    return kept, away, resized, gone, reshaped


def _moving(
    tables: Tables, builder: ModelBuilder, mask: BoolArray, later: IntArray, leave: IntArray, enter: IntArray,
) -> tuple[IntArray, ...]:
    """Add changes from each configuration to each, with pauses of their own."""
    pairs = mask[tables.instance.parent[later]][:, :, None] & mask[later][:, None, :]
    flow = _block(builder, "flow", pairs, tables.change_usd(later))
    _terms(builder, leave[:, :, None], flow, 1.0)
    _terms(builder, enter[:, None, :], flow, 1.0)
    return (flow,)


def _block(
    builder: ModelBuilder, name: str, mask: BoolArray, cost: FloatArray | None = None, integer: bool = False,
) -> IntArray:
    """Add a column where a mask is set; return columns in the mask's shape, -1 elsewhere."""
    found = np.full(mask.shape, -1, dtype=np.int64)
    found[mask] = builder.add_columns(name, int(mask.sum()), cost=0.0 if cost is None else cost[mask],
                                      upper=1.0, integer=integer)
    return found


def _terms(builder: ModelBuilder, rows: IntArray, columns: IntArray, coefficients: ArrayLike) -> None:
    """Add terms of the columns that there are."""
    row, column, value = np.broadcast_arrays(rows, columns, np.asarray(coefficients))
    there = column >= 0
    builder.add_terms(row[there], column[there], value[there])
