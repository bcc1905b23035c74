"""Cluster: the same runs on a Dask cluster, each in a process that the cluster's worker watches from outside."""

import math
import multiprocessing
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from queue import Empty, Queue
from threading import local
from time import perf_counter
from typing import Any
from uuid import uuid4

from ecoopt import __version__
from ecoopt.core.errors import InputError
from ecoopt.core.files import read_bytes
from ecoopt.core.interrupt import interrupted
from ecoopt.study.engine.events import Event, Finish, Finished, Started
from ecoopt.study.engine.limits import STOP_S
from ecoopt.study.engine.slot import Slot, SlotSettings
from ecoopt.study.engine.source import Filed
from ecoopt.study.engine.work import Work

_CONNECT_S = 20.0
_LOOK_S = 0.5

_here = local()


class Cluster:
    """The backend of a Dask cluster; a run whose worker is lost is carried out by another.

    Parameters
    ----------
    address : str
        Of the scheduler, ``tcp://host:port``.
    settings : SlotSettings
        How the processes of runs are set up.
    jobs : int, optional
        Runs at a time; as many as the cluster has threads by default.

    Raises
    ------
    InputError
        When there is no such cluster, it has no workers, or they have another version of ecoopt.
    """

    def __init__(self, address: str, settings: SlotSettings, jobs: int | None = None) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise InputError.one("workers", "backend", "dask needs the package distributed",
                                 "pip install 'ecoopt[dask]'") from None
        if not address:
            raise InputError.one("workers", "address", "missing", "give the scheduler's, tcp://host:port")
        self.settings = settings
        try:
            self.client = Client(address, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise InputError.one("workers", "address", f"no scheduler answers at {address}: {error}",
                                 "start one, or correct the address") from None
        threads = self.client.nthreads()
        if not threads:
            raise InputError.one("workers", "address", f"the cluster at {address} has no workers", "start some")
        found = set(self.client.run(_version).values())
        if found != {__version__}:
            raise InputError.one("workers", "address", f"the cluster has ecoopt {', '.join(sorted(found))}, this is "
                                 f"{__version__}", "install the same version there")
        self.jobs = jobs or sum(threads.values())

    def run(self, works: Iterable[Work], finish: Finish[Any]) -> Iterator[Event]:
        """Yield the events; see `Backend`."""
        from distributed import Event as Flag

        stop = Flag(f"ecoopt-stop-{uuid4().hex}", client=self.client)
        ended: Queue[Any] = Queue()  # a SimpleQueue can wait for ever when a signal comes as its time runs out
        files: dict[str, Any] = {}
        waiting = iter(works)
        flying: dict[Any, Work] = {}
        give_up = math.inf  # a cluster that does not answer to a request to stop is left to itself
        try:
            while True:
                while len(flying) < self.jobs and not interrupted() and (work := next(waiting, None)) is not None:
                    future = self.client.submit(_carry_out, work, self._file(work, files), self.settings, finish,
                                                stop.name, pure=False, retries=0)
                    future.add_done_callback(ended.put)
                    flying[future] = work
                    yield Started(work)
                if not flying or perf_counter() > give_up:
                    return
                if interrupted():
                    give_up = min(give_up, perf_counter() + 2 * STOP_S)
                    stop.set()
                try:
                    future = ended.get(timeout=_LOOK_S)
                except Empty:
                    continue
                work = flying.pop(future)
                yield Finished(work, _outcome(future, work, finish))
        finally:
            self.client.cancel(list(flying))
            stop.set()
            self.client.close()

    def _file(self, work: Work, files: dict[str, Any]) -> Any:
        """Return the content of a run's file as it lies on the cluster, sent there once; None for one without."""
        if not isinstance(work.source, Filed):
            return None
        if work.instance_digest not in files:
            files[work.instance_digest] = self.client.scatter(read_bytes(work.source.path), hash=False)
        return files[work.instance_digest]


def _outcome(future: Any, work: Work, finish: Finish[Any]) -> Any:
    """Return what a task of the cluster returned; one that the cluster gave up is a result too."""
    if future.status == "finished":
        return future.result()
    reason = future.exception() if future.status == "error" else future.status
    return finish(work.failed(f"the cluster gave the run up: {reason}"))


def _version() -> str:
    return __version__


def _carry_out(work: Work, content: bytes | None, settings: SlotSettings, finish: Finish[Any], stop: str) -> Any:
    """Carry out a run in a slot of this thread of a worker of the cluster."""
    from distributed import get_worker

    _here.stop = stop
    if not hasattr(_here, "slot"):
        _here.folder = Path(tempfile.mkdtemp(dir=get_worker().local_directory))  # goes with the worker
        multiprocessing.current_process().daemon = False  # the worker's guardian makes it one; they have no children
        _here.slot = Slot(_here.folder / "slot", settings, _stopped)
    if content is not None:
        path = _here.folder / f"{work.instance_digest}.json"
        if not path.exists():
            path.write_bytes(content)
        work = replace(work, source=Filed(str(path)))
    return _here.slot.carry_out(work, finish)


def _stopped() -> bool:
    """Return whether the driver has asked all runs to stop."""
    from distributed import Event as Flag
    from distributed import get_client

    return bool(Flag(_here.stop, client=get_client()).is_set())
