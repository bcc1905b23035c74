"""Small problems on which the search engines are tested: binary quadratic programmes that can be enumerated."""

import itertools

import numpy as np

from ecoopt.core.instance import Schedule


class Bits(Schedule):
    """A state as a schedule."""

    family: str = "toy"
    schema_version: int = 1
    bits: tuple[int, ...]


class Flips:
    """Minimise ``x'Qx`` over binary x by flipping single bits; counts what the engines ask of it."""

    def __init__(self, n: int, seed: int, density: float = 1.0) -> None:
        rng = np.random.default_rng([seed, n])
        q = rng.integers(-50, 51, (n, n)) * (rng.random((n, n)) < density)
        self.q = (q + q.T).astype(float)
        self.x = rng.integers(0, 2, n)
        self.deltas = self.applied = 0

    @property
    def n(self) -> int:
        return len(self.x)

    @property
    def elements(self) -> int:
        return self.n

    def value(self, x=None) -> float:
        x = self.x if x is None else np.asarray(x)
        return float(x @ self.q @ x)

    def optimum(self) -> float:
        return min(self.value(x) for x in itertools.product((0, 1), repeat=self.n))

    def flip_delta(self, i: int, x) -> float:
        sign = 1 - 2 * x[i]
        return float(sign * 2 * (self.q[i] @ x) + self.q[i, i])

    def delta(self, i: int) -> float:
        self.deltas += 1
        return self.flip_delta(i, self.x)

    def apply(self, i: int) -> None:
        self.applied += 1
        self.x[i] ^= 1

    def propose(self, rng):
        return int(rng.integers(self.n))

    def moves(self):
        return range(self.n)

    def moves_of(self, element):
        return (element,)

    def touched(self, i: int):
        return [int(j) for j in np.flatnonzero(self.q[i])]

    def snapshot(self):
        return tuple(int(bit) for bit in self.x)

    def restore(self, bits) -> None:
        self.x[:] = bits

    def kick(self, rng) -> float:
        before = self.value()
        for i in rng.choice(self.n, size=2, replace=False):
            self.x[i] ^= 1
        return self.value() - before


class Pairs:
    """Flip two bits of a `Flips` state at once."""

    def __init__(self, flips: Flips) -> None:
        self.flips = flips
        self.deltas = self.applied = 0

    @property
    def elements(self) -> int:
        return self.flips.n

    def delta(self, pair) -> float:
        self.deltas += 1
        i, j = pair
        x = self.flips.x.copy()
        first = self.flips.flip_delta(i, x)
        x[i] ^= 1
        return first + self.flips.flip_delta(j, x)

    def apply(self, pair) -> None:
        self.applied += 1
        for i in pair:
            self.flips.x[i] ^= 1

    def moves(self):
        return itertools.combinations(range(self.flips.n), 2)

    def moves_of(self, element):
        return ((element, other) for other in range(self.flips.n) if other != element)

    def touched(self, pair):
        return sorted({j for i in pair for j in (i, *self.flips.touched(i))})


def decode(bits) -> Bits:
    return Bits(bits=bits)
