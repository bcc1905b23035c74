"""Comparison: the rows that `compare` returns; gaps are to the best bound that any of its runs has proven."""

import csv
import io
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from ecoopt.best import Best, best
from ecoopt.core.budget import Budget
from ecoopt.core.files import PathLike, encode, write_bytes, write_json
from ecoopt.core.gap import behind_best
from ecoopt.core.record import Record
from ecoopt.core.result import JsonDict, Result
from ecoopt.core.status import Status, Termination
from ecoopt.judge import refuted

if TYPE_CHECKING:
    from rich.table import Table


class Row(Record):
    """One run.

    Parameters
    ----------
    family, instance, instance_digest : str
        The instance, by name and by content.
    method, label, kind : str
        The method, its name in tables, and what it promises.
    options : dict
        Options given, defaults left out.
    seed : int
        Seed given.
    budget : Budget
        What the run was given to spend.
    status, termination : Status, Termination
        What is known after the run, and why it stopped.
    objective : float, optional
        The referee's value, None without a feasible schedule.
    bound : float, optional
        Bound this run proved.
    best_bound : float, optional
        Best bound proven on the instance, by any run of the comparison or before.
    gap : float, optional
        Relative gap of `objective` to `best_bound`, None when either is missing.
    best_objective : float, optional
        Best value on the instance, of any run of the comparison or before.
    behind_best : float, optional
        How much worse `objective` is than `best_objective`, relative to the latter; negative for a value better than
        the best known.
    primal_integral : float, optional
        Primal integral as a share of the time there was: the largest budget in seconds of the runs on the instance, or
        what one without took if that is more; None where nothing is known to measure by.
    wall_s, cpu_s : float
        Time of the method.
    iterations, evaluations : int
        What was spent.
    notes : tuple of str
        As in the Result.
    failed : bool
        Whether the run ended in an error, by a crash, or from outside.
    """

    family: str
    instance: str
    instance_digest: str
    method: str
    label: str
    kind: str
    options: JsonDict = {}
    seed: int
    budget: Budget = Budget()
    status: Status
    termination: Termination
    objective: float | None
    bound: float | None
    best_bound: float | None
    gap: float | None
    best_objective: float | None
    behind_best: float | None
    primal_integral: float | None = None
    wall_s: float
    cpu_s: float
    iterations: int
    evaluations: int
    notes: tuple[str, ...]
    failed: bool = False


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
    def of(cls, results: Iterable[Result], known: Mapping[str, Best] | None = None) -> "Comparison":
        """Return the comparison of some results; bounds that a result's schedule refutes are taken out and noted.

        Parameters
        ----------
        results : iterable of Result
            The runs.
        known : mapping of str to Best, optional
            What is known of instances already, by digest.
        """
        given = list(results)
        groups: dict[str, list[Result]] = {}
        for result in given:
            groups.setdefault(result.instance_digest, []).append(result)
        bests = {digest: best((r.objective for r in group), (r.bound for r in group), group[0].sense)
                 for digest, group in groups.items()}
        for digest, group in groups.items():
            bests[digest] = bests[digest].joined((known or {}).get(digest, Best()), group[0].sense)
        horizons = {digest: max(r.wall_s if r.budget.seconds is None else r.budget.seconds for r in group)
                    for digest, group in groups.items()}
        rows = tuple(_row(r, bests[r.instance_digest], horizons[r.instance_digest]) for r in given)
        return cls(rows=rows, versions=given[0].versions if given else {})

    @property
    def failed(self) -> tuple[Row, ...]:
        """Rows whose run failed."""
        return tuple(row for row in self.rows if row.failed)

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


def _refuted(result: Result, objective: float | None) -> bool:
    """Return whether another run's schedule shows that a result's bound is wrong."""
    return result.bound is not None and objective is not None and refuted(result.bound, objective, result.sense)


def _row(result: Result, known: Best, horizon_s: float) -> Row:
    """Return the row of a result, given the best of its instance and the time there was."""
    status, notes, own = result.status, result.notes, result.bound
    objective, bound = known.objective, known.bound
    if _refuted(result, objective):
        notes += (f"its bound of {result.bound:.9g} is refuted by a schedule of {objective:.9g}",)
        status, own = Status.ERROR, None
    elif status is Status.INFEASIBLE and objective is not None:
        notes += (f"it claims that there is no schedule, there is one of {objective:.9g}",)
        status = Status.ERROR
    gap = result.gap_to(bound)
    behind = None
    if result.objective is not None and objective is not None:
        behind = behind_best(result.objective, objective, result.sense)
    return Row(
        family=result.family, instance=result.instance_name, instance_digest=result.instance_digest,
        method=result.method, label=result.name, kind=result.kind, options=result.options, seed=result.seed,
        budget=result.budget,
        status=status, termination=result.termination, primal_integral=_primal_integral(result, objective, horizon_s),
        objective=result.objective, bound=own, best_bound=bound, gap=gap if math.isfinite(gap) else None,
        best_objective=objective, behind_best=behind, wall_s=result.wall_s, cpu_s=result.cpu_s,
        iterations=result.iterations, evaluations=result.evaluations, notes=notes,
        failed=status is Status.ERROR or result.failed)


def _primal_integral(result: Result, objective: float | None, horizon_s: float) -> float | None:
    """Return the primal integral of a run to the best objective, as a share of the time there was."""
    if objective is None or horizon_s <= 0 or (result.kind == "bound" and result.objective is None):
        return None
    from ecoopt.metrics.primal import primal_integral

    points = [(p.seconds, p.incumbent) for p in result.trace if p.incumbent is not None]
    seconds, incumbents = zip(*points, strict=True) if points else ((), ())
    return primal_integral(seconds, incumbents, objective, horizon_s) / horizon_s
