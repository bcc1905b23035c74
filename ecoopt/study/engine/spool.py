"""Spool: what a run has found so far, in a file beside it, for whoever has to end its process."""

import os
import pickle
from contextlib import suppress
from pathlib import Path

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.keep import Keep
from ecoopt.solve import outcome_so_far

EVERY_S = 0.5
"""Least time between two writings."""

_NAME = "best.pickle"


def spooled(folder: Path) -> Keep:
    """Return an observer that writes incumbent and bound into a folder; not flushed, for the machine lives on."""

    def write(run: Run) -> None:
        part = folder / f"{_NAME}.part"
        content = pickle.dumps(outcome_so_far(run, Termination.CRASH), protocol=pickle.HIGHEST_PROTOCOL)
        with suppress(OSError):  # a full disk is no reason to end a run
            part.write_bytes(content)
            os.replace(part, folder / _NAME)

    return Keep(write, EVERY_S)


def clear(folder: Path) -> None:
    """Forget what an earlier run has left."""
    (folder / _NAME).unlink(missing_ok=True)


def left_behind(folder: Path) -> Outcome | None:
    """Return what a run has left, None where there is nothing."""
    path = folder / _NAME
    if not path.exists():
        return None
    found: Outcome = pickle.loads(path.read_bytes())
    return found
