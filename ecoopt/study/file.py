"""The study file: TOML read with every problem of its structure at once, entry by entry."""

import copy
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ecoopt.core.errors import InputError, Problem
from ecoopt.core.files import PathLike, read_bytes
from ecoopt.core.record import Record
from ecoopt.study.schema import InstanceEntry, MethodEntry, Study

_LIMIT_BYTES = 2**24
_LISTS: dict[str, type[Record]] = {"instances": InstanceEntry, "methods": MethodEntry}


def read_content(path: PathLike) -> dict[str, Any]:
    """Return what a TOML file holds; without a name, with the file's.

    Raises
    ------
    InputError
        When it cannot be read or is no TOML.
    """
    import tomllib  # takes long to load, and who reads a store has no need of it

    source = str(path)
    try:
        content = tomllib.loads(read_bytes(path, limit_bytes=_LIMIT_BYTES).decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InputError.one(source, "", f"is not UTF-8 text (byte {error.start})", "save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        text = str(error)
        raise InputError.one(source, "", f"is not TOML: {text[:1].lower()}{text[1:]}", "correct it") from None
    except RecursionError:
        raise InputError.one(source, "", "nests too deeply", "check that it is the right file") from None
    return {"name": Path(source).stem} | content


def study_from(content: dict[str, Any], source: str) -> Study:
    """Return the study that parsed TOML describes.

    Raises
    ------
    InputError
        With every problem: those of the file's keys and those of each entry.
    """
    problems: list[Problem] = []
    for key, entry_type in _LISTS.items():
        entries = content.get(key, [])
        if not isinstance(entries, list):
            problems.append(Problem(key, "is no list of tables", f"write [[{key}]] over each entry"))
            continue
        for place, entry in enumerate(entries):
            problems += _problems(entry_type, entry, f"{key}[{place}]")
    if not content.get("instances"):
        problems.append(Problem("instances", "there are none", "add an [[instances]] entry"))
    rest = {key: value for key, value in content.items() if key not in _LISTS}
    problems += _problems(Study, rest | {"instances": []}, "")
    if problems:
        raise InputError(source, problems)
    found: Study = Study.from_content(content, source)
    return found


def pruned(content: dict[str, Any], problems: Iterable[Problem], *, coarse: bool = False) -> dict[str, Any]:
    """Return what parsed TOML holds without what is wrong in it; entries of lists of tables keep their places.

    Parameters
    ----------
    content : dict
        Parsed TOML.
    problems : iterable of Problem
        Of its structure.
    coarse : bool
        Whether to empty a whole entry instead of taking its wrong keys out.
    """
    found = {key: copy.deepcopy(value) for key, value in content.items() if not coarse or key in Study.model_fields}
    for problem in problems:
        path = re.findall(r"[^.\[\]]+", problem.field)
        entries = found.get(path[0]) if path and path[0] in _LISTS else None
        if isinstance(entries, list) and len(path) > 1:
            place, keys = int(path[1]), path[2:]
            if coarse or not keys or not isinstance(entries[place], dict):
                entries[place] = {}
            else:
                _take_out(entries[place], keys)
        elif path:
            _take_out(found, path[:1] if coarse else path)
    return found


def _take_out(table: Any, path: Sequence[str]) -> None:
    """Delete what a path leads to, a list whole."""
    for part in path[:-1]:
        inner = table.get(part)
        if not isinstance(inner, dict):
            table.pop(part, None)
            return
        table = inner
    table.pop(path[-1], None)


def _problems(wanted: type[Record], content: Any, prefix: str) -> list[Problem]:
    """Return what is wrong with the structure of an entry."""
    if not isinstance(content, dict):
        return [Problem(prefix, "is no table", "give keys and values")]
    try:
        wanted.from_content(content, prefix)
    except InputError as error:
        return [Problem(f"{prefix}.{p.field}".strip("."), p.message, p.mend) for p in error.problems]
    return []
