"""Complaints: the problems of one file, gathered row by row and raised together, a readable number of them."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import IntArray
from ecoopt.core.errors import InputError, Problem

SHOWN = 20


class Complaints:
    """Problems found in one input.

    Parameters
    ----------
    source : str
        The file.
    row_label : str
        How a row is named, with ``{}`` for its number: ``row {}`` or ``data[{}]``.
    """

    def __init__(self, source: str, row_label: str = "row {}") -> None:
        self.source = source
        self.row_label = row_label
        self._problems: list[Problem] = []
        self._more = 0

    def add(self, field: str, message: str, mend: str = "") -> None:
        """Note one problem; those after the first 20 are only counted."""
        if len(self._problems) < SHOWN:
            self._problems.append(Problem(field, message, mend))
        else:
            self._more += 1

    def rows(self, bad: NDArray[np.bool_], row: IntArray, column: str, message: Callable[[int], str],
             mend: str) -> None:
        """Note a problem in each row where `bad` holds; `message` is given the position."""
        where = np.flatnonzero(bad)
        room = max(0, SHOWN - len(self._problems))
        for position in where[:room]:
            label = self.row_label.format(int(row[position]))
            self._problems.append(Problem(f"{label}{', ' if column else ''}{column}", message(int(position)), mend))
        self._more += max(0, len(where) - room)

    def refuse(self) -> None:
        """Raise InputError when there are problems."""
        if self._problems:
            more = [Problem("", f"... and {self._more} more")] if self._more else []
            raise InputError(self.source, self._problems + more)
