"""Watching a run: a progress line on a terminal, and the best so far kept in a file."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import process_time
from typing import TYPE_CHECKING

from ecoopt.cli._print import say
from ecoopt.core.errors import InputError
from ecoopt.core.observer import Observer
from ecoopt.keep import Keep

if TYPE_CHECKING:
    from ecoopt.core.run import Run
    from ecoopt.solve import Task

EVERY_S = 2.0
"""Least time between two writings of the best so far."""


class KeepBest(Keep):
    """Writes each new best to a file, atomically; a killed process leaves the last one behind.

    Parameters
    ----------
    task : Task
        What is run.
    path : str
        The file.
    """

    def __init__(self, task: "Task", path: str) -> None:
        super().__init__(self._to_file, EVERY_S)
        self.task, self.path = task, path
        self._cpu_began = process_time()

    def on_bound(self, run: "Run") -> None:
        """Write a better bound with the schedule it belongs to."""
        if run.objective is not None:
            super().on_bound(run)

    def _to_file(self, run: "Run") -> None:
        from ecoopt.documents import write_result

        try:
            write_result(self.task.snapshot(run, process_time() - self._cpu_began), self.path)
        except InputError as error:  # a full disk may be made room on before the end
            say(f"{error}; the run goes on")


class ProgressLine(Observer):
    """Shows incumbent, bound and gap of a run on a line of the terminal."""

    def __init__(self, show: "Line") -> None:
        self._line = show

    def on_incumbent(self, run: "Run") -> None:
        """Show it."""
        self._show(run)

    def on_bound(self, run: "Run") -> None:
        """Show it."""
        self._show(run)

    def on_iteration(self, run: "Run") -> None:
        """Show it."""
        self._show(run)

    def _show(self, run: "Run") -> None:
        from ecoopt.cli._print import number

        gap = f"  gap {100 * run.gap:.3f} %" if run.gap < float("inf") else ""
        self._line(f"iteration {run.iterations}  best {number(run.objective)}  bound {number(run.bound)}{gap}")


class Line:
    """Shows what is going on; on no terminal, nothing."""

    def __call__(self, text: str) -> None:
        """Show it."""


@contextmanager
def progress(title: str) -> Iterator[Line]:
    """Show a line with a clock while the block runs, when stderr is a terminal."""
    if not sys.stderr.isatty():
        yield Line()
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True), transient=True) as line:
        place = line.add_task(title)

        class Shown(Line):
            """Puts it on the line."""

            def __call__(self, text: str) -> None:
                line.update(place, description=f"{title}: {text}")

        yield Shown()
