"""Comparison: the rows that `compare` returns; gaps are to the best bound that any of its runs has proven."""

import csv
import io
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from ecoopt.core.files import PathLike, encode, write_bytes, write_json
from ecoopt.core.record import Record
from ecoopt.core.result import Result
from ecoopt.core.status import Sense, Status, Termination
from ecoopt.judge import refuted

if TYPE_CHECKING:
    from rich.table import Table


class Row(Record):
    """One run.

    Parameters
    ----------
    family, instance, instance_digest : str
        The instance, by name and by content.
    method, kind : str
        The method, and what it promises.
    seed : int
        Seed given.
    status, termination : Status, Termination
        What is known after the run, and why it stopped.
    objective : float, optional
        The referee's value, None without a feasible schedule.
    bound : float, optional
        Bound this run proved.
    best_bound : float, optional
        Best bound proven on the instance by any run of the comparison.
    gap : float, optional
        Relative gap of `objective` to `best_bound`, None when either is missing.
    best_objective : float, optional
        Best value of any run of the comparison on the instance.
    behind_best : float, optional
        How much worse `objective` is than `best_objective`, relative to the latter.
    wall_s, cpu_s : float
        Time of the method.
    iterations, evaluations : int
        What was spent.
    notes : tuple of str
        As in the Result.
    """

    family: str
    instance: str
    instance_digest: str
    method: str
    kind: str
    seed: int
    status: Status
    termination: Termination
    objective: float | None
    bound: float | None
    best_bound: float | None
    gap: float | None
    best_objective: float | None
    behind_best: float | None
    wall_s: float
    cpu_s: float
    iterations: int
    evaluations: int
    notes: tuple[str, ...]


class Comparison(Record):
    """Every run of a comparison, in order of instance, method and seed.

    Parameters
    ----------
    document : {"comparison"}
        Tells the file from others.
    rows : tuple of Row
        One per run.
    versions : dict of str
        Python and the packages that matter.
    """

    document: Literal["comparison"] = "comparison"
    schema_version: Literal[1] = 1
    rows: tuple[Row, ...]
    versions: dict[str, str] = {}

    @classmethod
    def of(cls, results: Iterable[Result]) -> "Comparison":
        """Return the comparison of some results; bounds that a result's schedule refutes are taken out and noted."""
        given = list(results)
        groups: dict[str, list[Result]] = {}
        for result in given:
            groups.setdefault(result.instance_digest, []).append(result)
        best = {digest: _best(group) for digest, group in groups.items()}
        rows = tuple(_row(result, *best[result.instance_digest]) for result in given)
        return cls(rows=rows, versions=given[0].versions if given else {})

    @property
    def failed(self) -> tuple[Row, ...]:
        """Rows whose run ended in an error."""
        return tuple(row for row in self.rows if row.status is Status.ERROR)

    def table(self) -> "Table":
        """Return a table for people, one line per instance and method over its seeds.

        Gaps are in percent, mean over the seeds and the worst; ``-`` where no bound is proven or no schedule found.
        """
        from ecoopt.comparison_table import table

        return table(self)

    def to_json(self, path: PathLike | None = None) -> str:
        """Return the comparison as JSON, and write it when a path is given.

        Raises
        ------
        InputError
            When the file cannot be written.
        """
        if path is not None:
            write_json(path, self)
        return encode(self).decode()

    def to_csv(self, path: PathLike | None = None) -> str:
        """Return the rows as CSV with a header, and write it when a path is given.

        Raises
        ------
        InputError
            When the file cannot be written.
        """
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(Row.model_fields), lineterminator="\n")
        writer.writeheader()
        for row in self.rows:
            cells: dict[str, Any] = row.model_dump(mode="json")
            writer.writerow(cells | {"notes": " | ".join(row.notes)})
        if path is not None:
            write_bytes(path, text.getvalue().encode())
        return text.getvalue()


def _best(group: list[Result]) -> tuple[float | None, float | None]:
    """Return best objective and best sound bound of an instance's results."""
    lower = group[0].sense is Sense.MIN
    objectives = [r.objective for r in group if r.objective is not None]
    objective = (min if lower else max)(objectives) if objectives else None
    bounds = [r.bound for r in group if r.bound is not None and not _refuted(r, objective)]
    return objective, (max if lower else min)(bounds) if bounds else None


def _refuted(result: Result, objective: float | None) -> bool:
    """Return whether another run's schedule shows that a result's bound is wrong."""
    return result.bound is not None and objective is not None and refuted(result.bound, objective, result.sense)


def _row(result: Result, objective: float | None, bound: float | None) -> Row:
    """Return the row of a result, given the best objective and bound of its instance."""
    status, notes, own = result.status, result.notes, result.bound
    if _refuted(result, objective):
        notes += (f"its bound of {result.bound:.9g} is refuted by a schedule of {objective:.9g}",)
        status, own = Status.ERROR, None
    elif status is Status.INFEASIBLE and objective is not None:
        notes += (f"it claims that there is no schedule, there is one of {objective:.9g}",)
        status = Status.ERROR
    gap = result.gap_to(bound)
    behind = None
    if result.objective is not None and objective is not None:
        behind = abs(result.objective - objective) / max(abs(objective), 1e-9)
    return Row(
        family=result.family, instance=result.instance_name, instance_digest=result.instance_digest,
        method=result.method, kind=result.kind, seed=result.seed, status=status, termination=result.termination,
        objective=result.objective, bound=own, best_bound=bound, gap=gap if math.isfinite(gap) else None,
        best_objective=objective, behind_best=behind, wall_s=result.wall_s, cpu_s=result.cpu_s,
        iterations=result.iterations, evaluations=result.evaluations, notes=notes)
