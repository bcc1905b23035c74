"""Hand-over: a Pyomo model becomes arrays by reading the terms of `LinearExpression` bodies directly.

A row whose body is a `LinearExpression` (what ``LinearExpression(...)`` and ``sum(c * x)`` give) costs a few list and
dictionary operations per nonzero, all of them run by the interpreter's C code. Any other body goes through Pyomo's own
linear walker, row by row.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

import numpy as np
from pyomo.common.gc_manager import PauseGC
from pyomo.core.base import Block, Constraint, Expression, Objective, Param, RangeSet, Set, Suffix, Var, minimize
from pyomo.core.base.block import BlockData
from pyomo.core.expr.numvalue import value
from pyomo.core.expr.relational_expr import EqualityExpression, RangedExpression
from pyomo.repn.util import categorize_valid_components
from scipy import sparse

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.status import Sense
from ecoopt.formulations.highs.handed_over import HandedOver, NamesOf
from ecoopt.formulations.highs.linear_model import BoolArray, LinearModel
from ecoopt.formulations.highs.terms import NonlinearTermsError, Terms

_NUMBERS = frozenset({int, float})
_bounds_and_domain = attrgetter("_lb", "_ub", "_domain", "_fixed")


def hand_over(model: Any) -> HandedOver:
    """Return the arrays of a Pyomo model, and the way back from columns and rows to its components.

    Every variable of an active block is a column, in order of declaration, also one that appears nowhere; a fixed
    variable is a column whose bounds are its value. Every active constraint is one row, ranges included.
    Time is linear in the nonzeros, about 0.8 µs each for `LinearExpression` bodies.

    Parameters
    ----------
    model : pyomo ConcreteModel or block
        Linear, with at most one active objective (none means a constant 0).

    Raises
    ------
    InputError
        With every nonlinear constraint, unsupported component, fixed variable without a value and wrong number.
    """
    if not isinstance(model, BlockData):
        raise InputError.one("pyomo model", "", f"got {type(model).__name__}", "give a ConcreteModel or a block")
    if not model.is_constructed():
        raise InputError.one(str(model.name), "", "the model is abstract", "give the result of create_instance()")
    with PauseGC():
        return _HandOver(model).result()


class _HandOver:
    """One hand-over in progress."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.problems: list[Problem] = []
        self.terms = Terms(chain.from_iterable(var.values() for var in model.component_objects(Var, active=True)))

    def result(self) -> HandedOver:
        """Return the model in arrays."""
        self._refuse_unknown_components()
        constraints, row_lower, row_upper = self._read_rows()
        rows, columns, values, constants = self.terms.close(len(constraints))
        cost, offset, sense = self._read_objective()
        variables = self.terms.variables
        lower, upper, integer = self._read_columns(variables)
        if self.problems:
            raise InputError(f"model {self.model.name}", self.problems)
        cost = np.concatenate([cost, np.zeros(len(variables) - cost.size)])
        matrix = sparse.coo_array((values, (rows, columns)), shape=(len(constraints), len(variables))).tocsr()
        arrays = LinearModel(
            cost, lower, upper, matrix, row_lower - constants, row_upper - constants, integer=integer, offset=offset,
            sense=sense, column_names=NamesOf(variables), row_names=NamesOf(constraints))
        return HandedOver(arrays, variables, constraints)

    def _refuse_unknown_components(self) -> None:
        """Refuse what has no linear meaning here, rather than leave it out."""
        _, unknown = categorize_valid_components(
            self.model, active=True,
            valid={Block, Constraint, Var, Param, Expression, Set, RangeSet, Objective, Suffix})
        self.problems += [
            Problem(component.name, f"{kind.__name__} cannot be handed over", "deactivate or reformulate it")
            for kind, components in unknown.items() for component in components]

    def _read_rows(self) -> tuple[list[Any], FloatArray, FloatArray]:
        """Read all active constraints into the terms; return them with their bounds."""
        kept: list[Any] = []
        lowers: list[float] = []
        uppers: list[float] = []
        add = self.terms.add
        for constraint in _active_data(self.model, Constraint):
            expression = constraint.expr
            if expression is None:
                continue
            try:
                low, body, high = _bounded(constraint, expression)
                add(len(kept), body)
            except NonlinearTermsError:
                self.problems.append(Problem(constraint.name, "has nonlinear terms", "linearise it"))
            except ValueError as error:
                self.problems.append(Problem(constraint.name, str(error)))
            else:
                kept.append(constraint)
                lowers.append(low)
                uppers.append(high)
        return kept, np.array(lowers, dtype=np.float64), np.array(uppers, dtype=np.float64)

    def _read_objective(self) -> tuple[FloatArray, float, Sense]:
        """Return cost by column, constant and sense."""
        objectives = list(_active_data(self.model, Objective))
        if len(objectives) > 1:
            names = ", ".join(objective.name for objective in objectives)
            self.problems.append(Problem(names, "more than one active objective", "deactivate all but one"))
        if len(objectives) != 1:
            return np.zeros(0), 0.0, Sense.MIN
        objective = objectives[0]
        try:
            self.terms.add(0, objective.expr)
            _, columns, values, constants = self.terms.close(1)
        except NonlinearTermsError:
            self.problems.append(Problem(objective.name, "has nonlinear terms", "linearise the objective"))
            return np.zeros(0), 0.0, Sense.MIN
        sense = Sense.MIN if objective.sense == minimize else Sense.MAX
        cost = np.zeros(len(self.terms.variables))
        np.add.at(cost, columns, values)
        return cost, float(constants[0]), sense

    def _read_columns(self, variables: list[Any]) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Return bounds and integrality of all variables."""
        if not variables:
            return np.zeros(0), np.zeros(0), np.zeros(0, dtype=bool)
        lowers, uppers, domains, fixed = zip(*map(_bounds_and_domain, variables), strict=True)
        identity = np.fromiter(map(id, domains), np.int64, len(domains))
        _, first, kind = np.unique(identity, return_index=True, return_inverse=True)
        ranges = np.array([domains[at].bounds() for at in first], dtype=np.float64)
        whole = np.array([variables[at].is_integer() for at in first], dtype=bool)
        for at in first[[not (variables[at].is_integer() or variables[at].is_continuous()) for at in first]]:
            self.problems.append(Problem(variables[at].name, f"domain {domains[at]} is no range of numbers",
                                         "use a real, an integer or a binary domain"))
        lower = np.fmax(_optional_numbers(lowers), ranges[kind, 0])
        upper = np.fmin(_optional_numbers(uppers), ranges[kind, 1])
        integer = whole[kind]
        for column in np.flatnonzero(fixed).tolist():
            number = variables[column].value
            if number is None:
                self.problems.append(Problem(variables[column].name, "is fixed without a value", "give it a value"))
            lower[column] = upper[column] = np.nan if number is None else number
            integer[column] = False
        lower[np.isnan(lower)], upper[np.isnan(upper)] = -np.inf, np.inf
        return lower, upper, integer


def _active_data(model: Any, kind: Any) -> Iterable[Any]:
    """Return every active constraint or objective once, in order of declaration."""
    components = list(model.component_objects(kind, active=True))
    data = [entry for component in components for entry in component.values() if entry.active]
    if any(component.is_reference() for component in components):
        data = list({id(entry): entry for entry in data}.values())
    return data


def _bounded(constraint: Any, expression: Any) -> tuple[Any, Any, Any]:
    """Return lower bound, body and upper bound of a constraint, numbers where it is cheap to see them."""
    kind = expression.__class__
    if kind is not RangedExpression:
        left, right = expression.args
        if right.__class__ in _NUMBERS:
            return right if kind is EqualityExpression else -np.inf, left, right
        if left.__class__ in _NUMBERS:
            return left, right, left if kind is EqualityExpression else np.inf
    low, body, high = constraint.to_bounded_expression(evaluate_bounds=True)
    return -np.inf if low is None else low, body, np.inf if high is None else high


def _optional_numbers(bounds: Sequence[Any]) -> FloatArray:
    """Return bounds as floats, NaN where there is none, evaluating parameters."""
    try:
        return np.array(bounds, dtype=np.float64)
    except TypeError:
        return np.array([None if bound is None else value(bound) for bound in bounds], dtype=np.float64)
