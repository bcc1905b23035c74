"""The pattern model: how many GPUs are cut in which maximal way, and pool sizes by big M; a second opinion.

It shares nothing with the count model but the options: layouts are enumerated instead of described by rows, rates are
not taken apart by pool size, and the arrays are written without Pyomo. Its relaxation is weaker.
"""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.highs import LinearModel, ModelBuilder
from ecoopt.instances.mig import layout_counts, maximal_layouts
from ecoopt.instances.mig_serving.options import Options


@dataclass(frozen=True, eq=False)
class PatternModel:
    """The arrays, and the columns of what a schedule is made of.

    Parameters
    ----------
    linear : LinearModel
        The model.
    cut : int array [T, C]
        Columns: GPUs cut in each maximal way.
    slices : int array [T, P]
        Columns.
    instances, rate : int array [T, O]
        Columns.
    """

    linear: LinearModel
    cut: IntArray
    slices: IntArray
    instances: IntArray
    rate: IntArray

    def counts(self, x: FloatArray) -> tuple[IntArray, IntArray, IntArray]:
        """Return GPUs on [T], slices [T, P] and instances [T, O] of a solution."""
        whole = np.rint(x).astype(np.int64)
        return whole[self.cut].sum(axis=1), whole[self.slices], whole[self.instances]


def pattern_model(options: Options) -> PatternModel:
    """Return the pattern form of an instance; a GPU that is on is cut in one of the maximal ways, or stays empty."""
    instance = options.instance
    geometry = instance.geometry
    patterns = np.unique([layout_counts(geometry, layout) for layout in maximal_layouts(geometry)], axis=0)
    periods, profiles, count = instance.periods, len(geometry.profiles), options.count
    services, sizes = len(instance.services), len(instance.pool_sizes)
    most = int(patterns.sum(axis=1).max()) * instance.gpus
    standing = options.on_cost - options.off_cost
    builder = ModelBuilder(offset=float(instance.gpus * options.off_cost.sum()))

    cut = builder.add_columns(
        "cut", (periods, len(patterns)), cost=standing[:, None], upper=instance.gpus, integer=True)
    slices = builder.add_columns("slices", (periods, profiles), upper=most, integer=True)
    placed = builder.add_columns("instances", (periods, count), upper=most, integer=True)
    rate = builder.add_columns("rate", (periods, count), cost=options.rate_cost.T)
    size = builder.add_columns("size", (periods, services, sizes), upper=1.0, integer=True)

    on = builder.add_rows("on", periods, lower=options.fewest_gpus_on, upper=instance.gpus)
    builder.add_terms(on[:, None], cut, 1.0)
    fit = builder.add_rows("fit", (periods, profiles), upper=0.0)
    builder.add_terms(fit, slices, 1.0)
    builder.add_terms(fit[:, None, :], cut[:, :, None], -patterns[None])
    own = builder.add_rows("own_slice", (periods, profiles), upper=0.0)
    builder.add_terms(own[:, options.profile], placed, 1.0)
    builder.add_terms(own, slices, -1.0)
    load = instance.load_rps.T
    serve = builder.add_rows("serve", (periods, services), lower=load, upper=load)
    builder.add_terms(serve[:, options.service], rate, 1.0)
    one = builder.add_rows("one_size", (periods, services), lower=1.0, upper=1.0)
    builder.add_terms(one[:, :, None], size, 1.0)
    reach = builder.add_rows("reach", (periods, services, sizes), lower=0.0)
    builder.add_terms(reach[:, options.service, :], placed[:, :, None], 1.0)
    # Size one asks for no instance, so that a service without requests needs none.
    needed = np.where(instance.pool_sizes > 1, instance.pool_sizes, 0)
    builder.add_terms(reach, size, -needed[None, None].astype(float))
    bear = builder.add_rows("bear", (periods, count, sizes), upper=0.0)
    builder.add_terms(bear, rate[:, :, None], 1.0)
    builder.add_terms(bear, placed[:, :, None], -options.capacity_rps[None])
    for larger in range(1, sizes):
        builder.add_terms(bear[:, :, :larger], size[:, options.service, larger, None],
                          -load[:, options.service, None])
    if options.late_share.any():
        budget = np.array([service.late_budget for service in instance.services])
        late = builder.add_rows("late", (periods, services), upper=load * budget)
        builder.add_terms(late[:, options.service], rate, options.late_share)
    _add_changes(builder, options, cut, slices)
    return PatternModel(builder.model(), cut, slices, placed, rate)


def _add_changes(builder: ModelBuilder, options: Options, cut: IntArray, slices: IntArray) -> None:
    """Add slices created and removed, and GPUs switched on, with their costs."""
    instance = options.instance
    first = 0 if instance.initial_slices is not None else 1
    before = np.zeros((instance.periods, slices.shape[1]))
    if instance.initial_slices is not None:
        before[0] = instance.initial_slices
    changed = builder.add_columns("changed", slices[first:].shape, cost=options.slice_cost[first:, None])
    for name, sign in (("created", 1.0), ("removed", -1.0)):
        rows = builder.add_rows(name, changed.shape, lower=-sign * before[first:])
        builder.add_terms(rows, changed, 1.0)
        builder.add_terms(rows, slices[first:], -sign)
        builder.add_terms(rows[1 - first:], slices[:-1], sign)
    first = 0 if instance.initial_gpus_on is not None else 1
    on_before = np.zeros(instance.periods)
    on_before[0] = instance.initial_gpus_on or 0
    switched = builder.add_columns("switched", len(cut) - first, cost=options.power_on_cost[first:])
    rows = builder.add_rows("switched_on", len(cut) - first, lower=-on_before[first:])
    builder.add_terms(rows, switched, 1.0)
    builder.add_terms(rows[:, None], cut[first:], -1.0)
    builder.add_terms(rows[1 - first:, None], cut[:-1], 1.0)
