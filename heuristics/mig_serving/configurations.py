"""Configurations: every way to cut one GPU and to put a variant on each slice, Clover's graphs, as one array."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations_with_replacement
from math import comb

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import IntArray
from ecoopt.core.errors import InputError
from ecoopt.heuristics.mig_serving.pairs import Pairs, pairs_of
from ecoopt.instances.mig import MigGeometry, layout_counts, maximal_layouts
from ecoopt.instances.mig_serving import MigServingInstance

MOST = 3_000_000


@dataclass(frozen=True, eq=False)
class Configurations:
    """All configurations of one GPU. G configurations, Q pairs, M partitions, P profiles.

    Parameters
    ----------
    pairs : Pairs
        The columns.
    partitions : int array [M, P]
        Slices of each partition.
    partition : int array [G]
        Of each configuration, increasing.
    counts : int array [G, Q]
        Instances of each pair on a GPU, of one byte each.
    """

    pairs: Pairs
    partitions: IntArray
    partition: IntArray
    counts: NDArray[np.int8]


@lru_cache(maxsize=64)
def partitions_of(geometry: MigGeometry) -> IntArray:
    """Return the distinct slices of GPUs on which nothing more fits, int array [M, P], largest profiles first.

    Fourteen for an A100 without double memory, as in the published code, which lists one of them twice.
    """
    found = {tuple(layout_counts(geometry, layout).tolist()) for layout in maximal_layouts(geometry)}
    return np.array(sorted(found, reverse=True), dtype=np.int64)


@lru_cache(maxsize=2)
def configurations_of(instance: MigServingInstance) -> Configurations:
    """Return all configurations; a slice of a profile that can run nothing stays idle.

    For one service of three variants on an A100 there are 438, of four 1282: those of the published graph.

    Raises
    ------
    InputError
        When there are more than `MOST`.
    """
    pairs, partitions, labels, sizes = _sized(instance)
    if sum(sizes) > MOST:
        raise InputError.one(instance.name, "variants", f"{sum(sizes)} configurations of one GPU are too many to list",
                             "leave variants or profiles out, or use another method")
    parts = [_of_partition(cut, labels, pairs.count) for cut in partitions.tolist()]
    return Configurations(pairs, partitions, np.repeat(np.arange(len(partitions)), sizes), np.concatenate(parts))


def number_of_configurations(instance: MigServingInstance) -> int:
    """Return how many configurations there are, without listing them."""
    return sum(_sized(instance)[3])


def _sized(instance: MigServingInstance) -> tuple[Pairs, IntArray, list[IntArray], list[int]]:
    """Return pairs, partitions, the pairs of each profile, and the number of configurations of each partition."""
    pairs = pairs_of(instance)
    partitions = partitions_of(instance.geometry)
    labels = [pairs.labels(p) for p in range(partitions.shape[1])]
    return pairs, partitions, labels, [_size(cut, labels) for cut in partitions.tolist()]


def _size(cut: list[int], labels: list[IntArray]) -> int:
    """Return the number of configurations of a partition."""
    size = 1
    for count, own in zip(cut, labels, strict=True):
        size *= comb(len(own) + count - 1, count) if len(own) and count else 1
    return size


def _of_partition(cut: list[int], labels: list[IntArray], width: int) -> NDArray[np.int8]:
    """Return the configurations of a partition, int array [.., Q]."""
    rows = np.zeros((1, width), dtype=np.int8)
    for count, own in zip(cut, labels, strict=True):
        if not count or not len(own):
            continue
        chosen = np.array(list(combinations_with_replacement(own.tolist(), count)))
        part = np.zeros((len(chosen), width), dtype=np.int8)
        np.add.at(part, (np.arange(len(chosen))[:, None], chosen), 1)
        rows = (rows[:, None] + part[None]).reshape(-1, width)
    return rows
