"""Aboard: what a worker of a cluster does when the driver asks for a run: it watches over a process of its own."""

import multiprocessing
import tempfile
from dataclasses import replace
from pathlib import Path
from threading import local
from typing import Any

from ecoopt import __version__
from ecoopt.study.engine.events import Finish
from ecoopt.study.engine.slot import Slot, SlotSettings
from ecoopt.study.engine.source import Filed
from ecoopt.study.engine.work import Work

_here = local()


def version() -> str:
    """Return the version of ecoopt there."""
    return __version__


def carry_out(work: Work, content: bytes | None, settings: SlotSettings, finish: Finish[Any], stop: str) -> Any:
    """Carry out a run in a slot of this thread of a worker of the cluster."""
    from distributed import get_worker

    _here.stop, _here.task = stop, get_worker().get_current_task()
    if not hasattr(_here, "folder"):
        _here.folder = Path(tempfile.mkdtemp(dir=get_worker().local_directory))  # goes with the worker
        multiprocessing.current_process().daemon = False  # the worker's guardian makes it one; they have no children
    slot = getattr(_here, "slot", None)
    if slot is None or slot.settings != settings:
        if slot is not None:  # an earlier study's
            slot.close()
        _here.slot = Slot(_here.folder / "slot", settings, _stopped)
    if content is not None:
        path = _here.folder / f"{work.instance_digest}.json"
        if not path.exists():
            path.write_bytes(content)
        work = replace(work, source=Filed(str(path)))
    return _here.slot.carry_out(work, finish)


def _stopped() -> bool:
    """Return whether the driver has asked all runs to stop, or is gone, or the cluster is."""
    from distributed import Event as Flag
    from distributed import get_client, get_worker

    try:
        task = get_worker().state.tasks.get(_here.task)
        return task is None or task.state == "cancelled" or bool(Flag(_here.stop, client=get_client()).is_set())
    except Exception:  # there is nobody left to ask
        return True
