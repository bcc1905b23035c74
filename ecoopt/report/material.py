"""Material: what a report is made of, out of stores of studies and files of results."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ecoopt.best import Best
from ecoopt.comparison import Comparison, Row
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.files import PathLike, read_json
from ecoopt.core.instance import Instance
from ecoopt.core.record import Record
from ecoopt.core.result import ENDED_FROM_OUTSIDE, Result
from ecoopt.core.status import Sense, Status, Termination
from ecoopt.documents import parse_document
from ecoopt.known.values import known_values
from ecoopt.registry import family
from ecoopt.report.apart import told_apart
from ecoopt.study.store import Store, is_store

InstanceOf = Callable[[str], Instance | None]


@dataclass(frozen=True)
class Material:
    """Results, and where their instances are.

    Parameters
    ----------
    results : tuple of Result
        In the order of the report.
    instance : callable
        Gives the instance of a digest, None where it is not to be had; its pictures are left out then.
    name, description : str
        Of the study; empty where there is none.
    machines : tuple of dict
        What the runs took place on, as far as it is known.
    """

    results: tuple[Result, ...]
    instance: InstanceOf
    name: str = ""
    description: str = ""
    machines: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def of(cls, results: Iterable[Result], instances: Iterable[Instance] = ()) -> "Material":
        """Return results and instances as material, those that come twice taken once."""
        return cls(told_apart(results), {instance.digest: instance for instance in instances}.get)

    def groups(self) -> dict[str, tuple[Result, ...]]:
        """Return the results of each instance, by its digest, in order of appearance."""
        found: dict[str, list[Result]] = {}
        for result in self.results:
            found.setdefault(result.instance_digest, []).append(result)
        return {digest: tuple(group) for digest, group in found.items()}

    @cached_property
    def known(self) -> dict[str, Best]:
        """What was known of the instances before, by digest."""
        return known_values(result.instance_digest for result in self.results)


def best_of(results: Iterable[Result]) -> Result | None:
    """Return the result of the best objective among those with a feasible schedule at hand, None without one."""
    feasible = [r for r in results if r.objective is not None and r.schedule is not None]
    if not feasible:
        return None
    sign = 1 if feasible[0].sense is Sense.MIN else -1
    return min(feasible, key=lambda r: sign * (r.objective or 0.0))


def read_material(paths: PathLike | Iterable[PathLike]) -> Material:
    """Return what a file holds, or some together: stores of studies, single results, comparisons, instances to draw.

    A comparison has no schedules and no terms of the score; its rows come as results without them.

    Raises
    ------
    InputError
        With every problem of the files, or when they hold no result.
    """
    sources = [str(path) for path in ([paths] if isinstance(paths, str | os.PathLike) else paths)]
    studies: list[Material] = []
    instances: list[Instance] = []
    results: list[Result] = []
    problems: list[Problem] = []
    for source in sources:
        try:
            if is_store(source):
                studies.append(_study(source))
                continue
            for found in _parts(read_json(source), source):
                if isinstance(found, Instance):
                    instances.append(found)
                elif isinstance(found, Result):
                    results.append(found)
        except InputError as error:
            if len(sources) == 1:
                raise
            problems += [Problem(f"{error.source}: {p.field}".removesuffix(": "), p.message, p.mend)
                         for p in error.problems]
    if problems:
        raise InputError("report", problems)
    rest = Material.of(results, instances)
    every = told_apart(result for part in (*studies, rest) for result in part.results)
    if not every:
        raise InputError.one(sources[0] if len(sources) == 1 else "report", "", "holds no result",
                             "give results that a study, solve, compare or demo has written")

    def instance(digest: str) -> Instance | None:
        found = (part.instance(digest) for part in (rest, *studies))
        return next((one for one in found if one is not None), None)

    named = studies[0] if len(studies) == 1 else rest
    return Material(every, instance, named.name, named.description,
                    tuple({repr(machine): machine for study in studies for machine in study.machines}.values()))


def _study(path: str) -> Material:
    """Return the finished runs of a store, the best schedule of each instance with them."""

    def instance(digest: str) -> Instance | None:
        with Store(path) as store:
            return store.instance(digest)

    with Store(path) as store, store.still():
        return Material(tuple(result for _, result in store.results("best")), instance, store.fact("name"),
                        store.fact("description"), tuple(store.machines()))


def _parts(content: Any, source: str) -> list[Record]:
    """Return the instances and results that a file holds."""
    if isinstance(content, dict) and content.get("document") == "comparison":
        comparison: Comparison = Comparison.from_content(content, source)
        return _rows(comparison)
    return [parse_document(content, source, ("result", "instance"))]


def _ended_from_outside(row: Row) -> bool:
    return row.failed and row.status is not Status.ERROR and row.termination is Termination.TIME


def _rows(comparison: Comparison) -> list[Record]:
    """Return the rows of a comparison as results without schedules."""
    return [
        Result(family=row.family, method=row.method, label=row.label, kind=row.kind, instance_name=row.instance,
               instance_digest=row.instance_digest, sense=family(row.family).sense, seed=row.seed, options=row.options,
               budget=row.budget, details={ENDED_FROM_OUTSIDE: True} if _ended_from_outside(row) else {},
               status=row.status, termination=row.termination, objective=row.objective, bound=row.bound,
               wall_s=row.wall_s, cpu_s=row.cpu_s, iterations=row.iterations, evaluations=row.evaluations,
               notes=row.notes, versions=comparison.versions)
        for row in comparison.rows]
