"""The plain model: one backlog per class. With mixed caps it is a linear program and exact; else it is weak."""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.highs import LinearModel, ModelBuilder
from ecoopt.formulations.power_cap.shared_rows import add_shared_rows, heat_values
from ecoopt.instances.power_cap import PowerCapSchedule
from ecoopt.instances.power_cap.tables import CapTables


@dataclass(frozen=True, eq=False)
class PlainModel:
    """A linear model and what its columns mean.

    Parameters
    ----------
    model : LinearModel
        Columns in the order of the fields below, then those of heat.
    tables : CapTables
        The instance.
    share, work : int array [K, T, C]
        Share of GPUs under a cap, and the work done under it.
    rise : int array [K, T, C]
        By how much a share rises from the hour before.
    backlog : int array [K, T]
        Work that waits.
    """

    model: LinearModel
    tables: CapTables
    share: IntArray
    work: IntArray
    rise: IntArray
    backlog: IntArray

    def schedule(self, x: FloatArray) -> PowerCapSchedule:
        """Return the schedule of a solution."""
        share = np.maximum(x[self.share], 0.0)
        share /= share.sum(axis=2, keepdims=True)
        return PowerCapSchedule(share=share, work_gpu_h=np.maximum(x[self.work], 0.0))

    def solution(self, schedule: PowerCapSchedule) -> FloatArray:
        """Return the solution of a schedule."""
        share, work, tables = schedule.share, schedule.work_gpu_h, self.tables
        x = np.zeros(self.model.columns)
        x[self.share], x[self.work] = share, work
        known = tables.initial >= 0
        before = share[:, :1].copy()
        before[known, 0] = tables.initial[known, None] == np.arange(share.shape[2])
        x[self.rise] = np.maximum(np.diff(share, axis=1, prepend=before), 0.0)
        x[self.backlog] = np.maximum(tables.backlog(share, work), 0.0)
        heat = heat_values(tables, work)
        x[self.model.columns - len(heat):] = heat
        return x


def plain_model(tables: CapTables, *, integer: bool) -> PlainModel:
    """Return the model with one backlog per class, (3) to (6) of the family's page.

    Parameters
    ----------
    tables : CapTables
        The instance.
    integer : bool
        Whether a class is under one cap at a time.
    """
    classes, hours, caps = tables.shape
    instance, many = tables.instance, (classes, hours, caps)
    work_g = tables.extra_w[:, None, :] * tables.price_g_per_wh[:, None]
    end_g = instance.backlog_g_per_gpu_h + instance.final_backlog_g_per_gpu_h * (np.arange(hours) == hours - 1)
    there = tables.open[:, None, :]
    free = np.where(there, np.inf, 0.0)
    known = tables.initial >= 0
    counted = np.ones(many)
    counted[~known, 0] = 0.0
    builder = ModelBuilder(offset=tables.base_g)
    share = builder.add_columns("share", many, upper=there, integer=integer)
    work = builder.add_columns("work_gpu_h", many, cost=work_g, upper=free)
    rise = builder.add_columns("rise", many, cost=instance.change_g * counted, upper=there)
    backlog = builder.add_columns("backlog_gpu_h", (classes, hours), cost=end_g)
    limited = np.flatnonzero(np.isfinite(tables.most_backlog))
    waiting = builder.add_rows("waiting", (len(limited), hours), upper=tables.most_backlog[limited, None])
    builder.add_terms(waiting, backlog[limited], 1.0)
    one = builder.add_rows("one", (classes, hours), lower=1.0, upper=1.0)
    builder.add_terms(one[..., None], share, 1.0)
    able = builder.add_rows("able", many, upper=0.0)
    builder.add_terms(able, work, tables.time_ratio[:, None, :])
    builder.add_terms(able, share, -tables.quota[:, None, None])
    before = np.zeros(many)
    before[known, 0] = tables.initial[known, None] == np.arange(caps)
    before[~known, 0] = 1.0
    risen = builder.add_rows("risen", many, upper=before)
    builder.add_terms(risen, share, 1.0)
    builder.add_terms(risen[:, 1:], share[:, :-1], -1.0)
    builder.add_terms(risen, rise, -1.0)
    come = np.zeros((classes, hours))
    come[:, 0] = tables.submitted[:, 0] * tables.first + tables.initial_backlog
    balance = builder.add_rows("balance", (classes, hours), lower=come, upper=come)
    builder.add_terms(balance, backlog, 1.0)
    builder.add_terms(balance[:, 1:], backlog[:, :-1], -1.0)
    builder.add_terms(balance[..., None], work, 1.0)
    builder.add_terms(balance[:, 1:, None], share[:, :-1], -tables.submitted[:, 1:, None] * tables.factor[:, None, :])
    add_shared_rows(builder, tables, work)
    return PlainModel(builder.model(), tables, share, work, rise, backlog)
