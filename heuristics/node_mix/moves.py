"""Moves of a mix: a choice changes its option, two choices change at once, machines are swapped for others."""

from collections.abc import Iterator

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.node_mix.mix import Mix, Move
from ecoopt.instances.node_mix import TOLERANCE

_WISHES = 64


class _OnMix:
    """Moves of one mix."""

    def __init__(self, mix: Mix) -> None:
        self.mix = mix

    def delta(self, move: Move) -> float:
        """Return by how much a move changes the objective, infinite where it cannot be made."""
        mix = self.mix
        for option, new in move:
            if mix.tables.chosen[option] and 0 < new < mix.tables.least[option]:
                return np.inf
        return mix.delta(move)

    def apply(self, move: Move) -> None:
        """Make a move."""
        self.mix.apply(move)

    def swaps(self) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
        """Return options that choices could take, those they have, and the change of carbon and of each use [K, n]."""
        mix = self.mix
        options = mix.choice_options
        held = options[mix.count[options] > 0]
        now = held[mix.place] if len(held) == len(mix.starts) else options
        worth = mix.tables.usable[options] & (options != now)
        options, now = options[worth], now[worth]
        least = mix.tables.least
        kg = mix.total_kg[options] - mix.tables.machine_kg[now] * mix.count[now] - mix.tables.choice_kg[now]
        use = mix.uses[:, options] * least[options] - mix.uses[:, now] * mix.count[now]
        return options, now, kg, use

    def swap(self, option: int, now: int) -> Move:
        """Return the move by which a choice changes its option."""
        return ((now, 0), (option, int(self.mix.tables.least[option])))


class Swaps(_OnMix):
    """A choice changes its option."""

    def moves(self) -> Iterator[Move]:
        """Return the changes that lower the carbon and fit, by falling gain."""
        options, now, kg, use = self.swaps()
        fits = (self.mix.used[:, None] + use <= np.maximum(1 + TOLERANCE, self.mix.used[:, None])).all(axis=0)
        good = np.flatnonzero(fits & (kg < 0))
        for i in good[np.argsort(kg[good], kind="stable")].tolist():
            yield self.swap(int(options[i]), int(now[i]))


class PairSwaps(_OnMix):
    """Two choices change at once, the one making room for the other."""

    def moves(self) -> Iterator[Move]:
        """Return for each of the changes most wished for, the one of another choice that pays for it best."""
        mix = self.mix
        options, now, kg, use = self.swaps()
        wished = np.flatnonzero(kg < 0)
        for i in wished[np.argsort(kg[wished], kind="stable")[:_WISHES]].tolist():
            both = mix.used[:, None] + use[:, [i]] + use
            fits = (both <= np.maximum(1 + TOLERANCE, mix.used[:, None])).all(axis=0) & (now != now[i])
            sums = np.where(fits, kg + kg[i], np.inf)
            partner = int(np.argmin(sums)) if len(sums) else 0
            if len(sums) and sums[partner] < 0:
                yield (*self.swap(int(options[i]), int(now[i])),
                       *self.swap(int(options[partner]), int(now[partner])))


class Machines(_OnMix):
    """Machines of one option go, as many of another as floors and demands need come instead, or none."""

    def moves(self) -> Iterator[Move]:
        """Return the exchanges of 1, 2, 4, ... and all machines of an option for others."""
        mix = self.mix
        tables = mix.tables
        countable = np.flatnonzero((mix.gives > 0).any(axis=0) & (~tables.chosen | (mix.count > 0)) & (mix.most > 0))
        for i in countable[mix.count[countable] > 0].tolist():
            spare = int(mix.count[i]) - int(tables.least[i] if tables.chosen[i] else 0)
            taken = {1 << power for power in range(spare.bit_length())} | {spare}
            for off in sorted(entry for entry in taken if 0 < entry <= spare):
                short = np.maximum(1 - TOLERANCE - (mix.given - off * mix.gives[:, i]), 0.0)
                rows = short > 0
                if not rows.any():
                    yield ((i, int(mix.count[i]) - off),)
                    continue
                with np.errstate(divide="ignore"):
                    needed = np.ceil((short[rows, None] / mix.gives[rows][:, countable]).max(axis=0) * (1 - 1e-12))
                cheap = needed * tables.machine_kg[countable] < off * tables.machine_kg[i]
                for j in np.flatnonzero(cheap & (countable != i)).tolist():
                    other = int(countable[j])
                    yield ((i, int(mix.count[i]) - off), (other, int(mix.count[other] + needed[j])))
