"""Facets of a knapsack polytope, separated exactly: the polar is a small linear program with a knapsack oracle."""

from dataclasses import dataclass, field

import highspy
import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.cuts.bounded_knapsack import FITS, heaviest
from ecoopt.formulations.highs.silent import SilentHighs

ROUNDS = 200
VIOLATION = 1e-3


@dataclass
class KnapsackPolytope:
    """The convex hull of whole points x with ``weights @ x <= capacity`` and ``0 <= x <= most``; K classes.

    Parameters
    ----------
    weights : float array [K]
        Positive.
    most : int array [K]
        Upper bounds.
    capacity : float
        Right-hand side.
    facets : list of float array [K]
        Valid inequalities ``facet @ x <= 1`` found so far.
    """

    weights: FloatArray
    most: IntArray
    capacity: float
    facets: list[FloatArray] = field(default_factory=list)

    def violated(self, x: FloatArray) -> FloatArray | None:
        """Return the most violated inequality known, else a new one, None when `x` lies in the hull (within 1e-3)."""
        if self.facets:
            values = np.array(self.facets) @ x
            if values.max() > 1 + VIOLATION:
                return self.facets[int(values.argmax())]
        facet = self._separate(x)
        if facet is None:
            return None
        self.facets.append(facet)
        return facet

    def _separate(self, x: FloatArray) -> FloatArray | None:
        """Return a lifted facet that cuts off `x`: maximise ``pi @ x`` over pi >= 0 with ``pi @ point <= 1``.

        Points enter as the knapsack oracle finds them (Boyd 1994, Fenchel cuts; Applegate, Cook, Chvatal's local
        cuts).
        """
        active = np.flatnonzero(x > 1e-7)
        whole = np.ceil(x[active] - 1e-7)
        if whole @ self.weights[active] <= self.capacity:
            return None
        weights, most = self.weights[active], self.most[active]
        polar = SilentHighs()  # type: ignore[no-untyped-call]
        polar.setOptionValue("output_flag", False)
        polar.setOptionValue("threads", 1)
        for value in x[active]:
            polar.addVar(0.0, highspy.kHighsInf)
            polar.changeColCost(polar.getNumCol() - 1, -float(value))
        first = np.minimum(most, (self.capacity / weights * (1 + 1e-9)).astype(np.int64))
        for k in range(len(active)):
            polar.addRow(-highspy.kHighsInf, 1.0, 1, np.array([k], np.int32), np.array([max(first[k], 1)], float))
        for _ in range(ROUNDS):
            polar.run()
            pi = np.maximum(np.array(polar.getSolution().col_value), 0.0)
            if pi @ x[active] <= 1 + VIOLATION:
                return None
            bound, point = heaviest(pi, weights, most, self.capacity)
            if bound <= 1 + 1e-9 or pi @ point <= 1 + 1e-9:
                break
            used = np.flatnonzero(point)
            polar.addRow(-highspy.kHighsInf, 1.0, len(used), used.astype(np.int32), point[used].astype(float))
        facet = np.zeros(len(x))
        facet[active] = pi / max(bound, 1.0)
        if facet @ x <= 1 + VIOLATION:
            return None
        return self._lift(facet)

    def _lift(self, facet: FloatArray) -> FloatArray:
        """Raise the coefficients of absent classes one after the other, heaviest first, as far as validity allows."""
        facet = facet.copy()
        for k in np.argsort(-self.weights, kind="stable"):
            if facet[k] > 0 or self.most[k] == 0:
                continue
            coefficient = np.inf
            number = 1
            while number <= self.most[k] and number * self.weights[k] <= self.capacity * (1 + FITS):
                # What counts as fitting is relative to the whole capacity, not to what is left of it.
                room = self.capacity * (1 + FITS) - number * self.weights[k]
                rest, _ = heaviest(facet, self.weights, self.most, room)
                coefficient = min(coefficient, (1 - rest) / number)
                number += 1
            facet[k] = max(0.0, coefficient) if np.isfinite(coefficient) else 0.0
        return facet
