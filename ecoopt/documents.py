"""Documents: instances, schedules and results from and to files, each parsed by the family its file names."""

from collections.abc import Iterable
from typing import Any, get_args

from ecoopt.core.compression import LIMIT_BYTES
from ecoopt.core.errors import InputError
from ecoopt.core.files import PathLike, read_json, write_json
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.record import Record
from ecoopt.core.result import Result
from ecoopt.registry import family

_ARTICLE = {"instance": "an instance", "schedule": "a schedule", "result": "a result",
            "carbon trace": "a carbon trace"}
_ALL = tuple(_ARTICLE)


def read_instance(path: PathLike, *, limit_bytes: int = LIMIT_BYTES) -> Instance:
    """Return the instance a file holds.

    Parameters
    ----------
    path : path-like
        JSON, plain or compressed.
    limit_bytes : int
        Largest decompressed size accepted.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    found = parse_document(read_json(path, limit_bytes=limit_bytes), str(path), ("instance",))
    assert isinstance(found, Instance)
    return found


def read_instances(paths: Iterable[PathLike]) -> list[Instance]:
    """Return the instances of several files.

    Raises
    ------
    InputError
        With the problems of the first file that has any.
    """
    return [read_instance(path) for path in paths]


def write_instance(instance: Instance, path: PathLike) -> None:
    """Write an instance atomically; compressed when the name ends in .gz or .zst.

    Raises
    ------
    InputError
        When the file cannot be written.
    """
    write_json(path, instance)


def read_result(path: PathLike, *, limit_bytes: int = LIMIT_BYTES) -> Result:
    """Return the result a file holds.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    found = parse_document(read_json(path, limit_bytes=limit_bytes), str(path), ("result",))
    assert isinstance(found, Result)
    return found


def write_result(result: Result, path: PathLike) -> None:
    """Write a result atomically; compressed when the name ends in .gz or .zst.

    Raises
    ------
    InputError
        When the file cannot be written.
    """
    write_json(path, result)


def read_schedule(path: PathLike, *, limit_bytes: int = LIMIT_BYTES) -> Schedule:
    """Return the schedule a file holds, on its own or within a result.

    Raises
    ------
    InputError
        With every problem of the file; when it is a result without a schedule.
    """
    found = parse_document(read_json(path, limit_bytes=limit_bytes), str(path), ("result", "schedule"))
    return schedule_of(found, str(path))


def schedule_of(found: Record, source: str) -> Schedule:
    """Return a schedule, or the one that a result holds.

    Raises
    ------
    InputError
        When it holds none.
    """
    if isinstance(found, Schedule):
        return found
    assert isinstance(found, Result)
    if found.schedule is None:
        raise InputError.one(source, "schedule", f"the result holds none (status {found.status})",
                             "give a result that has one")
    return found.schedule


def read_document(path: PathLike, *, limit_bytes: int = LIMIT_BYTES) -> Record:
    """Return the instance, schedule, result or carbon trace a file holds.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    return parse_document(read_json(path, limit_bytes=limit_bytes), str(path), _ALL)


def parse_document(content: Any, source: str, wanted: tuple[str, ...]) -> Record:
    """Return the record that parsed JSON holds.

    Parameters
    ----------
    content : object
        Parsed JSON.
    source : str
        Name for messages.
    wanted : tuple of {"instance", "schedule", "result", "carbon trace"}
        What is accepted.

    Raises
    ------
    InputError
        With every problem; alone, when the family or the version is unknown or it is another kind of document.
    """
    if not isinstance(content, dict):
        raise InputError.one(source, "", "is not an object with keys", f"give {_ARTICLE[wanted[0]]}")
    if "family" not in content and "intensity_g_per_kwh" in content:
        return _parse_carbon(content, source, wanted)
    if "family" not in content:
        raise InputError.one(source, "family", "missing", "add the name of the family")
    try:
        owner = family(content["family"])
    except InputError as error:
        raise InputError(source, [type(p)("family", p.message, p.mend) for p in error.problems]) from None
    classes: dict[str, type[Record]] = {"instance": owner.Instance, "schedule": owner.Schedule, "result": Result}
    role = _role(content, classes)
    if role not in wanted:
        names = " or ".join(_ARTICLE[name] for name in wanted)
        raise InputError.one(source, "", f"is {_ARTICLE[role]}, not {names}", f"give {names}")
    _check_version(content, classes[role], source)
    if role == "result":
        return Result.parse(content, source, owner.Schedule)
    found: Record = classes[role].from_content(content, source)
    return found


def _parse_carbon(content: dict[str, Any], source: str, wanted: tuple[str, ...]) -> Record:
    """Return the carbon trace of a document that belongs to no family."""
    from ecoopt.instances.carbon import CarbonTrace

    if "carbon trace" not in wanted:
        names = " or ".join(_ARTICLE[name] for name in wanted)
        raise InputError.one(source, "", f"is a carbon trace, not {names}", f"give {names}")
    _check_version(content, CarbonTrace, source)
    found: Record = CarbonTrace.from_content(content, source)
    return found


def _role(content: dict[str, Any], classes: dict[str, type[Record]]) -> str:
    """Return what a document is: a result says so, the others are told by the keys that only one of them has."""
    if content.get("document") == "result":
        return "result"
    schedule, instance = set(classes["schedule"].model_fields), set(classes["instance"].model_fields)
    hits = {"instance": len((instance - schedule) & content.keys()),
            "schedule": len((schedule - instance) & content.keys())}
    return "schedule" if hits["schedule"] > hits["instance"] else "instance"


def _check_version(content: dict[str, Any], wanted: type[Record], source: str) -> None:
    """Raise InputError when the schema version is not one that `wanted` knows."""
    known = get_args(wanted.model_fields["schema_version"].annotation)
    if "schema_version" not in content:
        raise InputError.one(source, "schema_version", "missing", f"add it; this ecoopt writes {max(known, default=1)}")
    found = content["schema_version"]
    if known and (isinstance(found, bool) or found not in known):
        newer = isinstance(found, int) and not isinstance(found, bool) and found > max(known)
        mend = "upgrade ecoopt" if newer else "write the file again with this ecoopt"
        text = ", ".join(map(str, known))
        raise InputError.one(source, "schema_version", f"is {repr(found)[:40]}, this ecoopt reads {text}", mend)
