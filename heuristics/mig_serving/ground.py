"""Ground: the options of an instance as arrays for compiled loops, services one after the other, hours as rows."""

from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.mig import count_rows
from ecoopt.instances.mig_serving import MigServingInstance
from ecoopt.instances.mig_serving.options import options_of


class Ground(NamedTuple):
    """What the loops over moves read. O options, K services, B pool sizes, P profiles, R count rows, T periods.

    Parameters
    ----------
    order : int array [O]
        Option of the instance's `Options` that each option here is; by service.
    first : int array [K + 1]
        First option of each service.
    profile : int array [O]
        Of each option.
    capacity : float array [O, B]
        Requests per second that an instance may be sent.
    late : float array [O]
        Share of requests that are late in any case.
    cost : float array [T, O]
        Objective of one request per second.
    cheapest : int array [T, O]
        Each service's options by rising cost.
    load, ration : float array [T, K]
        Requests, and late requests allowed, per second.
    sizes : int array [B]
        Pool sizes.
    rows, per_gpu : int array [R, P], [R]
        Slices in these counts fit on n GPUs when ``rows @ slices <= n * per_gpu``.
    on : float array [T]
        Objective of a GPU being on rather than off.
    price : float array [T]
        What slices are paid for by when options are chosen: as a GPU being on, or a tenth of what requests cost for
        each GPU, where that is more. GPUs may cost nothing and still be few.
    change, switch : float array [T + 1]
        Objective of a slice created or removed and of a GPU switched on at the beginning of a period; 0 where that is
        free, and at the end.
    before : int array [1 + P]
        GPUs on and slices before the first period.
    gpus, fewest : int
        Most and fewest GPUs on.
    """

    order: IntArray
    first: IntArray
    profile: IntArray
    capacity: FloatArray
    late: FloatArray
    cost: FloatArray
    cheapest: IntArray
    load: FloatArray
    ration: FloatArray
    sizes: IntArray
    rows: IntArray
    per_gpu: IntArray
    on: FloatArray
    price: FloatArray
    change: FloatArray
    switch: FloatArray
    before: IntArray
    gpus: int
    fewest: int


@lru_cache(maxsize=8)
def ground_of(instance: MigServingInstance) -> Ground:
    """Return the ground of an instance."""
    options, rows = options_of(instance), count_rows(instance.geometry)
    assert rows is not None, "the schema refuses geometries without exact rows"
    order = np.argsort(options.service, kind="stable")
    service = options.service[order]
    first = np.searchsorted(service, np.arange(len(instance.services) + 1))
    cost = np.array(options.rate_cost[order].T, order="C")
    cheapest = np.concatenate([
        begin + np.argsort(cost[:, begin:end], axis=1, kind="stable")
        for begin, end in pairwise(first)], axis=1).astype(np.int64)
    load = np.array(instance.load_rps.T, order="C")
    slices = np.zeros(len(instance.geometry.profiles)) if instance.initial_slices is None else instance.initial_slices
    change, switch = np.append(options.slice_cost, 0.0), np.append(options.power_on_cost, 0.0)
    change[0] *= instance.initial_slices is not None
    switch[0] *= instance.initial_gpus_on is not None
    on = options.on_cost - options.off_cost
    mean = np.array([cost[:, begin:end].mean(axis=1) if end > begin else np.zeros(len(cost))
                     for begin, end in pairwise(first)])
    price = np.maximum(on, 0.1 * (mean.T * load).sum(axis=1) / instance.gpus)
    return Ground(
        order=order, first=first, profile=options.profile[order].astype(np.int64),
        capacity=np.array(options.capacity_rps[order], order="C"), late=options.late_share[order], cost=cost,
        cheapest=cheapest, load=load,
        ration=load * np.array([service.late_budget for service in instance.services]),
        sizes=np.array(instance.pool_sizes), rows=np.array(rows.coefficients), per_gpu=np.array(rows.per_gpu),
        on=on, price=price, change=change, switch=switch,
        before=np.append(instance.initial_gpus_on or 0, slices).astype(np.int64), gpus=instance.gpus,
        fewest=options.fewest_gpus_on)
