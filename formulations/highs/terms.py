"""Terms: the nonzeros of many linear bodies, gathered in batches by C-level list operations."""

from collections.abc import Iterable
from operator import attrgetter, itemgetter
from typing import Any

import numpy as np
from pyomo.core.base import SortComponents
from pyomo.core.expr.numeric_expr import LinearExpression, MonomialTermExpression
from pyomo.core.expr.numvalue import value
from pyomo.repn.linear import LinearRepnVisitor
from pyomo.repn.util import VarRecorder

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.highs.column_index import ColumnIndex

_BATCH = 1 << 16
_arguments = attrgetter("_args_")
_coefficient, _variable = itemgetter(0), itemgetter(1)


class NonlinearTermsError(Exception):
    """A body that is not linear in its free variables."""


class Terms:
    """Collects ``coefficient * variable`` terms of rows.

    Parameters
    ----------
    variables : iterable of Pyomo variables
        They become columns 0, 1, ... in this order; a variable met only in a body is appended.
    """

    def __init__(self, variables: Iterable[Any]) -> None:
        self._index = ColumnIndex(list(variables))
        self._met: dict[int, Any] = {}
        self._walker = LinearRepnVisitor({}, var_recorder=VarRecorder(self._met, SortComponents.deterministic))
        self._clear()

    @property
    def variables(self) -> list[Any]:
        """One per column."""
        return self._index.variables

    def _clear(self) -> None:
        self._batch: list[Any] = []
        self._batch_rows: list[int] = []
        self._batch_counts: list[int] = []
        self._walked_ids: list[int] = []
        self._walked_coefficients: list[float] = []
        self._walked_rows: list[int] = []
        self._walked_counts: list[int] = []
        self._pieces: list[tuple[IntArray, IntArray, FloatArray]] = []
        self._constant_rows: list[int] = []
        self._constants: list[float] = []

    def add(self, row: int, body: Any) -> None:
        """Add all terms of `body` to `row`.

        Raises
        ------
        NonlinearTermsError
            When the body is not linear in the variables that are not fixed.
        """
        if body.__class__ is not LinearExpression:
            self._walk(row, body)
            return
        terms = body.args
        self._batch += terms
        self._batch_rows.append(row)
        self._batch_counts.append(len(terms))
        if len(self._batch) > _BATCH:
            self._flush()

    def close(self, rows: int) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
        """Return row, column and value of each nonzero and the constant of each row, and start anew."""
        self._flush()
        self._flush_walked()
        row, column, coefficient = (
            np.concatenate([piece[part] for piece in self._pieces] or [np.zeros(0, dtype)])
            for part, dtype in enumerate((np.int64, np.int64, np.float64)))
        constants = np.zeros(rows)
        np.add.at(constants, np.array(self._constant_rows, np.int64), np.array(self._constants, np.float64))
        self._clear()
        return row, column, coefficient, constants

    def _walk(self, row: int, body: Any) -> None:
        """Read a body of any other shape with Pyomo's linear walker."""
        found = self._walker.walk_expression(body)
        if found.nonlinear is not None:
            raise NonlinearTermsError
        self._walked_ids += found.linear
        self._walked_coefficients += found.linear.values()
        self._walked_rows.append(row)
        self._walked_counts.append(len(found.linear))
        self._add_constant(row, found.constant)

    def _add_constant(self, row: int, constant: Any) -> None:
        self._constant_rows.append(row)
        self._constants.append(float(value(constant)))

    def _flush_walked(self) -> None:
        """Turn what the walker found into arrays."""
        ids = np.array(self._walked_ids, np.int64)
        rows = np.repeat(np.array(self._walked_rows, np.int64), self._walked_counts)
        columns = self._columns(ids, self._met.values())
        self._pieces.append((rows, columns, np.array(self._walked_coefficients, np.float64)))

    def _flush(self) -> None:
        """Turn the batch of terms into arrays."""
        batch = self._batch
        rows = np.repeat(np.array(self._batch_rows, np.int64), np.array(self._batch_counts, np.int64))
        self._batch, self._batch_rows, self._batch_counts = [], [], []
        if not {MonomialTermExpression}.issuperset(map(type, batch)):
            rows, batch = self._only_products(rows, batch)
        pairs = list(map(_arguments, batch))
        ids = np.fromiter(map(id, map(_variable, pairs)), np.int64, len(pairs))
        self._pieces.append((rows, self._columns(ids, map(_variable, pairs)), _coefficients(pairs)))

    def _only_products(self, rows: IntArray, batch: list[Any]) -> tuple[IntArray, list[Any]]:
        """Take the constants out of a batch and write bare variables as products with 1."""
        kept, products = np.ones(len(batch), dtype=bool), []
        for position, term in enumerate(batch):
            if term.__class__ is MonomialTermExpression:
                products.append(term)
            elif hasattr(term, "is_variable_type") and term.is_variable_type():
                products.append(MonomialTermExpression((1, term)))
            else:
                kept[position] = False
                self._add_constant(int(rows[position]), term)
        return rows[kept], products

    def _columns(self, ids: IntArray, variables: Iterable[Any]) -> IntArray:
        """Return the columns of identities, giving columns to those of `variables` that have none."""
        columns = self._index.find(ids)
        unknown = set(ids[columns < 0].tolist())
        if not unknown:
            return columns
        self._index.append(list({id(entry): entry for entry in variables if id(entry) in unknown}.values()))
        return self._index.find(ids)


def _coefficients(pairs: list[tuple[Any, Any]]) -> FloatArray:
    """Return coefficients as floats, evaluating parameters."""
    try:
        return np.fromiter(map(_coefficient, pairs), np.float64, len(pairs))
    except TypeError:
        return np.array([value(coefficient) for coefficient, _ in pairs], dtype=np.float64)
