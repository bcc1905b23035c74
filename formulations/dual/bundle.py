"""Proximal bundle: ascend a dual function with a model of at most 50 cuts and a quadratic pull to the best prices."""

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.formulations.dual.ascent import Ascent, DualResult, Oracle, Priced
from ecoopt.formulations.dual.master import Gram, MasterSolution, solve_master
from ecoopt.formulations.dual.mixture import Mixture

_SERIOUS = 0.1
_GROW_FROM = 0.5
_PATIENCE = 3


def maximise_by_bundle(
    oracle: Oracle, start: ArrayLike, run: Run, *, lower: ArrayLike = 0.0, upper: ArrayLike = np.inf,
    tolerance: float = 1e-6, cuts: int = 50, first_step: float | None = None,
) -> DualResult:
    """Maximise a concave dual function (minimise a convex one when the run's sense is max).

    Kiwiel 1990, *Proximity control in bundle methods for convex nondifferentiable minimization*, with aggregation
    when the bundle is full. Each iteration costs one subproblem and O(cuts * K) plus a few updates of a Gram matrix.

    Parameters
    ----------
    oracle : callable
        Maps prices, shape (K,), to a Priced: value, subgradient and optionally a payload.
    start : array_like, shape (K,)
        First prices.
    run : Run
        Budget and ledger; every better bound is proven to it at once.
    lower, upper : array_like
        Box of the prices; ``lower=-numpy.inf`` for prices of equations.
    tolerance : float
        End with `proof` when the estimated distance to the best bound is below this share of it.
    cuts : int
        Largest number of cuts, at least 3.
    first_step : float, optional
        First proximal parameter; by default one that aims 5 % higher, or at the run's incumbent.
    """
    ascent = Ascent(oracle, start, run, lower, upper)
    first = ascent.ask(ascent.start)
    bundle = _Bundle(ascent, first, max(cuts, 3), first_step)
    while (reason := run.stop()) is None:
        if bundle.iterate(tolerance):
            reason = Termination.PROOF
            break
    return ascent.result(bundle.mixture(), bundle.residual, reason or Termination.STALLED)


class _Bundle:
    """Cuts, centre and proximal parameter."""

    def __init__(self, ascent: Ascent, first: Priced, most: int, first_step: float | None) -> None:
        self.ascent = ascent
        self.most = most
        self.centre, self.centre_value = ascent.start, first.value
        self.gram = Gram(most, self.centre.size)
        self.values = np.array([first.value])
        self.weights = np.ones(1)
        self.mixtures = [Mixture.of(first.payload)]
        self.gram.set(0, first.subgradient)
        self.solved = np.ones(1)
        free = ascent.movable(self.centre, first.subgradient)
        self.residual = float(np.linalg.norm(free))
        aim = ascent.ceiling - first.value if ascent.ceiling < np.inf else 0.05 * abs(first.value)
        self.step = first_step or max(aim, 1e-3) / max(self.residual**2, 1e-12)
        self.nulls = 0

    def mixture(self) -> Mixture:
        """Return the subproblem's solutions averaged with the last master's multipliers."""
        known = self.solved.size
        return Mixture.combined(self.solved.tolist(), self.mixtures[:known])

    def iterate(self, tolerance: float) -> bool:
        """Do one step; return whether no more than the tolerance can be gained."""
        ascent = self.ascent
        master = solve_master(self.gram, self.values, self.centre, self.centre_value, self.step, ascent.lower,
                              ascent.upper, self.weights)
        self.weights = master.weights
        self.solved = master.weights
        move = master.prices - self.centre
        length = float(np.linalg.norm(move))
        self.residual = length / self.step
        error = max(master.rise - length**2 / self.step, 0.0)
        distance = max(float(np.linalg.norm(self.centre - ascent.start)), length)
        if error + self.residual * distance <= tolerance * max(abs(self.centre_value), 1e-9):
            return True
        answer = ascent.ask(master.prices)
        self._add(answer, master)
        gain = answer.value - self.centre_value
        if gain >= _SERIOUS * master.rise:
            self._move_to(master.prices, answer.value)
            if gain >= _GROW_FROM * master.rise:
                self.step /= max(2 * (1 - gain / max(master.rise, 1e-300)), 0.1)
            self.nulls = 0
        else:
            self.nulls += 1
            if self.nulls >= _PATIENCE and float(self.values[-1]) - self.centre_value > master.rise:
                self.step /= min(2 * (1 - gain / max(master.rise, 1e-300)), 5.0)
                self.nulls = 0
        return False

    def _add(self, answer: Priced, master: MasterSolution) -> None:
        """Add a cut; when the bundle is full, drop one without weight or merge the lightest into their aggregate."""
        value = answer.value + float(answer.subgradient @ (self.centre - master.prices))
        if self.values.size >= self.most:
            self._make_room()
        self.gram.set(self.values.size, answer.subgradient)
        self.values = np.append(self.values, value)
        self.weights = np.append(self.weights, 0.0)
        self.mixtures.append(Mixture.of(answer.payload))

    def _make_room(self) -> None:
        """Free a third of the bundle, keeping the aggregate of all cuts, which is what convergence needs."""
        order = np.argsort(-self.weights, kind="stable")
        keep = np.sort(order[: max(min(2 * self.most // 3, self.most - 2), 1)])
        rest = np.setdiff1d(np.arange(self.values.size), keep)
        share = float(self.weights[rest].sum())
        values, weights = self.values[keep], self.weights[keep]
        mixtures = [self.mixtures[cut] for cut in keep.tolist()]
        aggregate = None
        if share > 0:
            inner = self.weights[rest] / share
            aggregate = inner @ self.gram.slopes[rest]
            values, weights = np.append(values, inner @ self.values[rest]), np.append(weights, share)
            mixtures.append(Mixture.combined(inner.tolist(), [self.mixtures[cut] for cut in rest.tolist()]))
        self.gram.keep(keep)
        if aggregate is not None:
            self.gram.set(keep.size, aggregate)
        self.values, self.weights, self.mixtures, self.solved = values, weights, mixtures, weights

    def _move_to(self, prices: FloatArray, value: float) -> None:
        """Move the centre; cuts are re-read there."""
        self.values = self.values + self.gram.slopes[: self.values.size] @ (prices - self.centre)
        self.centre, self.centre_value = prices, value
