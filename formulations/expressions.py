"""Linear expressions for Pyomo, written as the one form that is quick to build and to hand over."""

from collections.abc import Sequence
from typing import Any

from pyomo.core.expr.numeric_expr import LinearExpression


def linear(coefficients: Sequence[float], variables: Sequence[Any], constant: float = 0.0) -> Any:
    """Return ``constant + sum_k coefficients[k] * variables[k]``; plain Python numbers are quickest."""
    return LinearExpression(constant=constant, linear_coefs=coefficients, linear_vars=variables)
