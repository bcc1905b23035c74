"""Here: runs carried out in this process, one after the other."""

from collections.abc import Iterable, Iterator
from typing import Any

from ecoopt.core.interrupt import interrupted
from ecoopt.core.observer import Observer
from ecoopt.core.result import Result
from ecoopt.study.engine.events import Event, Finish, Finished, Started
from ecoopt.study.engine.work import Work


class Here:
    """The backend without processes: nothing watches a run, and one that takes the process down takes all of it."""

    def run(self, works: Iterable[Work], finish: Finish[Any]) -> Iterator[Event]:
        """Yield the events; see `Backend`."""
        for work in works:
            if interrupted():
                return
            yield Started(work)
            yield Finished(work, finish(carried_out(work)))


def carried_out(work: Work, observe: Observer | None = None) -> Result:
    """Return the result of a run in this process; what goes wrong outside the method is one too."""
    try:
        return work.task().run(observe)
    except (Exception, SystemExit) as error:  # one run must not take the others down
        return work.failed(f"{type(error).__name__}: {error}")
