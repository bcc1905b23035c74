"""The study file: TOML read with every problem of its structure at once, entry by entry."""

import copy
import re
from collections.abc import Iterable
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


def pruned(content: dict[str, Any], problems: Iterable[Problem]) -> dict[str, Any]:
    """Return what parsed TOML holds without the keys that are wrong; entries of lists of tables keep their places."""
    found = copy.deepcopy(content)
    for problem in problems:
        *path, last = re.findall(r"[^.\[\]]+", problem.field) or [""]
        inner: Any = found
        for part in path:
            inner = inner[int(part)] if isinstance(inner, list) and part.isdecimal() and int(part) < len(inner) else (
                inner.get(part) if isinstance(inner, dict) else None)
        if isinstance(inner, dict):
            inner.pop(last, None)
        elif isinstance(inner, list) and last.isdecimal() and int(last) < len(inner):
            inner[int(last)] = {}
    return found


def _problems(wanted: type[Record], content: Any, prefix: str) -> list[Problem]:
    """Return what is wrong with the structure of an entry."""
    if not isinstance(content, dict):
        return [Problem(prefix, "is no table", "give keys and values")]
    try:
        wanted.from_content(content, prefix)
    except InputError as error:
        return [Problem(f"{prefix}.{p.field}".strip("."), p.message, p.mend) for p in error.problems]
    return []
