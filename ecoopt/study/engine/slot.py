"""Slot: a process in which runs are carried out one after the other, watched and if need be ended from outside."""

import os
import re
import signal
from collections.abc import Callable
from concurrent.futures import Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from ecoopt.core.status import Termination
from ecoopt.study.engine import inside
from ecoopt.study.engine.events import Finish
from ecoopt.study.engine.limits import LOAD_S, STOP_S, WARM_UP_S
from ecoopt.study.engine.spool import clear
from ecoopt.study.engine.tracker import quiet_tracker
from ecoopt.study.engine.work import Work

_LOOK_S = 0.25
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "BLIS_NUM_THREADS",
            "VECLIB_MAXIMUM_THREADS")


@dataclass(frozen=True)
class SlotSettings:
    """How the process of a slot is set up.

    Parameters
    ----------
    threads : int
        Threads of linear algebra and of compiled loops.
    warm_up : bool
        Whether each method is run for a moment on its family's default instance before it is first timed.
    """

    threads: int = 1
    warm_up: bool = True


class Ended(Exception):
    """The process of a slot has ended before it answered."""

    def __init__(self, termination: Termination, note: str) -> None:
        super().__init__(note)
        self.termination, self.note = termination, note


class Slot:
    """A process of its own for runs.

    Parameters
    ----------
    folder : Path
        A folder of its own.
    settings : SlotSettings
        How the process is set up.
    stopped : callable
        Says whether a stop has been asked for.
    """

    def __init__(self, folder: Path, settings: SlotSettings, stopped: Callable[[], bool]) -> None:
        self.folder, self.settings, self.stopped = folder, settings, stopped
        folder.mkdir(parents=True, exist_ok=True)
        self._executor: Any = None
        self._pid = 0
        self._loaded = ""
        self._warm: set[tuple[str, str]] = set()

    def carry_out(self, work: Work, finish: Finish[Any]) -> Any:
        """Return what `finish` makes of the result of a run, which is a result whatever happens to the process."""
        began = perf_counter()
        clear(self.folder)
        try:
            self._make_ready(work)
            began = perf_counter()
            return self._answer(inside.run, work, str(self.folder), finish, limit_s=work.wall_limit_s,
                                what=f"the run was still going on after its wall limit of {work.wall_limit_s:g} s"
                                if work.wall_limit_s is not None else "")
        except Ended as end:
            return self._settle(work, finish, end, perf_counter() - began)
        except BaseException as error:  # an answer that cannot be sent, an instance that cannot be had
            return finish(work.failed(f"{type(error).__name__}: {error}", wall_s=perf_counter() - began))

    def close(self) -> None:
        """End the process."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, kill_workers=True)
            self._executor = None

    def kill(self) -> None:
        """End the process at once, whatever it is doing."""
        self._signal(signal.SIGKILL)

    def _make_ready(self, work: Work) -> None:
        """See that there is a process, that it knows the method and holds the instance."""
        self._start()
        name = (work.family, work.method_name)
        if self.settings.warm_up and isinstance(work.method, str) and name not in self._warm:
            self._warm.add(name)
            try:
                self._answer(inside.warm_up, *name, limit_s=WARM_UP_S, what="warming up")
            except Ended:
                if self.stopped():
                    raise
                self._start()
            except BaseException:  # the run itself will say what is wrong
                pass
        if self._loaded != work.instance_digest:
            self._answer(inside.load, work, limit_s=LOAD_S, what=f"the instance was not loaded within {LOAD_S:g} s")
            self._loaded = work.instance_digest

    def _start(self) -> None:
        """Start a process unless there is one."""
        if self._executor is not None:
            return
        from joblib.externals.loky import ProcessPoolExecutor

        quiet_tracker()
        self._executor = ProcessPoolExecutor(
            max_workers=1, initializer=inside.begin, initargs=(os.getpid(), str(self.folder)),
            env={name: str(self.settings.threads) for name in _THREADS})
        self._loaded, self._pid = "", 0
        self._pid = self._answer(os.getpid, limit_s=LOAD_S, what="no process was started")

    def _answer(self, function: Callable[..., Any], *arguments: Any, limit_s: float | None, what: str) -> Any:
        """Return what a function returns in the process.

        Raises
        ------
        Ended
            When the process died, was too slow, or was to stop and did not.
        """
        future: Future[Any] = self._executor.submit(function, *arguments)
        began = perf_counter()
        asked: float | None = None
        while not future.done():
            now = perf_counter()
            if asked is None and self.stopped():
                asked = now
                self._signal(signal.SIGTERM)
            left = min(began + limit_s - now if limit_s is not None else _LOOK_S,
                       asked + STOP_S - now if asked is not None else _LOOK_S, _LOOK_S)
            if left <= 0:
                self._forget(kill=True)
                if asked is not None:
                    raise Ended(Termination.INTERRUPTED, "the run did not stop when it was asked to")
                raise Ended(Termination.TIME, f"ended from outside: {what}")
            wait([future], timeout=left)
        error = future.exception()
        if isinstance(error, BrokenProcessPool):
            reason = self._last_words(str(error))
            self._forget(kill=False)
            if asked is not None:
                raise Ended(Termination.INTERRUPTED, "the process ended when it was asked to stop")
            raise Ended(Termination.CRASH, reason)
        return future.result()

    def _signal(self, number: int) -> None:
        """Send a signal to the process, if there is one."""
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, number)

    def _forget(self, *, kill: bool) -> None:
        """Let go of a process that is dead or must be."""
        if kill:
            self.kill()
        self._executor.shutdown(wait=True, kill_workers=True)
        self._executor, self._pid = None, 0

    def _last_words(self, message: str) -> str:
        """Return why a process died: the signal, and where in the code it was when it could still say so."""
        code = re.search(r"\{(\w+)\((-?\d+)\)", message)
        reason = "the process died"
        if code is not None:
            number = int(code[2])
            reason = f"the process was killed by {code[1]}" if number < 0 else f"the process exited with code {number}"
        path = self.folder / inside.FAULTS
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        frame = next((line.strip() for line in lines if line.lstrip().startswith("File ")), "")
        return f"{reason} ({frame})" if frame else reason

    def _settle(self, work: Work, finish: Finish[Any], end: Ended, wall_s: float) -> Any:
        """Return the result of a run whose process ended: what it had found, judged by another process."""
        if self.stopped():
            return finish(work.failed(end.note, end.termination, wall_s))
        try:
            self._start()
            return self._answer(inside.settle, work, str(self.folder), end.termination, end.note, wall_s, finish,
                                limit_s=LOAD_S, what="")
        except BaseException as error:  # the instance alone can take a process down
            return finish(work.failed(f"{end.note}; what it left behind could not be judged: {error}",
                                      end.termination, wall_s))
