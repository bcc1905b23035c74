"""Baselines: what is done without looking back or ahead, by one decision for all, or without spot GPUs."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.spot_parallel.dynamic import ToCome
from ecoopt.heuristics.spot_parallel.plans import Start, begun, ended, offer, pressed, priced
from ecoopt.instances.spot_parallel import SpotParallelInstance, SpotParallelSchedule
from ecoopt.instances.spot_parallel.placing import placed
from ecoopt.instances.spot_parallel.tables import Tables

SHARES = (1.0, 0.5, 0.25, 0.125, 0.0)
"""Shares of a change's cost that the greedy counts."""


def greedy(instance: SpotParallelInstance, run: Run, *, seed: int, start: Start) -> Outcome:
    """Take at each node, parents first, what is cheapest for it and a share of the change before it.

    A change may pay for longer than a node: shares of its cost from all to nothing are tried. With budgets, what they
    limit has one price, which is searched. An iteration is a share and a price. Ignores `seed`.
    """
    tables = begun(instance, run, start)
    if isinstance(tables, Outcome):
        return tables
    for share in SHARES:
        if run.stop() is not None:
            break
        pressed(tables, run, partial(forward_at, tables, share))
    return ended(run)


def myopic(instance: SpotParallelInstance, run: Run, *, seed: int, start: Start) -> Outcome:
    """Take at each node what is cheapest for it, whatever changes cost; budgets as `greedy`. Ignores `seed`."""
    tables = begun(instance, run, start)
    if isinstance(tables, Outcome):
        return tables
    pressed(tables, run, lambda price: priced(tables, price).argmin(axis=1))
    return ended(run)


def reparallelise(instance: SpotParallelInstance, run: Run, *, seed: int, start: Start) -> Outcome:
    """Take what is cheapest whenever the number of spot GPUs has changed, and keep to it between; budgets as `greedy`.

    Ignores `seed`.
    """
    tables = begun(instance, run, start)
    if isinstance(tables, Outcome):
        return tables
    parent = instance.parent

    def build(price: FloatArray) -> IntArray:
        config: IntArray = priced(tables, price).argmin(axis=1)
        for nodes in tables.levels[1:]:
            same = nodes[instance.spot_gpus[nodes] == instance.spot_gpus[parent[nodes]]]
            kept = config[parent[same]]
            config[same] = np.where(tables.fits[same, kept], kept, config[same])
        return config

    pressed(tables, run, build)
    return ended(run)


def fixed(instance: SpotParallelInstance, run: Run, *, seed: int, start: Start) -> Outcome:
    """Take one configuration at all nodes where it fits, and what is cheapest at the others: the best of all these.

    An iteration is a configuration. Ignores `seed`.
    """
    tables = begun(instance, run, start)
    if isinstance(tables, Outcome):
        return tables
    cheapest = tables.cost_usd.argmin(axis=1)
    for c in range(instance.configs):
        if run.stop() is not None:
            break
        run.tick(1, 1)
        offer(tables, run, np.where(tables.fits[:, c], c, cheapest))
    return ended(run)


def rerouting(instance: SpotParallelInstance, run: Run, *, seed: int, start: Start) -> Outcome:
    """Keep stages, shards and batch, and change replicas alone, as well as can be: the best of all shapes.

    Where none of a shape fits, the service is off, or all is allowed if it cannot be. An iteration is a shape and a
    price of the budgets. Ignores `seed`.
    """
    tables = begun(instance, run, start)
    if isinstance(tables, Outcome):
        return tables
    for allowed in _shapes(tables):
        def build(price: FloatArray, allowed: FloatArray = allowed) -> IntArray:
            return ToCome(tables, priced(tables, price) + allowed).best()

        if run.stop() is not None:
            break
        pressed(tables, run, build)
    return ended(run)


def on_demand_only(instance: SpotParallelInstance, run: Run, *, seed: int, start: Start) -> Outcome:
    """Rent no spot GPU; configurations by dynamic programming, offered where they keep the budgets. Ignores `seed`."""
    tables = begun(instance, run, start)
    if isinstance(tables, Outcome):
        return tables
    dearer = (instance.on_demand_usd_per_gpu_h - instance.spot_usd_per_gpu_h) * instance.probability
    more = dearer[:, None] * (instance.gpus - tables.on_demand) * (instance.step_s / 3600)
    own = np.where(instance.gpus <= instance.most_on_demand, tables.cost_usd + more, np.inf)
    run.tick(1, 1)
    if not np.isfinite(own).any(axis=1).all():
        return run.outcome(reason="not enough on-demand GPUs can be had for any configuration")
    config = ToCome(tables, own).best()
    extra = instance.gpus[config]
    schedule = SpotParallelSchedule(config=config, on_demand=extra, slot=None if instance.alive is None else placed(
        instance, config, extra, foresight=True))
    used = tables.used(config)
    if instance.budget_usd is not None:
        used[0] += float(more[np.arange(instance.nodes), config].sum())
    if (used <= tables.most).all():
        run.offer(tables.schedule_usd(schedule), schedule)
    return ended(run)


def forward_at(tables: Tables, share: float, price: FloatArray) -> IntArray:
    """Return the configurations of `forward` at prices of the budgets [B]."""
    return forward(tables, priced(tables, price), share)


def forward(tables: Tables, own_usd: FloatArray, weight: FloatArray | float = 1.0) -> IntArray:
    """Return the configurations that are cheapest at each node and for so many times the change before it.

    Parameters
    ----------
    tables : Tables
        Of the instance.
    own_usd : float array [..., N, C]
        Costs of nodes without changes; several tables at once in leading dimensions.
    weight : float array [...] or float
        How often changes count, for each of these.

    Returns
    -------
    int array [..., N]
        Configurations.
    """
    config = np.empty(own_usd.shape[:-1], dtype=np.int64)
    parent, every = tables.instance.parent, np.arange(own_usd.shape[-1])
    times = np.asarray(weight)[..., None, None]
    for level, nodes in enumerate(tables.levels):
        row = own_usd[..., nodes, :]
        if level:
            row = row + times * tables.step_usd(nodes[:, None], config[..., parent[nodes], None], every)
        config[..., nodes] = row.argmin(axis=-1)
    return config


def _shapes(tables: Tables) -> Iterator[FloatArray]:
    """Yield for each shape what is allowed: 0, or infinity where not, float array [N, C]."""
    off = tables.instance.data == 0
    for kind in np.unique(tables.family[~off]).tolist():
        own = tables.fits & (tables.family == kind)
        off_or_all = np.where((tables.fits & off).any(axis=1)[:, None], off, True)
        yield np.where(np.where(own.any(axis=1)[:, None], own | off, off_or_all), 0.0, np.inf)
