"""Rounding: homes from how far entities belong together, mended by the best moves and swaps until none is left."""

from collections.abc import Callable

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.graph_partition import GraphPartitionInstance, resources

_GAIN = 1e-9


class Rounding:
    """Homes of one epoch by kept weight; for graphs small enough for arrays [n, n].

    Parameters
    ----------
    instance : GraphPartitionInstance
        What is asked.
    """

    def __init__(self, instance: GraphPartitionInstance) -> None:
        limits = resources(instance)
        n = instance.entities
        self._weight = np.zeros((n, n))
        self._weight[instance.edge_u, instance.edge_v] = instance.edge_weight
        self._weight += self._weight.T
        self._need, self._room, self._allowed = limits.need, limits.room, limits.allowed
        scale = np.maximum(self._room.max(axis=0), 1e-12)
        self._size = (self._need / scale).max(axis=1)

    def kept(self, home: IntArray) -> float:
        """Return the weight within devices."""
        return float(self._weight[home[:, None] == home[None, :]].sum()) / 2

    def homes(
        self, together: FloatArray, rng: np.random.Generator, with_device: FloatArray | None = None,
    ) -> IntArray | None:
        """Return homes in the limits, not mended, int array [n]; None where entities do not find room.

        Parameters
        ----------
        together : float array [n, n]
            How far two entities belong together, in 0..1.
        rng : Generator
            Chooses the order: large entities tend to come first.
        with_device : float array [n, K], optional
            How far an entity belongs to a device, in 0..1, where devices differ.

        Notes
        -----
        A partition in zeros and ones comes back as it is, up to names of devices that are alike.
        """
        return self._placed(together, rng, with_device)

    def mended(self, home: IntArray, go_on: Callable[[], bool]) -> IntArray:
        """Return homes of which no move and no swap in the limits keeps more.

        Parameters
        ----------
        home : int array [n]
            Within the limits.
        go_on : callable
            Asked before each step.
        """
        home = home.copy()
        n, devices = self._allowed.shape
        row = np.arange(n)
        used = np.zeros_like(self._room)
        np.add.at(used, home, self._need)
        near = np.zeros((n, devices))
        for k in range(devices):
            near[:, k] = self._weight[:, home == k].sum(axis=1)
        while go_on():
            at_home = near[row, home]
            fits = self._allowed & (used[None, :, :] + self._need[:, None, :] <= self._room).all(axis=2)
            fits[row, home] = False
            move = np.where(fits, near - at_home[:, None], -np.inf)
            best = int(np.argmax(move))
            v, k = divmod(best, devices)
            swap = self._swaps(home, used, near, at_home)
            first, second = divmod(int(np.argmax(swap)), n)
            if max(move[v, k], swap[first, second]) <= _GAIN:
                break
            steps = [(v, k)] if move[v, k] >= swap[first, second] else [
                (first, int(home[second])), (second, int(home[first]))]
            for entity, target in steps:
                near[:, home[entity]] -= self._weight[:, entity]
                near[:, target] += self._weight[:, entity]
                used[home[entity]] -= self._need[entity]
                used[target] += self._need[entity]
                home[entity] = target
        return home

    def _swaps(self, home: IntArray, used: FloatArray, near: FloatArray, at_home: FloatArray) -> FloatArray:
        """Return what each swap gains, float array [n, n], minus infinity where it is not possible."""
        away = near[:, home] - at_home[:, None]  # v to the home of u
        gain = away + away.T - 2 * self._weight
        change = self._need[None, :, :] - self._need[:, None, :]  # at the home of v when u comes for it
        fits = (used[home][:, None, :] + change <= self._room[home][:, None, :]).all(axis=2)
        may = self._allowed[:, home] & self._allowed[:, home].T & fits & fits.T & (home[:, None] != home[None, :])
        swaps: FloatArray = np.where(may, gain, -np.inf)
        return swaps

    def _placed(
        self, together: FloatArray, rng: np.random.Generator, with_device: FloatArray | None,
    ) -> IntArray | None:
        """Return homes that entities take one after another, each with those it belongs to."""
        n, devices = self._allowed.shape
        home = np.full(n, -1)
        used = np.zeros_like(self._room)
        pull = np.zeros((n, devices)) if with_device is None else n * (with_device - 1 / devices)
        centred = together - 1 / devices
        choices = self._allowed.sum(axis=1)
        for v in np.lexsort((rng.random(n) - self._size / max(self._size.mean(), 1e-12), choices > 1)).tolist():
            fits = self._allowed[v] & (used + self._need[v] <= self._room).all(axis=1)
            if not fits.any():
                return None
            k = int(np.argmax(np.where(fits, pull[v], -np.inf)))
            home[v] = k
            used[k] += self._need[v]
            pull[:, k] += centred[:, v]
        return home
