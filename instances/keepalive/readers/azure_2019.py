"""Azure Functions 2019: calls per minute of one file per day, with execution times and memory beside them."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import IntArray
from ecoopt.core.errors import InputError
from ecoopt.core.files import read_bytes
from ecoopt.instances.carbon.complaints import Complaints
from ecoopt.instances.keepalive.invocations import MAX_CALLS_PER_MINUTE, Invocations
from ecoopt.instances.keepalive.readers.azure_means import function_means
from ecoopt.instances.keepalive.readers.digits import parse_rows
from ecoopt.instances.keepalive.trace import Trace

AZURE_SOURCE = "Azure Functions 2019 trace (Shahrad et al., USENIX ATC 2020)"
AZURE_LICENCE = "CC-BY-4.0, Microsoft"
DEFAULT_LIMIT_BYTES = 2**30

_DAY_MIN = 1440
_KEYS = ("HashOwner", "HashApp", "HashFunction", "Trigger")
_HEADER = ",".join((*_KEYS, *(str(minute) for minute in range(1, _DAY_MIN + 1)))).encode()
_SHORT = 8

Key = tuple[str, str, str]
Counts = NDArray[Any]
Day = tuple[IntArray, IntArray, Counts, Counts]
Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


def read_azure_2019(invocations_csv: Paths, durations_csv: Paths | None = None, memory_csv: Paths | None = None, *,
                    limit_bytes: int = DEFAULT_LIMIT_BYTES) -> Trace:
    """Return the trace in files of the Azure Functions 2019 data set, plain or compressed (gz, xz, zst).

    Each file of calls is a day, in the order given; functions are matched by owner, app and function, and come in order
    of their first row. Rows of the same function (one for each trigger) are added up. A function's time is the mean of
    its daily averages weighted by calls, its memory that of its app (an app's functions share a container), weighted
    by samples; nan where there is none.

    Parameters
    ----------
    invocations_csv : path or sequence of paths
        ``HashOwner,HashApp,HashFunction,Trigger,1,..,1440``.
    durations_csv : path or sequence of paths, optional
        ``HashOwner,HashApp,HashFunction,Average,Count,..`` in milliseconds.
    memory_csv : path or sequence of paths, optional
        ``HashOwner,HashApp,[HashFunction,]SampleCount,AverageAllocatedMb,..``.
    limit_bytes : int
        Most bytes of any file, uncompressed.

    Raises
    ------
    InputError
        With the wrong rows of a file, and their first wrong column.
    """
    days = _listed(invocations_csv)
    if not days:
        raise InputError.one("read_azure_2019", "invocations_csv", "names no file", "give one file per day")
    place: dict[Key, int] = {}
    parts = []
    for path in days:
        keys, offsets, column, value = _day(path, limit_bytes)
        function = np.array([place.setdefault(key, len(place)) for key in keys], dtype=np.int64)
        parts.append(_summed(function, offsets, column, value))
    calls = _joined(len(place), parts)
    functions = list(place)
    duration_s = memory_gb = None
    if durations_csv is not None:
        duration_s = function_means(_listed(durations_csv), functions, "Average", "Count", limit_bytes) / 1e3
    if memory_csv is not None:
        memory_gb = function_means(_listed(memory_csv), functions, "AverageAllocatedMb", "SampleCount", limit_bytes)
        memory_gb = np.where(memory_gb > 0, memory_gb / 1e3, np.nan)
    return Trace(invocations=calls, function_names=_names(functions), app_names=tuple(key[1] for key in functions),
                 duration_s=duration_s, memory_gb=memory_gb, source=AZURE_SOURCE, licence=AZURE_LICENCE)


def _listed(paths: Paths) -> list[str]:
    return [str(paths)] if isinstance(paths, (str, os.PathLike)) else [str(path) for path in paths]


def _day(path: str, limit_bytes: int) -> tuple[list[Key], IntArray, Counts, Counts]:
    """Return the keys of a file's rows, the first cell of each row, and column and value of each cell."""
    content = read_bytes(path, limit_bytes=limit_bytes)
    end = content.find(b"\n")
    header = content[:end if end >= 0 else len(content)].rstrip(b"\r").removeprefix(b"\xef\xbb\xbf")
    if header != _HEADER:
        raise InputError.one(path, "row 1", "is not the header HashOwner,HashApp,HashFunction,Trigger,1,..,1440",
                             "give a file of calls per minute of the Azure Functions 2019 data set")
    start = end + 1 if end >= 0 else len(content)
    ends, wrong, offsets, column, value = parse_rows(
        np.frombuffer(content, dtype=np.uint8), start, len(_KEYS), _DAY_MIN)
    complaints = Complaints(path)
    line = np.arange(len(wrong)) + 2
    names = (*_KEYS, *(str(minute) for minute in range(1, _DAY_MIN + 1)))
    short, long = wrong < 0, wrong > len(names)
    complaints.rows(short, line, "", lambda row: f"ends in column {names[-wrong[row] - 1]}",
                    f"give {len(names)} columns")
    complaints.rows(long, line, "", lambda row: f"has more than {len(names)} columns", "remove the rest")
    complaints.rows((wrong > 0) & ~long, line, "",
                    lambda row: f"column {names[wrong[row] - 1]} is no whole number", "write a count of calls")
    if (large := value > MAX_CALLS_PER_MINUTE).any():
        complaints.rows(large, np.repeat(line, np.diff(offsets)), "",
                        lambda cell: f"column {column[cell] + 1} holds {value[cell]} calls",
                        f"keep it within {MAX_CALLS_PER_MINUTE}")
    keys: list[Key] = []
    for index, (first, owner, app, name, _) in enumerate(ends.tolist()):
        try:
            texts = (content[first:owner], content[owner + 1:app], content[app + 1:name])
            keys.append((texts[0].decode(), texts[1].decode(), texts[2].decode()))
        except UnicodeDecodeError:
            complaints.add(f"row {index + 2}", "is not UTF-8 text", "save the file as UTF-8")
            continue
        if not wrong[index] and not (keys[-1][1] and keys[-1][2]):
            complaints.add(f"row {index + 2}", "has an empty HashApp or HashFunction", "fill it in")
    complaints.refuse()
    return keys, offsets, column, value


def _summed(function: IntArray, offsets: IntArray, column: Counts, value: Counts) -> Day:
    """Return a day with one row for each function: rows of the same function are added up."""
    if len(np.unique(function)) == len(function):
        return function, offsets, column, value
    key = np.repeat(function, np.diff(offsets)) * _DAY_MIN + column
    order = np.argsort(key, kind="stable")
    distinct, first = np.unique(key[order], return_index=True)
    total = np.add.reduceat(value[order].astype(np.int64), first) if len(first) else value
    present, sizes = np.unique(distinct // _DAY_MIN, return_counts=True)
    return present, np.concatenate([[0], np.cumsum(sizes)]), distinct % _DAY_MIN, total


def _joined(functions: int, days: list[Day]) -> Invocations:
    """Return all days' cells, function by function; every cell is moved to its place directly, O(C)."""
    sizes = np.zeros(functions, dtype=np.int64)
    for function, offsets, _, _ in days:
        sizes[function] += np.diff(offsets)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    minutes, counts = np.empty(starts[-1], dtype=np.int64), np.empty(starts[-1], dtype=np.int64)
    free = starts[:-1].copy()
    for day, (function, offsets, column, value) in enumerate(days):
        target = np.arange(offsets[-1]) + np.repeat(free[function] - offsets[:-1], np.diff(offsets))
        minutes[target] = column
        minutes[target] += day * _DAY_MIN
        counts[target] = value
        free[function] += np.diff(offsets)
    for array in (minutes, counts):
        array.setflags(write=False)
    calls: Invocations = Invocations.from_content({
        "horizon_min": len(days) * _DAY_MIN, "offsets": starts, "minutes": minutes, "counts": counts}, AZURE_SOURCE)
    return calls


def _names(functions: list[Key]) -> tuple[str, ...]:
    """Return short names where they are distinct: eight characters of app and function; else the full ones."""
    short = [f"{app[:_SHORT]}/{name[:_SHORT]}" for _, app, name in functions]
    full = [f"{app[:64]}/{name[:64]}" for _, app, name in functions]
    names = short if len(set(short)) == len(short) else full
    if len(set(names)) < len(names):
        names = [f"{name}#{index}" for index, name in enumerate(names)]
    return tuple(names)
