"""HighsResult: what one solve found, in the words of ecoopt.core.status."""

from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.gap import gap
from ecoopt.core.status import Sense, Status, Termination


@dataclass(frozen=True, eq=False)
class Basis:
    """A basis of an LP, to start a later solve of a model of the same shape from.

    Parameters
    ----------
    columns, rows : array of int8
        Status of each column and row as HiGHS numbers them: 0 lower, 1 basic, 2 upper, 3 zero, 4 nonbasic.
    """

    columns: Any
    rows: Any

    @classmethod
    def of(cls, solver: highspy.Highs) -> "Basis | None":
        """Return the basis a solver ended with, None when it has none."""
        basis = solver.getBasis()
        if not basis.valid:
            return None
        return cls(np.array([int(entry) for entry in basis.col_status], np.int8),
                   np.array([int(entry) for entry in basis.row_status], np.int8))

    def highs(self) -> highspy.HighsBasis:
        """Return it as HiGHS takes it."""
        basis = highspy.HighsBasis()
        basis.valid = True
        basis.alien = False
        basis.col_status = [highspy.HighsBasisStatus(entry) for entry in self.columns.tolist()]
        basis.row_status = [highspy.HighsBasisStatus(entry) for entry in self.rows.tolist()]
        return basis


@dataclass(frozen=True, eq=False)
class HighsResult:
    """What one solve found.

    Parameters
    ----------
    status, termination : Status, Termination
        What is known, and why the solver stopped.
    sense : Sense
        Direction of the objective.
    x : array of float, shape (columns,), optional
        Best solution, whole columns rounded to whole numbers.
    objective : float, optional
        The model's objective at `x`, after rounding.
    bound : float, optional
        Proven bound on the objective of every solution.
    violation : float
        By how much `x` breaks a row or bound at most, relative to ``max(1, |bound|)``.
    rounding : float
        Change of the objective through rounding and what it took to mend it.
    row_dual : array of float, shape (rows,), optional
        LP only: change of the objective per unit of a row's active bound.
    reduced_cost : array of float, shape (columns,), optional
        LP only: change of the objective per unit of a column's active bound.
    basis : Basis, optional
        LP only.
    start_accepted : bool, optional
        Whether HiGHS took the start; None when there was none.
    nodes, simplex_iterations : int
        Spent.
    seconds : float
        Wall seconds of this solve, loading included.
    settings, versions : dict
        For the record: effective options, defaults included, and versions.
    log : str
        What HiGHS printed.
    """

    status: Status
    termination: Termination
    sense: Sense
    x: FloatArray | None = None
    objective: float | None = None
    bound: float | None = None
    violation: float = 0.0
    rounding: float = 0.0
    row_dual: FloatArray | None = None
    reduced_cost: FloatArray | None = None
    basis: Basis | None = None
    start_accepted: bool | None = None
    nodes: int = 0
    simplex_iterations: int = 0
    seconds: float = 0.0
    primal_dual_integral: float | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    log: str = ""

    @property
    def gap(self) -> float:
        """Proven relative gap by the one formula of ecoopt.core.gap."""
        return gap(self.objective, self.bound, self.sense)

    def details(self) -> dict[str, Any]:
        """Return the figures for an Outcome's details (JSON values)."""
        return {
            "nodes": self.nodes, "simplex_iterations": self.simplex_iterations, "violation": self.violation,
            "rounding": self.rounding, "start_accepted": self.start_accepted,
            "primal_dual_integral": self.primal_dual_integral,
            "settings": {name: value if value != float("inf") else None for name, value in self.settings.items()},
            "versions": self.versions}
