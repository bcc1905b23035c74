"""Cluster: the same runs on a Dask cluster, each in a process that the cluster's worker watches from outside."""

import logging
import math
from collections.abc import Iterable, Iterator
from contextlib import suppress
from queue import Empty, Queue
from time import perf_counter
from typing import Any
from uuid import uuid4

from ecoopt import __version__
from ecoopt.core.errors import InputError
from ecoopt.core.files import read_bytes
from ecoopt.core.interrupt import interrupted
from ecoopt.study.engine import aboard
from ecoopt.study.engine.events import Event, Finish, Finished, Started
from ecoopt.study.engine.limits import STOP_S
from ecoopt.study.engine.slot import SlotSettings
from ecoopt.study.engine.source import Filed
from ecoopt.study.engine.work import Work

_CONNECT_S = 20.0
_LOOK_S = 0.5
_ALONE_S = 60.0


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
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # what it would say is said in a line here
        self.address, self.settings = address, settings
        try:
            self.client = Client(address, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise InputError.one("workers", "address", f"no scheduler answers at {address}: {error}",
                                 "start one, or correct the address") from None
        try:
            threads = self._fit_threads()
        except InputError:
            self._leave()
            raise
        self.jobs = jobs or threads

    def run(self, works: Iterable[Work], finish: Finish[Any]) -> Iterator[Event]:
        """Yield the events; see `Backend`.

        Raises
        ------
        InputError
            When the scheduler is lost, or all workers for a minute: the runs under way have no result then.
        """
        from distributed import Event as Flag

        stop = Flag(f"ecoopt-stop-{uuid4().hex}", client=self.client)
        ended: Queue[Any] = Queue()  # a SimpleQueue can wait for ever when a signal comes as its time runs out
        files: dict[str, Any] = {}
        waiting = iter(works)
        flying: dict[Any, Work] = {}
        give_up = math.inf  # a cluster that does not answer to a request to stop is left to itself
        alone_since: float | None = None
        try:
            while True:
                while len(flying) < self.jobs and not interrupted() and (work := next(waiting, None)) is not None:
                    future = self.client.submit(aboard.carry_out, work, self._file(work, files), self.settings, finish,
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
                    alone_since = self._alone_since(alone_since)
                    if alone_since is not None and interrupted():
                        return
                    continue
                if future.status in ("cancelled", "lost"):
                    raise self._lost("the scheduler", "start it again")
                work = flying.pop(future)
                yield Finished(work, _outcome(future, work, finish))
        except Exception as error:
            if self.client.status == "running" or isinstance(error, InputError):
                raise
            raise self._lost("the scheduler", "start it again") from None
        finally:
            if self.client.status == "running":
                with suppress(Exception):  # it may go now
                    self.client.cancel(list(flying))
                    stop.set()
            self._leave()

    def _fit_threads(self) -> int:
        """Return how many threads the cluster has, all with this version of ecoopt.

        Raises
        ------
        InputError
            When there are none, or some have another version.
        """
        threads = self.client.nthreads()
        if not threads:
            raise InputError.one("workers", "address", f"the cluster at {self.address} has no workers", "start some")
        try:
            found = set(self.client.run(aboard.version).values())
        except Exception as error:  # whatever keeps a worker from answering
            raise InputError.one("workers", "address", f"the cluster's workers do not answer: {error}",
                                 "install ecoopt there") from None
        if found != {__version__}:
            raise InputError.one("workers", "address", f"the cluster has ecoopt {', '.join(sorted(found))}, this is "
                                 f"{__version__}", "install the same version there")
        return sum(threads.values())

    def _alone_since(self, before: float | None) -> float | None:
        """Return since when the cluster has had no workers, None while it has some.

        Raises
        ------
        InputError
            When the scheduler is lost, or has been without workers for too long.
        """
        if self.client.status != "running":
            raise self._lost("the scheduler", "start it again")
        with suppress(Exception):  # should the scheduler go just now, the next look will tell
            if self.client.nthreads():
                return None
        if before is not None and perf_counter() - before > _ALONE_S:
            raise self._lost("all workers of the cluster", "start some")
        return before or perf_counter()

    def _lost(self, what: str, mend: str) -> InputError:
        return InputError.one("workers", "address", f"{what} at {self.address} went away in mid-study; what had ended "
                              "is in the store", f"{mend}, then run the study again")

    def _leave(self) -> None:
        """Let the cluster go."""
        with suppress(Exception):  # a scheduler that is gone has nothing to say
            self.client.close(timeout=STOP_S)

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
