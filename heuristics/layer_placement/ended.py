"""Ended: a run is closed, with the reason where no placement was found."""

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run

UNREACHED = "no placement found reaches the demand"


def ended(run: Run) -> Outcome:
    """Close a run, and say so where nothing was found."""
    return run.outcome(reason=UNREACHED) if run.objective is None and run.stop() is None else run.outcome()
