"""Events of the engine: a run has begun, a run has ended with what became of its result."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from ecoopt.core.result import Result
from ecoopt.study.engine.work import Work

T = TypeVar("T")
Finish = Callable[[Result], T]
"""What is made of a result where the run took place, so that packing it is not the driver's work; picklable."""


@dataclass(frozen=True)
class Started:
    """A run has begun."""

    work: Work


@dataclass(frozen=True)
class Finished:
    """A run has ended; `value` is what `finish` made of its result."""

    work: Work
    value: Any


Event = Started | Finished


class Backend(Protocol):
    """A place where runs are carried out."""

    def run(self, works: Iterable[Work], finish: Finish[Any]) -> Iterator[Event]:
        """Yield an event for each run begun and ended, until all are or a stop is asked for.

        Parameters
        ----------
        works : iterable of Work
            The runs, taken one by one when there is room for them.
        finish : callable
            Given each result where the run took place.
        """
