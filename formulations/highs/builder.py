"""ModelBuilder: a LinearModel written straight from arrays, block by block, each block with a name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.core.status import Sense
from ecoopt.formulations.highs.linear_model import LinearModel


@dataclass
class ModelBuilder:
    """Collects blocks of columns and rows; ``model()`` gives the LinearModel.

    A block of columns returns its column indices in the block's shape, with which terms are then written::

        builder = ModelBuilder()
        x = builder.add_columns("assign", (jobs, hours), cost=carbon_g, upper=1.0, integer=True)
        once = builder.add_rows("once", jobs, lower=1.0, upper=1.0)
        builder.add_terms(once[:, None], x, 1.0)

    Parameters
    ----------
    sense : Sense
        Direction of the objective.
    offset : float
        Constant of the objective.
    """

    sense: Sense = Sense.MIN
    offset: float = 0.0
    _columns: list[tuple[str, tuple[int, ...], tuple[FloatArray, ...]]] = field(default_factory=list)
    _rows: list[tuple[str, tuple[int, ...], tuple[FloatArray, ...]]] = field(default_factory=list)
    _terms: list[tuple[IntArray, IntArray, FloatArray]] = field(default_factory=list)
    _column_count: int = 0
    _row_count: int = 0

    def add_columns(
        self, name: str, shape: int | tuple[int, ...], *, cost: ArrayLike = 0.0, lower: ArrayLike = 0.0,
        upper: ArrayLike = np.inf, integer: ArrayLike = False,
    ) -> IntArray:
        """Add a block of columns and return their indices in the shape given.

        Parameters
        ----------
        name : str
            Its columns are called ``name[i,j]``.
        shape : int or tuple of int
            Shape of the block.
        cost, lower, upper, integer : array_like
            Broadcast to `shape`.

        Raises
        ------
        InputError
            When an array does not broadcast to the shape.
        """
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        parts = {"cost": cost, "lower": lower, "upper": upper, "integer": integer}
        arrays = tuple(_spread(f"{name}.{part}", value, shape) for part, value in parts.items())
        self._columns.append((name, shape, arrays))
        indices = np.arange(self._column_count, self._column_count + int(np.prod(shape))).reshape(shape)
        self._column_count += indices.size
        return indices

    def add_rows(
        self, name: str, shape: int | tuple[int, ...], *, lower: ArrayLike = -np.inf, upper: ArrayLike = np.inf,
    ) -> IntArray:
        """Add a block of rows and return their indices in the shape given; see `add_columns`."""
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        parts = {"lower": lower, "upper": upper}
        arrays = tuple(_spread(f"{name}.{part}", value, shape) for part, value in parts.items())
        self._rows.append((name, shape, arrays))
        indices = np.arange(self._row_count, self._row_count + int(np.prod(shape))).reshape(shape)
        self._row_count += indices.size
        return indices

    def add_terms(self, rows: ArrayLike, columns: ArrayLike, coefficients: ArrayLike) -> None:
        """Add ``coefficient * column`` to each row; the three broadcast together, repeated pairs add up.

        Raises
        ------
        InputError
            When the shapes do not broadcast or an index names no row or column.
        """
        try:
            row, column, value = np.broadcast_arrays(np.asarray(rows), np.asarray(columns), np.asarray(coefficients))
        except ValueError:
            shapes = ", ".join(str(np.shape(part)) for part in (rows, columns, coefficients))
            raise InputError.one("linear model", "terms", f"shapes {shapes} do not broadcast together",
                                 "give rows, columns and coefficients of matching shapes") from None
        for what, index, count in (("row", row, self._row_count), ("column", column, self._column_count)):
            if index.size and (index.dtype.kind not in "iu" or index.min() < 0 or index.max() >= count):
                raise InputError.one("linear model", "terms", f"an index names no {what} among {count}",
                                     f"use the indices that add_{what}s returned")
        indices = row.ravel().astype(np.int64), column.ravel().astype(np.int64)
        self._terms.append((*indices, value.ravel().astype(np.float64)))

    def model(self) -> LinearModel:
        """Return the model collected so far; takes time linear in its nonzeros."""
        cost, lower, upper, integer = _joined([arrays for _, _, arrays in self._columns], 4)
        row_lower, row_upper = _joined([arrays for _, _, arrays in self._rows], 2)
        if self._terms:
            row, column, value = (np.concatenate(parts) for parts in zip(*self._terms, strict=True))
        else:
            row, column, value = np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
        matrix = sparse.coo_array((value, (row, column)), shape=(self._row_count, self._column_count)).tocsr()
        return LinearModel(
            cost, lower, upper, matrix, row_lower, row_upper, integer=integer.astype(bool), offset=self.offset,
            sense=self.sense, column_names=_names([(name, shape) for name, shape, _ in self._columns]),
            row_names=_names([(name, shape) for name, shape, _ in self._rows]))


def _spread(source: str, value: ArrayLike, shape: tuple[int, ...]) -> FloatArray:
    """Return `value` broadcast to `shape` and flattened."""
    try:
        return np.broadcast_to(np.asarray(value, dtype=np.float64), shape).ravel()
    except ValueError:
        raise InputError.one("linear model", source, f"shape {np.shape(value)} does not broadcast to {shape}",
                             "give a number or an array of the block's shape") from None


def _joined(blocks: list[tuple[FloatArray, ...]], parts: int) -> list[NDArray[np.float64]]:
    return [np.concatenate([block[part] for block in blocks] or [np.zeros(0)]) for part in range(parts)]


def _names(blocks: list[tuple[str, tuple[int, ...]]]) -> Callable[[], list[str]]:
    """Return a function that writes out all names at its first call and remembers them."""
    made: list[str] = []

    def names() -> list[str]:
        if not made:
            made.extend(
                f"{name}[{','.join(map(str, index))}]" if shape else name
                for name, shape in blocks for index in product(*map(range, shape)))
        return made

    return names
