"""Inside: what a worker process does when its slot asks for it."""

import faulthandler
import os
import shutil
import threading
import time
import warnings
from functools import cache
from pathlib import Path
from typing import Any

from joblib.externals.loky import process_executor

from ecoopt.core.instance import Instance
from ecoopt.core.interrupt import interruptible
from ecoopt.core.outcome import Outcome
from ecoopt.core.result import ENDED_FROM_OUTSIDE
from ecoopt.core.status import Status, Termination
from ecoopt.registry import EntryPointWarning, generate
from ecoopt.study.engine.events import Finish
from ecoopt.study.engine.here import carried_out
from ecoopt.study.engine.spool import left_behind, spooled
from ecoopt.study.engine.work import Work

FAULTS = "faults.txt"
"""Name of the file that gets the stack of a process that dies by a fault."""

_WARM_UP_S = 0.5


def begin(owner: int, folder: str) -> None:
    """Make this process a worker of `owner`: deaf to the terminal's Ctrl-C, gone when the owner is gone.

    Parameters
    ----------
    owner : int
        Process that started this one.
    folder : str
        Its own folder, in a folder of the owner's that goes with it.
    """
    warnings.simplefilter("ignore", EntryPointWarning)  # the owner has told it
    # loky would end a process that has grown by 300 MB, which a large instance makes it do, and start another one whose
    # number the owner does not know.
    process_executor._USE_PSUTIL = False
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)  # whether a run is to be stopped, the owner decides
    threading.Thread(target=_leave_with, args=(owner, folder), daemon=True).start()
    Path(folder).mkdir(parents=True, exist_ok=True)  # what tidies temporary files up may have taken it
    faults = open(Path(folder) / FAULTS, "w")  # noqa: SIM115  open for as long as the process lives
    faulthandler.enable(faults, all_threads=False)


def load(work: Work) -> None:
    """Make the instance of a run ready."""
    work.instance()


def warm_up(family: str, method: str) -> None:
    """Run a method for a moment, so that what it imports and compiles is not part of the first run's time."""
    from ecoopt.solve import solve

    solve(_default_instance(family), method, time_limit=_WARM_UP_S)


def run(work: Work, folder: str, finish: Finish[Any]) -> Any:
    """Carry out a run, what it finds kept in the folder all the while."""
    with interruptible():  # from the loading to the packing: a request to stop must not lose the result
        return finish(carried_out(work, spooled(Path(folder))))


def settle(work: Work, folder: str, termination: Termination, note: str, wall_s: float, finish: Finish[Any]) -> Any:
    """Have what a run left behind judged, after its process has ended."""
    found = left_behind(Path(folder)) or Outcome(status=Status.ERROR, termination=termination)
    status = Status.ERROR if termination is Termination.CRASH and found.schedule is None else (
        Status.NONE if found.schedule is None else Status.FEASIBLE)
    outcome = found.replace(status=status, termination=termination)
    details = {ENDED_FROM_OUTSIDE: True} if termination is Termination.TIME else {}
    return finish(work.task().result(outcome, wall_s, 0.0, (" ".join(note.split()),), details))


@cache
def _default_instance(family: str) -> Instance:
    return generate(family)


def _leave_with(owner: int, folder: str) -> None:
    """End this process when its owner has ended without a word, and take their files away."""
    while os.getppid() == owner:
        time.sleep(0.25)
    shutil.rmtree(Path(folder).parent, ignore_errors=True)
    os._exit(1)
