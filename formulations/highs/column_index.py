"""ColumnIndex: from the identity of a Pyomo variable to its column, a million at a time.

A dictionary look-up costs about 0.6 µs per nonzero once the model no longer fits the processor's cache, most of a
hand-over. CPython's ``id`` is an address, and live objects are 16 bytes apart at least, so ``id >> 4`` indexes a
table directly; where the addresses are too scattered or not aligned, a binary search does it.
"""

from typing import Any

import numpy as np

from ecoopt.core.arrays import IntArray

_LARGEST_TABLE_PER_COLUMN = 64
_SMALL_TABLE = 1 << 20


class ColumnIndex:
    """Columns of variables, in the order given and without repeats.

    Parameters
    ----------
    variables : list of Pyomo variables
        Kept alive here, so that identities stay true.
    """

    def __init__(self, variables: list[Any]) -> None:
        self.variables: list[Any] = []
        self._ids = np.zeros(0, np.int64)
        self.append(variables)
        if (self.find(self._ids) != np.arange(self._ids.size)).any():
            self.variables, self._ids = [], np.zeros(0, np.int64)
            self.append(list({id(variable): variable for variable in variables}.values()))

    def _build(self) -> None:
        ids = self._ids
        self._table: IntArray | None = None
        self._order = self._sorted = np.zeros(0, np.int64)
        self._low = int(ids.min(initial=np.iinfo(np.int64).max))
        self._span = (int(ids.max(initial=self._low)) - self._low >> 4) + 1
        if not (ids & 15).any() and self._span <= max(_SMALL_TABLE, _LARGEST_TABLE_PER_COLUMN * ids.size):
            self._table = np.zeros(self._span, np.int32)
            self._table[ids - self._low >> 4] = np.arange(ids.size)
        else:
            self._order = np.argsort(ids)
            self._sorted = ids[self._order]

    def find(self, ids: IntArray) -> IntArray:
        """Return the column of each identity, -1 where it has none; shape of `ids`."""
        if not self._ids.size:
            return np.full(ids.shape, -1)
        if self._table is not None:
            column = self._table[np.clip(ids - self._low >> 4, 0, self._span - 1)]
        else:
            column = self._order[np.minimum(np.searchsorted(self._sorted, ids), self._sorted.size - 1)]
        return np.where(self._ids[column] == ids, column, -1)

    def append(self, variables: list[Any]) -> None:
        """Give the next columns to variables that have none."""
        self.variables = self.variables + variables
        self._ids = np.concatenate([self._ids, np.fromiter(map(id, variables), np.int64, len(variables))])
        self._build()
