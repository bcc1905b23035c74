"""Changes: what it costs to go from one configuration to another, and how long it pauses the service."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.spot_parallel.placing import least_moved_rows, needed_and_kept_rows
from ecoopt.instances.spot_parallel.schema import SpotParallelInstance


class Changes:
    """What changes between configurations cost, and how long they pause the service, nothing of time in it.

    Parameters
    ----------
    instance : SpotParallelInstance
        What was asked.
    """

    CUT_SHORT = "time ended before it was known what changes move"
    """Why there is no schedule when a method had no time to work that out."""

    def __init__(self, instance: SpotParallelInstance) -> None:
        self.instance = instance
        self.family = _families(instance)
        same = self.family[:, None] == self.family
        usd = np.where(same, instance.resize_usd, instance.reshape_usd)
        pause_s = np.where(same, instance.resize_s, instance.reshape_s)
        for table in (usd, pause_s):
            np.fill_diagonal(table, 0.0)
        self.short = usd, pause_s
        self._moved: list[FloatArray] = []
        self._kept: list[tuple[FloatArray, FloatArray]] = []
        self._moved_to_come = least_moved_rows(instance)
        self._kept_to_come = needed_and_kept_rows(instance)

    def ready(self, stop: Callable[[], Any]) -> bool:
        """Work out what changes move until it is known or `stop` returns a reason; return whether it is known."""
        instance = self.instance
        if instance.bandwidth_gb_per_s is None:
            return True
        tasks: tuple[list[Any], Any] = (self._moved, self._moved_to_come) if instance.alive is None else (
            self._kept, self._kept_to_come)
        while len(tasks[0]) < instance.configs:
            if stop() is not None:
                return False
            tasks[0].append(next(tasks[1]))
        return True

    @cached_property
    def least(self) -> tuple[FloatArray, FloatArray]:
        """Cost and pause of each change with as little moved as can be, float arrays [C, C]."""
        usd, pause_s = self.short
        if self.instance.bandwidth_gb_per_s is not None:
            self._moved.extend(self._moved_to_come)
            pause_s = pause_s + self.moving_s(np.array(self._moved))
        return usd, np.minimum(pause_s, float(self.instance.step_s))

    @cached_property
    def _kept_gb(self) -> tuple[FloatArray, FloatArray]:
        """What each change needs [C, C], and the most of it that 0, 1, ... GPUs have kept [C, C, GPUs + 1]."""
        self._kept.extend(self._kept_to_come)
        needed, kept = zip(*self._kept, strict=True)
        return np.array(needed), np.array(kept)

    def pause_s(self, old: IntArray, new: IntArray, keepers: IntArray) -> FloatArray:
        """Return the pause of each change when at most so many GPUs have kept what they held, all broadcast."""
        needed, kept = self._kept_gb
        moved = needed[old, new] - kept[old, new, np.minimum(keepers, kept.shape[2] - 1)]
        return np.asarray(np.minimum(self.short[1][old, new] + self.moving_s(moved), float(self.instance.step_s)))

    def moving_s(self, moved: FloatArray) -> FloatArray:
        """Return the pauses that moving so many gigabytes makes."""
        assert self.instance.bandwidth_gb_per_s is not None
        return np.asarray(np.maximum(moved / self.instance.bandwidth_gb_per_s - self.instance.grace_s, 0.0))


def _families(instance: SpotParallelInstance) -> IntArray:
    """Return a number for each configuration, the same for those that differ in replicas alone; off is apart."""
    numbers: dict[tuple[int, ...], int] = {}
    shapes = zip(instance.data.tolist(), instance.pipeline.tolist(), instance.tensor.tolist(), instance.batch.tolist(),
                 strict=True)
    return np.array([numbers.setdefault((c, 0, 0, 0) if data == 0 else (-1, *shape), len(numbers))
                     for c, (data, *shape) in enumerate(shapes)], dtype=np.int64)
