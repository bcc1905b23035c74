"""Linear expressions for Pyomo, written as the one form that is quick to build and to hand over."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from pyomo.common.gc_manager import PauseGC
from pyomo.core.expr.numeric_expr import LinearExpression

from ecoopt.core.run import Run

P = ParamSpec("P")
R = TypeVar("R")


class StoppedError(Exception):
    """The run must stop, and the model is not done."""


def go_on(run: Run | None) -> None:
    """Raise StoppedError when a run, if there is one, must stop."""
    if run is not None and run.stop() is not None:
        raise StoppedError


def linear(coefficients: Sequence[float], variables: Sequence[Any], constant: float = 0.0) -> Any:
    """Return ``constant + sum_k coefficients[k] * variables[k]``; plain Python numbers are quickest."""
    return LinearExpression(constant=constant, linear_coefs=coefficients, linear_vars=variables)


def uncollected(build: Callable[P, R]) -> Callable[P, R]:
    """Return a builder of models during which the garbage collector rests.

    Nothing dies while a model grows, and looking through it again and again takes four times as long as building it.
    """
    @wraps(build)
    def built(*args: P.args, **kwargs: P.kwargs) -> R:
        with PauseGC():
            return build(*args, **kwargs)

    return built
