"""HandedOver: a Pyomo model in arrays with the way back from columns and rows to its components."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, overload

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.formulations.highs.linear_model import LinearModel


class NamesOf(Sequence[str]):
    """Names of Pyomo components, written out one by one when they are asked for."""

    def __init__(self, components: list[Any]) -> None:
        self._components = components

    def __call__(self) -> "NamesOf":
        """Return itself: the names of all columns or rows."""
        return self

    def __len__(self) -> int:
        return len(self._components)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [component.name for component in self._components[index]]
        return str(self._components[index].name)


@dataclass(frozen=True, eq=False)
class HandedOver:
    """A Pyomo model in arrays.

    Parameters
    ----------
    model : LinearModel
        The arrays.
    variables : list of Pyomo variables
        One per column.
    constraints : list of Pyomo constraints
        One per row.
    """

    model: LinearModel
    variables: list[Any]
    constraints: list[Any]

    @cached_property
    def _column(self) -> dict[int, int]:
        return {id(variable): column for column, variable in enumerate(self.variables)}

    @cached_property
    def _row(self) -> dict[int, int]:
        return {id(constraint): row for row, constraint in enumerate(self.constraints)}

    def columns_of(self, variable: Any) -> IntArray:
        """Return the columns of a variable in the order of its index set, shape (1,) for a single one."""
        return np.array([self._column[id(entry)] for entry in _members(variable)], dtype=np.int64)

    def rows_of(self, constraint: Any) -> IntArray:
        """Return the rows of a constraint's active members in the order of its index set."""
        rows = [self._row[id(entry)] for entry in _members(constraint) if id(entry) in self._row]
        return np.array(rows, dtype=np.int64)

    def start(self) -> FloatArray:
        """Return the variables' current values as a complete start, shape (columns,).

        Raises
        ------
        InputError
            Naming the variables that have no value.
        """
        values = [variable.value for variable in self.variables]
        missing = [variable for variable, value in zip(self.variables, values, strict=True) if value is None]
        if missing:
            raise InputError("start", [Problem(variable.name, "has no value", "give every variable a value")
                                       for variable in missing[:10]])
        return np.array(values, dtype=np.float64)

    def load(self, x: FloatArray) -> None:
        """Set the variables to a solution, shape (columns,); whole columns to whole numbers."""
        for variable, value in zip(self.variables, self.model.rounded(x).tolist(), strict=True):
            variable.set_value(value, skip_validation=True)


def _members(component: Any) -> list[Any]:
    """Return the members of an indexed component, or the one that a single one is."""
    return list(component.values()) if hasattr(component, "values") else [component]
