"""Local: runs carried out side by side on this machine, each in a process watched from outside."""

import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from queue import Empty, Queue, SimpleQueue
from threading import Event as Flag
from typing import Any

from ecoopt.core.interrupt import interrupted
from ecoopt.study.engine.events import Event, Finish, Finished, Started
from ecoopt.study.engine.slot import Slot, SlotSettings
from ecoopt.study.engine.source import Held, Shelved
from ecoopt.study.engine.work import Work

_LOOK_S = 0.5


class Local:
    """The backend of one machine.

    Parameters
    ----------
    jobs : int
        Runs at a time.
    settings : SlotSettings, optional
        How their processes are set up.
    """

    def __init__(self, jobs: int, settings: SlotSettings | None = None) -> None:
        self.jobs, self.settings = jobs, settings or SlotSettings()

    def run(self, works: Iterable[Work], finish: Finish[Any]) -> Iterator[Event]:
        """Yield the events; see `Backend`."""
        with tempfile.TemporaryDirectory(prefix="ecoopt-", ignore_cleanup_errors=True) as place:
            yield from _Bench(self.jobs, self.settings, finish, Path(place)).events(works)


class _Bench:
    """The slots of one call, and the threads that wait for them."""

    def __init__(self, jobs: int, settings: SlotSettings, finish: Finish[Any], folder: Path) -> None:
        self.finish, self.folder = finish, folder
        self.closing = Flag()
        # Not a SimpleQueue, which can wait for ever when a signal comes as its time runs out.
        self.seen: Queue[Event | BaseException | None] = Queue()
        self.slots = [Slot(folder / f"slot-{k}", settings, self._stopped) for k in range(jobs)]
        self.free: SimpleQueue[Slot] = SimpleQueue()
        for slot in self.slots:
            self.free.put(slot)

    def events(self, works: Iterable[Work]) -> Iterator[Event]:
        """Keep every slot at work, with one run more in line so that none waits for the driver."""
        waiting, flying = iter(works), 0
        with ThreadPoolExecutor(len(self.slots)) as threads:
            try:
                while True:
                    while (flying <= len(self.slots) and not interrupted()
                           and (work := next(waiting, None)) is not None):
                        threads.submit(self._carry_out, self._on_the_shelf(work))
                        flying += 1
                    if not flying:
                        return
                    try:
                        event = self.seen.get(timeout=_LOOK_S)
                    except Empty:  # time to look at signals, which another thread may have been given
                        continue
                    if isinstance(event, BaseException):
                        raise event
                    flying -= not isinstance(event, Started)
                    if event is not None:
                        yield event
            except BaseException:  # before the threads are waited for: what is still at work is not wanted any more
                self.closing.set()
                for slot in self.slots:
                    slot.kill()
                raise
            finally:
                threads.shutdown(wait=True)
                for slot in self.slots:
                    slot.close()

    def _carry_out(self, work: Work) -> None:
        """Carry out a run in a free slot and tell of it; of one that is not begun any more, tell nothing."""
        slot = self.free.get()
        try:
            if self._stopped():
                self.seen.put(None)
                return
            self.seen.put(Started(work))
            self.seen.put(Finished(work, slot.carry_out(work, self.finish)))
        except BaseException as error:  # an error of ours must reach the driver
            self.seen.put(error)
        finally:
            self.free.put(slot)

    def _stopped(self) -> bool:
        return interrupted() or self.closing.is_set()

    def _on_the_shelf(self, work: Work) -> Work:
        """Return a run whose instance other processes can read."""
        if not isinstance(work.source, Held):
            return work
        return replace(work, source=Shelved.put(work.source.instance, self.folder))
