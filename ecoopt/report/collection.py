"""Collection: results and the instances they belong to, in one file or out of several."""

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import SerializeAsAny

from ecoopt.comparison import Comparison
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.files import PathLike, read_json, write_json
from ecoopt.core.instance import Instance
from ecoopt.core.record import Record
from ecoopt.core.result import Result
from ecoopt.core.status import Sense
from ecoopt.documents import parse_document
from ecoopt.registry import family

_KEYS = frozenset({"document", "schema_version", "instances", "results"})


class Collection(Record):
    """Results of methods on instances.

    Parameters
    ----------
    document : {"results"}
        Tells the file from others.
    instances : tuple of Instance
        Those that are known; results of others have no pictures of schedules.
    results : tuple of Result
        In the order of the report.
    """

    document: Literal["results"] = "results"
    schema_version: Literal[1] = 1
    instances: tuple[SerializeAsAny[Instance], ...] = ()
    results: tuple[Result, ...] = ()

    @classmethod
    def of(cls, results: Iterable[Result], instances: Iterable[Instance] = ()) -> "Collection":
        """Return a collection, instances and results that come twice taken once."""
        known = {instance.digest: instance for instance in instances}
        return cls(instances=tuple(known.values()), results=tuple(dict.fromkeys(results)))

    def groups(self) -> dict[str, tuple[Result, ...]]:
        """Return the results of each instance, by its digest, in order of appearance."""
        found: dict[str, list[Result]] = {}
        for result in self.results:
            found.setdefault(result.instance_digest, []).append(result)
        return {digest: tuple(group) for digest, group in found.items()}

    def instance(self, digest: str) -> Instance | None:
        """Return the instance with that digest, None where it is not known."""
        return next((instance for instance in self.instances if instance.digest == digest), None)

    def slim(self) -> "Collection":
        """Return the collection with the best schedule of each instance alone: the others take most of the room."""
        kept = {id(best) for group in self.groups().values() if (best := best_of(group)) is not None}
        return Collection(instances=self.instances, results=tuple(
            result if id(result) in kept or result.schedule is None else result.replace(schedule=None)
            for result in self.results))

    def write(self, path: PathLike) -> None:
        """Write the collection atomically; compressed when the name ends in .gz or .zst.

        Raises
        ------
        InputError
            When the file cannot be written.
        """
        write_json(path, self)


def best_of(results: Iterable[Result]) -> Result | None:
    """Return the result of the best objective among those with a feasible schedule at hand, None without one."""
    feasible = [r for r in results if r.objective is not None and r.schedule is not None]
    if not feasible:
        return None
    sign = 1 if feasible[0].sense is Sense.MIN else -1
    return min(feasible, key=lambda r: sign * (r.objective or 0.0))


def read_collection(paths: Iterable[PathLike]) -> Collection:
    """Return what some files hold together: collections, single results, instances, and comparisons.

    A comparison has no schedules and no terms of the score; its rows come as results without them.

    Raises
    ------
    InputError
        With every problem of the files, or when they hold no result.
    """
    instances: list[Instance] = []
    results: list[Result] = []
    problems: list[Problem] = []
    sources = [str(path) for path in paths]
    for source in sources:
        try:
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
    if not results:
        raise InputError.one(sources[0] if len(sources) == 1 else "report", "", "holds no result",
                             "give results that solve, compare or demo has written")
    return Collection.of(results, instances)


def _parts(content: Any, source: str) -> list[Record]:
    """Return the instances and results that a file holds."""
    kind = content.get("document") if isinstance(content, dict) else None
    if kind == "comparison":
        comparison: Comparison = Comparison.from_content(content, source)
        return _rows(comparison)
    if kind != "results":
        return [parse_document(content, source, ("result", "instance"))]
    assert isinstance(content, dict)
    wrong = [Problem(str(key), "unknown key", "remove it") for key in content.keys() - _KEYS]
    wrong += [Problem(key, "is not a list", "give a list") for key in ("instances", "results")
              if not isinstance(content.get(key, []), list)]
    if content.get("schema_version") != 1:
        wrong.append(Problem("schema_version", f"is {content.get('schema_version')!r}, this ecoopt reads 1",
                             "write the file again with this ecoopt"))
    found: list[Record] = []
    for key, wanted in (("instances", "instance"), ("results", "result")):
        for place, entry in enumerate([] if wrong else content.get(key, [])):
            try:
                found.append(parse_document(entry, source, (wanted,)))
            except InputError as error:
                wrong += [Problem(f"{key}[{place}].{p.field}".rstrip("."), p.message, p.mend) for p in error.problems]
    if wrong:
        raise InputError(source, sorted(wrong, key=lambda p: p.field))
    return found


def _rows(comparison: Comparison) -> list[Record]:
    """Return the rows of a comparison as results without schedules."""
    return [
        Result(family=row.family, method=row.method, label=row.label, kind=row.kind, instance_name=row.instance,
               instance_digest=row.instance_digest, sense=family(row.family).sense, seed=row.seed, status=row.status,
               termination=row.termination, objective=row.objective, bound=row.bound, wall_s=row.wall_s,
               cpu_s=row.cpu_s, iterations=row.iterations, evaluations=row.evaluations, notes=row.notes,
               versions=comparison.versions)
        for row in comparison.rows]
