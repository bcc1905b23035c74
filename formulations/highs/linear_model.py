"""LinearModel: a mixed-integer linear model as arrays, the one thing the HiGHS driver is given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.status import Sense

Names = Callable[[], Sequence[str]]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class LinearModel:
    """Optimise ``cost @ x + offset`` subject to ``row_lower <= matrix @ x <= row_upper`` and ``lower <= x <= upper``.

    Parameters
    ----------
    cost : array of float, shape (n,)
        Objective coefficient of each column.
    lower, upper : array of float, shape (n,)
        Bounds of each column; infinite where there is none. ``lower > upper`` is allowed and means infeasible.
    matrix : scipy sparse array, shape (m, n)
        Stored as CSR with sorted indices, without duplicates and explicit zeros.
    row_lower, row_upper : array of float, shape (m,)
        Bounds of each row; infinite where there is none.
    integer : array of bool, shape (n,), optional
        Columns that must be whole; none when left out or empty.
    offset : float
        Constant of the objective.
    sense : Sense
        Direction of the objective.
    column_names, row_names : callable, optional
        Return the names of all columns or rows; called only when a name is asked for.

    Raises
    ------
    InputError
        With every array whose shape or entries cannot be used.
    """

    cost: FloatArray
    lower: FloatArray
    upper: FloatArray
    matrix: Any
    row_lower: FloatArray
    row_upper: FloatArray
    integer: BoolArray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    offset: float = 0.0
    sense: Sense = Sense.MIN
    column_names: Names | None = None
    row_names: Names | None = None

    def __post_init__(self) -> None:
        for name in ("cost", "lower", "upper", "row_lower", "row_upper"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float64))
        n = self.cost.size
        whole = np.asarray(self.integer, dtype=bool)
        object.__setattr__(self, "integer", whole if whole.size else np.zeros(n, dtype=bool))
        object.__setattr__(self, "matrix", _canonical(self.matrix))
        problems = list(self._problems())
        if problems:
            raise InputError("linear model", problems)

    def _problems(self) -> list[Problem]:
        n, m = self.cost.size, self.row_lower.size
        wrong = [
            Problem(name, f"has shape {array.shape}, expected ({size},)", "give one entry per " + of)
            for name, array, size, of in (
                ("cost", self.cost, n, "column"), ("lower", self.lower, n, "column"),
                ("upper", self.upper, n, "column"), ("integer", self.integer, n, "column"),
                ("row_lower", self.row_lower, m, "row"), ("row_upper", self.row_upper, m, "row"))
            if array.shape != (size,)]
        if self.matrix.shape != (m, n):
            wrong.append(Problem("matrix", f"has shape {self.matrix.shape}, expected ({m}, {n})",
                                 "give one row per row bound and one column per cost"))
        if wrong:
            return wrong
        finite, below, above = "must be finite", "must be below infinity", "must be above minus infinity"
        checks: list[tuple[str, Any, str, Callable[[int], str]]] = [
            ("cost", ~np.isfinite(self.cost), finite, self.column_name),
            ("lower", np.isnan(self.lower) | (self.lower == np.inf), below, self.column_name),
            ("upper", np.isnan(self.upper) | (self.upper == -np.inf), above, self.column_name),
            ("row_lower", np.isnan(self.row_lower) | (self.row_lower == np.inf), below, self.row_name),
            ("row_upper", np.isnan(self.row_upper) | (self.row_upper == -np.inf), above, self.row_name),
            ("matrix", ~np.isfinite(self.matrix.data), finite, self._row_of_entry),
            ("offset", np.array([not np.isfinite(self.offset)]), finite, lambda _: "the objective")]
        for part, bad, rule, name_of in checks:
            if bad.any():
                wrong.append(Problem(part, f"entry of {name_of(int(bad.argmax()))} {rule} ({int(bad.sum())} such)",
                                     "correct the coefficient"))
        return wrong

    def _row_of_entry(self, entry: int) -> str:
        return self.row_name(int(np.searchsorted(self.matrix.indptr, entry, side="right")) - 1)

    @property
    def columns(self) -> int:
        """Number of columns."""
        return self.cost.size

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.row_lower.size

    @property
    def is_mip(self) -> bool:
        """Whether any column must be whole."""
        return bool(self.integer.any())

    def column_name(self, index: int) -> str:
        """Return the name of a column, ``x[index]`` when the model has no names."""
        return f"x[{index}]" if self.column_names is None else self.column_names()[index]

    def row_name(self, index: int) -> str:
        """Return the name of a row, ``row[index]`` when the model has no names."""
        return f"row[{index}]" if self.row_names is None else self.row_names()[index]

    def objective(self, x: FloatArray) -> float:
        """Return the objective at `x`, shape (n,)."""
        return float(self.cost @ x) + self.offset

    def rounded(self, x: FloatArray) -> FloatArray:
        """Return a copy of `x` with whole columns rounded to whole numbers."""
        whole = np.array(x, dtype=np.float64)
        whole[self.integer] = np.rint(whole[self.integer])
        return whole

    def violation(self, x: FloatArray) -> float:
        """Return by how much `x` breaks a row, a bound or integrality at most, 0 when it breaks none.

        A row's violation is divided by ``max(1, |bound|)``, as rounding grows with the size of what is summed.
        """
        row = self.matrix @ x
        return max(_excess(self.row_lower, row), _excess(row, self.row_upper, by_upper=True),
                   _excess(self.lower, x), _excess(x, self.upper, by_upper=True),
                   float(np.abs(x - np.rint(x))[self.integer].max(initial=0.0)))

    def relaxed(self) -> "LinearModel":
        """Return the same model without integrality."""
        return replace(self, integer=np.zeros(self.columns, dtype=bool))

    def replaced(self, **changes: Any) -> "LinearModel":
        """Return a copy with some fields changed, checked anew."""
        return replace(self, **changes)


def _excess(small: FloatArray, large: FloatArray, by_upper: bool = False) -> float:
    """Return the largest relative excess of `small` over `large`; the bound among the two scales it."""
    bound = large if by_upper else small
    with np.errstate(invalid="ignore"):
        over = (small - large) / np.where(np.isfinite(bound), np.maximum(1.0, np.abs(bound)), 1.0)
    over[~np.isfinite(bound)] = 0.0
    worst = over.max(initial=0.0)
    return float("inf") if np.isnan(worst) else float(worst)


def _canonical(matrix: Any) -> Any:
    """Return a CSR array with sorted unique indices and no explicit zero; the caller's matrix is left as it is."""
    result = sparse.csr_array(matrix, dtype=np.float64)
    if not result.has_canonical_format or (result.nnz and not result.data.all()):
        result = result.copy()
        result.sum_duplicates()
        result.eliminate_zeros()
    return result
