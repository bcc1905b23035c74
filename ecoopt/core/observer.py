"""Observer: a base class of no-ops that watches a run."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecoopt.core.run import Run


class Observer:
    """Override what you want to see; every hook gets the live run."""

    def on_start(self, run: "Run") -> None:
        """Be told that a run begins."""

    def on_iteration(self, run: "Run") -> None:
        """Be told that iterations or evaluations were counted."""

    def on_incumbent(self, run: "Run") -> None:
        """Be told that ``run.objective`` improved; ``run.schedule()`` gives the schedule."""

    def on_bound(self, run: "Run") -> None:
        """Be told that ``run.bound`` improved."""

    def on_end(self, run: "Run") -> None:
        """Be told that the run has ended."""


class Observers(Observer):
    """Several observers as one."""

    def __init__(self, observers: Iterable[Observer]) -> None:
        self.observers = tuple(observers)

    def on_start(self, run: "Run") -> None:
        """Pass on."""
        for observer in self.observers:
            observer.on_start(run)

    def on_iteration(self, run: "Run") -> None:
        """Pass on."""
        for observer in self.observers:
            observer.on_iteration(run)

    def on_incumbent(self, run: "Run") -> None:
        """Pass on."""
        for observer in self.observers:
            observer.on_incumbent(run)

    def on_bound(self, run: "Run") -> None:
        """Pass on."""
        for observer in self.observers:
            observer.on_bound(run)

    def on_end(self, run: "Run") -> None:
        """Pass on."""
        for observer in self.observers:
            observer.on_end(run)
