"""The strong model: each class is a path of caps, and its waiting work travels along the path's own transitions.

The plain model lets a sliver of a class's GPUs, under a cap, do all its work while the others, under none, keep users
from submitting more. Here work stays in the state that it came to: what comes in hour t comes with the transition into
its cap, is done under that cap, or waits along a transition out of it, at most as much as that transition can carry.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.highs import LinearModel, ModelBuilder
from ecoopt.formulations.power_cap.shared_rows import add_shared_rows, heat_values
from ecoopt.instances.power_cap import PowerCapSchedule
from ecoopt.instances.power_cap.tables import CapTables


@dataclass(frozen=True, eq=False)
class StrongModel:
    """A linear model and what its columns mean.

    Parameters
    ----------
    model : LinearModel
        Columns in the order of the fields below, then those of heat.
    tables : CapTables
        The instance.
    cap, work : int array [K, T, C]
        Whether a cap is in force, and the work done under it.
    move, carry : int array [K, T - 1, C, C]
        Whether caps follow each other, and the work that came in the earlier hour and waits over the transition.
    store, take : int array [K, T, C]
        Work that has waited for an hour and goes on waiting, and such work that comes back.
    pool : int array [K, T]
        Work that has waited for more than an hour.
    """

    model: LinearModel
    tables: CapTables
    cap: IntArray
    work: IntArray
    move: IntArray
    carry: IntArray
    store: IntArray
    take: IntArray
    pool: IntArray

    def schedule(self, x: FloatArray) -> PowerCapSchedule:
        """Return the schedule of a solution whose caps are whole."""
        cap = x[self.cap].argmax(axis=2)
        work = np.maximum(np.take_along_axis(x[self.work], cap[:, :, None], axis=2)[:, :, 0], 0.0)
        return PowerCapSchedule.at(cap, work, self.cap.shape[2])

    def solution(self, schedule: PowerCapSchedule) -> FloatArray:
        """Return the solution of a schedule without mixed caps."""
        share, work, tables = schedule.share, schedule.work_gpu_h, self.tables
        x = np.zeros(self.model.columns)
        x[self.cap], x[self.work] = share, work
        x[self.move] = share[:, :-1, :, None] * share[:, 1:, None, :]
        arrivals = tables.arrivals(share)
        waiting = np.maximum(tables.backlog(share, work), 0.0)
        carried = np.minimum(waiting, arrivals)
        carried[:, -1] = 0.0
        x[self.carry] = x[self.move] * carried[:, :-1, None, None]
        pool = waiting - carried
        change = np.diff(pool, axis=1, prepend=tables.initial_backlog[:, None])
        x[self.pool] = pool
        x[self.store] = share * np.maximum(change, 0.0)[:, :, None]
        x[self.take] = share * np.maximum(-change, 0.0)[:, :, None]
        heat = heat_values(tables, work)
        x[self.model.columns - len(heat):] = heat
        return x

    @cached_property
    def class_of_column(self) -> IntArray:
        """Class of each column, -1 for those of heat."""
        owner = np.full(self.model.columns, -1, dtype=np.int64)
        for block in (self.cap, self.work, self.move, self.carry, self.store, self.take, self.pool):
            owner[block] = np.arange(len(block)).reshape((-1,) + (1,) * (block.ndim - 1))
        return owner

    @cached_property
    def hour_of_column(self) -> IntArray:
        """Hour of each column, that of the later cap for transitions, -1 for those of heat."""
        hour = np.full(self.model.columns, -1, dtype=np.int64)
        for block, later in ((self.cap, 0), (self.work, 0), (self.move, 1), (self.carry, 1), (self.store, 0),
                             (self.take, 0), (self.pool, 0)):
            hour[block] = np.arange(block.shape[1]).reshape((1, -1) + (1,) * (block.ndim - 2)) + later
        return hour


def strong_model(
    tables: CapTables, *, moves: NDArray[np.bool_] | None = None, first: NDArray[np.bool_] | None = None,
    integer: bool = True,
) -> StrongModel:
    """Return the model, (6) to (10) of the family's page.

    Parameters
    ----------
    tables : CapTables
        The instance.
    moves : bool array [K, T - 1, C, C], optional
        Transitions that may be used; all by default.
    first : bool array [K, C], optional
        Caps that the first hour may have; all by default.
    integer : bool
        Whether caps are whole.
    """
    classes, hours, caps = tables.shape
    instance, many = tables.instance, (classes, hours, caps)
    pairs = (classes, max(hours - 1, 0), caps, caps)
    there = tables.open[:, None, :, None] & tables.open[:, None, None, :]
    moves = np.broadcast_to(there, pairs) if moves is None else moves & there
    first = tables.open if first is None else first & tables.open
    used = np.concatenate([first[:, None, :], moves.any(axis=2)], axis=1)
    started = np.zeros(many)
    known = tables.initial >= 0
    started[known, 0] = tables.initial[known, None] != np.arange(caps)
    wait_g = np.full(hours, instance.backlog_g_per_gpu_h)
    end_g = wait_g + instance.final_backlog_g_per_gpu_h * (np.arange(hours) == hours - 1)
    work_g = tables.extra_w[:, None, :] * tables.price_g_per_wh[:, None]
    free = np.where(used, np.inf, 0.0)

    builder = ModelBuilder(offset=tables.base_g)
    cap = builder.add_columns("cap", many, cost=instance.change_g * started, upper=used, integer=integer)
    work = builder.add_columns("work_gpu_h", many, cost=work_g, upper=free)
    change_g = instance.change_g * (1.0 - np.eye(caps))
    move = builder.add_columns("move", pairs, cost=change_g, upper=moves)
    carry = builder.add_columns("carry_gpu_h", pairs, cost=instance.backlog_g_per_gpu_h,
                                upper=np.where(moves, np.inf, 0.0))
    store = builder.add_columns("store_gpu_h", many, upper=free)
    take = builder.add_columns("take_gpu_h", many, upper=free)
    pool = builder.add_columns("pool_gpu_h", (classes, hours), cost=end_g)

    one = builder.add_rows("one", classes, lower=1.0, upper=1.0)
    builder.add_terms(one[:, None], cap[:, 0], 1.0)
    leave = builder.add_rows("leave", (classes, hours - 1, caps), lower=0.0, upper=0.0)
    builder.add_terms(leave, cap[:, :-1], -1.0)
    builder.add_terms(leave[..., None], move, 1.0)
    enter = builder.add_rows("enter", (classes, hours - 1, caps), lower=0.0, upper=0.0)
    builder.add_terms(enter, cap[:, 1:], -1.0)
    builder.add_terms(enter[:, :, None, :], move, 1.0)

    come = tables.submitted[:, 1:, None, None] * tables.factor[:, None, :, None]
    first_come = (tables.submitted[:, 0] * tables.first)[:, None]
    balance = builder.add_rows("balance", many, lower=0.0, upper=0.0)
    builder.add_terms(balance, work, -1.0)
    builder.add_terms(balance, take, 1.0)
    builder.add_terms(balance, store, -1.0)
    builder.add_terms(balance[:, 0], cap[:, 0], first_come)
    builder.add_terms(balance[:, 1:, None, :], move, come)
    builder.add_terms(balance[:, 1:, None, :], carry, 1.0)
    builder.add_terms(balance[:, :-1, :, None], carry, -1.0)

    fresh = builder.add_rows("fresh", (classes, hours - 1, caps), upper=0.0)
    builder.add_terms(fresh[..., None], carry, 1.0)
    builder.add_terms(fresh[:, :1], cap[:, :1][:, : fresh.shape[1]], -first_come[:, None])
    builder.add_terms(fresh[:, 1:, None, :], move[:, :-1], -come[:, :-1])
    stale = builder.add_rows("stale", (classes, hours - 1, caps), upper=0.0)
    builder.add_terms(stale, store[:, :-1], 1.0)
    builder.add_terms(stale[:, 1:, None, :], carry[:, :-1], -1.0)
    most = tables.submitted[:, :-1].copy()
    most[:, :1] *= tables.first[:, None]
    factor = np.where(moves[:, :-1], tables.factor[:, None, :, None], 0.0).max(axis=2, initial=0.0)
    most = most[..., None] * np.concatenate([np.ones((classes, min(1, hours - 1), caps)), factor], axis=1)
    through = builder.add_rows("through", pairs, upper=0.0)
    builder.add_terms(through, carry, 1.0)
    builder.add_terms(through, move, -most[..., None])

    initial = np.zeros((classes, hours))
    initial[:, 0] = tables.initial_backlog
    pooled = builder.add_rows("pooled", (classes, hours), lower=-initial, upper=-initial)
    builder.add_terms(pooled, pool, -1.0)
    builder.add_terms(pooled[:, 1:], pool[:, :-1], 1.0)
    builder.add_terms(pooled[..., None], store, 1.0)
    builder.add_terms(pooled[..., None], take, -1.0)
    taken = builder.add_rows("taken", (classes, hours), upper=initial)
    builder.add_terms(taken[..., None], take, 1.0)
    builder.add_terms(taken[:, 1:], pool[:, :-1], -1.0)

    able = builder.add_rows("able", many, upper=0.0)
    builder.add_terms(able, work, tables.time_ratio[:, None, :])
    builder.add_terms(able, cap, -tables.quota[:, None, None])
    limited = np.flatnonzero(np.isfinite(tables.most_backlog))
    waiting = builder.add_rows("waiting", (len(limited), hours), upper=tables.most_backlog[limited, None])
    builder.add_terms(waiting, pool[limited], 1.0)
    builder.add_terms(waiting[:, :-1, None, None], carry[limited], 1.0)
    add_shared_rows(builder, tables, work)
    return StrongModel(builder.model(), tables, cap, work, move, carry, store, take, pool)
