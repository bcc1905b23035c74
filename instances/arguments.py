"""Arguments: checks of a generator's or builder's arguments that gather every problem before any work is done."""

import math
import numbers
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ecoopt.core.errors import InputError, Problem
from ecoopt.core.record import Record


class Arguments:
    """Collects what is wrong with the arguments of one call; every check returns whether its value is right.

    Parameters
    ----------
    source : str
        Name of the function, for the messages.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self.problems: list[Problem] = []

    def add(self, field: str, message: str, mend: str) -> bool:
        """Note a problem."""
        self.problems.append(Problem(field, message, mend))
        return False

    def whole(self, field: str, value: Any, low: int, high: int) -> bool:
        """Check for a whole number in ``low..high``."""
        right = _is_whole(value) and low <= value <= high
        return right or self.add(field, f"{_shown(value)} is no whole number in {low}..{high}", "correct it")

    def number(self, field: str, value: Any, low: float, high: float, *, above: bool = False) -> bool:
        """Check for a finite number in [low, high], or in (low, high] when `above`."""
        right = (_is_number(value) and math.isfinite(value) and low <= value <= high and not (above and value == low))
        bounds = f"{'above ' if above else ''}{low:g} to {high:g}"
        return right or self.add(field, f"{_shown(value)} is no number {bounds}", "correct it")

    def flag(self, field: str, value: Any) -> bool:
        """Check for a boolean."""
        return isinstance(value, bool) or self.add(field, f"{_shown(value)} is no boolean", "give true or false")

    def one_of(self, field: str, value: Any, names: Sequence[str]) -> bool:
        """Check for one of some names."""
        right = isinstance(value, str) and value in names
        return right or self.add(field, f"{_shown(value)} is unknown", f"use one of {', '.join(names)}")

    def accepted(self, field: str, check: Callable[[], object]) -> bool:
        """Run something that raises InputError, and note its problems under `field`."""
        try:
            check()
        except InputError as error:
            self.problems += [Problem(field, problem.message, problem.mend) for problem in error.problems]
            return False
        return True

    def refuse(self) -> None:
        """Raise InputError when there are problems."""
        if self.problems:
            raise InputError(self.source, self.problems)


def plain(value: Any) -> Any:
    """Return a checked argument as JSON holds it.

    NumPy numbers become Python's, sequences lists, paths text; of records, which may be large, the digest is kept.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Record):
        return {"digest": value.digest}
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, numbers.Integral):
        return int(value)
    return float(value) if isinstance(value, numbers.Real) else [plain(entry) for entry in value]


def _is_whole(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    """Return a value for a message, cut to a readable length."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
