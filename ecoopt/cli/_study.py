"""Studies on the terminal: the plan before it is carried out, its progress, its state."""

import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import typer

from ecoopt.core.words import counted
from ecoopt.study.watch import Progress, Watch

if TYPE_CHECKING:
    from rich.table import Table

    from ecoopt.study.expected import Expected
    from ecoopt.study.plan import Plan, PlannedRun
    from ecoopt.study.status import StudyStatus

_GAPS_EVERY_S, _GAPS_SHARE, _MOST_GAPS = 5.0, 0.02, 5


def plan_lines(plan: "Plan", store: Path, jobs: int, again: Sequence[str]) -> Iterator[str]:
    """Yield what a study would run, some of it again."""
    from ecoopt.study.drive import chosen_again, expectation
    from ecoopt.study.store import Store

    finished: dict[str, float] = {}
    if store.is_file():
        with Store(store) as opened:
            once_more = set(chosen_again(plan, opened, again))
            finished = {key: wall_s for key, wall_s in opened.finished().items() if key not in once_more}
    missing = sum(run.key not in finished for run in plan.runs)
    yield from _plan_text(plan, missing, expectation(plan, finished, jobs))
    for entry in plan.methods:
        limits = {name: value for name, value in vars(entry.budget).items() if value is not None}
        budget = ", ".join(f"{name} {value:g}" for name, value in limits.items()) or "no limit"
        wall = "none" if entry.wall_limit_s is None else f"{entry.wall_limit_s:g} s"
        seeds = counted(len(entry.seeds), "seed")
        yield f"  {entry.method.family}: {entry.label}, {seeds}, {budget}, wall limit {wall}"
    for instance in plan.instances:
        yield f"  {instance.family}: {instance.name}, digest {instance.digest[:12]}"


def duration(seconds: float) -> str:
    """Return seconds as people say them."""
    if seconds < 100:
        return f"{math.ceil(seconds)} s"
    minutes = math.ceil(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    hours = minutes / 60
    return f"{minutes // 60} h {minutes % 60} min" if hours < 48 else f"{hours / 24:.1f} days"


def status_line(state: "StudyStatus") -> str:
    """Return the state of a study in a line."""
    parts = [f"{state.done} of {counted(state.total, 'run')}"]
    if state.failed:
        parts.append(f"{state.failed} failed")
    if state.done < state.total:
        if state.seconds_left is not None:
            parts.append(f"about {duration(state.seconds_left)} left{' by the limits' if state.guessed else ''}")
        parts.append("running" if state.running else "not running: 'ecoopt study run' goes on with it")
    return ", ".join(parts)


def work_lines(state: "StudyStatus") -> Iterator[str]:
    """Yield a line per run under way."""
    for run in state.at_work:
        yield f"at work: {run.label} on {run.instance_name}, seed {run.seed}, since {run.since_utc}"


def method_table(state: "StudyStatus") -> "Table":
    """Return how the methods fare, a line each."""
    from rich.table import Table
    from rich.text import Text

    from ecoopt.report.numbers import MISSING, percent

    families = len({method.family for method in state.methods}) > 1
    heads = [*(["family"] if families else []), "method", "runs", "mean gap %", "worst gap %", "optimal", "failed",
             "mean seconds"]
    table = Table(*heads, title=f"{state.name}: gaps to the best bound known so far")
    for column in table.columns[1 + families:]:
        column.justify = "right"
    for m in state.methods:
        seconds = MISSING if m.mean_wall_s is None else f"{m.mean_wall_s:.2f}"
        cells = [*([m.family] if families else []), m.label, f"{m.done}/{m.total}", percent(m.mean_gap),
                 percent(m.worst_gap), str(m.optimal), str(m.failed), seconds]
        table.add_row(*(Text(cell, style="red" if k == 5 + families and m.failed else "")
                        for k, cell in enumerate(cells)))
    return table


class Shown(Watch):
    """Shows the plan, then a bar with the time left, the last run and the gaps so far; the bar on a terminal alone.

    Parameters
    ----------
    store : Path
        The study's store, which the gaps are read from.
    quiet : bool
        Whether to leave the plan out.
    """

    def __init__(self, store: Path, *, quiet: bool) -> None:
        self._store, self._quiet = store, quiet
        self._bar: Any = None
        self._task: Any = None
        self._gaps = ""
        self._next = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def on_plan(self, plan: "Plan", missing: int, expected: "Expected") -> None:
        """Show it."""
        if not self._quiet:
            for line in _plan_text(plan, missing, expected):
                typer.echo(line)
        if not missing or not sys.stderr.isatty():
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar
        from rich.table import Column

        rest = Column(no_wrap=True, overflow="ellipsis", ratio=1)
        columns = (BarColumn(bar_width=16), MofNCompleteColumn(), TimeElapsedColumn(),
                   TextColumn("{task.description}", markup=False, table_column=rest))
        self._bar = Bar(*columns, console=Console(stderr=True), transient=True, expand=True)
        self._task = self._bar.add_task("", total=len(plan.runs), completed=len(plan.runs) - missing)
        self._bar.start()

    def on_finish(self, run: "PlannedRun", row: dict[str, Any], progress: Progress) -> None:
        """Show it."""
        if self._bar is None:
            return
        self._look_at_gaps()
        parts = [] if progress.seconds_left is None else [f"{duration(progress.seconds_left)} left"]
        parts += [f"{progress.failed} failed"] if progress.failed else []
        parts += [f"{run.label} on {run.work.instance_name}: {row['status']}"]
        parts += [self._gaps] if self._gaps else []
        self._bar.update(self._task, completed=progress.done, description=" · ".join(parts))

    def _look_at_gaps(self) -> None:
        """Read the smallest mean gaps so far from the store, not too often."""
        began = perf_counter()
        if began < self._next:
            return
        from ecoopt.report.numbers import percent
        from ecoopt.study.status import status
        from ecoopt.study.store import Store

        with Store(self._store) as opened:
            known = [m for m in status(opened).methods if m.mean_gap is not None]
        best = sorted(known, key=lambda m: m.mean_gap or 0.0)[:_MOST_GAPS]
        self._gaps = "gaps: " + ", ".join(f"{m.label} {percent(m.mean_gap)} %" for m in best) if best else ""
        spent = perf_counter() - began
        self._next = began + max(_GAPS_EVERY_S, spent / _GAPS_SHARE)


def _plan_text(plan: "Plan", missing: int, expected: "Expected") -> Iterator[str]:
    """Yield how much is to be run, and how long that may take."""
    counts = sorted({len(entry.seeds) for entry in plan.methods})
    seeds = counted(counts[0], "seed") if len(counts) == 1 else f"{' or '.join(map(str, counts))} seeds"
    yield (f"{plan.study.name}: {counted(len(plan.instances), 'instance')}, {counted(len(plan.methods), 'method')}, "
           f"{seeds}: {counted(len(plan.runs), 'run')}")
    done = len(plan.runs) - missing
    left = expected.seconds_left
    if not missing:
        yield "all of them are finished"
        return
    time = "for an unknown time: not every method has a limit" if left is None else (
        f"for about {duration(left)}{' by the limits' if expected.guessed else ''}")
    yield f"{f'{done} are finished, ' if done else ''}{missing} to go, {expected.jobs} at a time, {time}"
