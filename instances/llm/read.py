"""Readers of public traces of requests: Azure's CSV of 2023 and 2024, Mooncake's JSON lines."""

import csv
import json
from pathlib import Path

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.files import read_bytes
from ecoopt.instances.llm.trace import RequestTrace

_LARGEST_BYTES = 2 * 2**30
_AZURE = ("TIMESTAMP", "ContextTokens", "GeneratedTokens")
_MOONCAKE = ("timestamp", "input_length", "output_length")
_MOST_TOKENS = 10**8


def read_requests(path: Path) -> RequestTrace:
    """Read a trace of requests, its format told by its first character.

    Parameters
    ----------
    path : Path
        Plain or compressed: a CSV table with columns ``TIMESTAMP,ContextTokens,GeneratedTokens`` (Azure LLM inference
        traces), or a JSON object a line with ``timestamp`` in ms, ``input_length``, ``output_length`` (Mooncake).

    Returns
    -------
    RequestTrace
        In order of arrival. A request without prompt or output counts as one token.

    Raises
    ------
    InputError
        When the file cannot be read or holds no such trace.
    """
    try:
        text = read_bytes(path, limit_bytes=_LARGEST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError.one(str(path), "", "is not UTF-8 text", "give a trace of requests") from None
    if text.lstrip()[:1] == "{":
        arrival_s, prompt, output = _json_lines(path, text)
        source, licence = f"Mooncake trace {path.name} (Qin et al., FAST'25)", "Apache-2.0"
    else:
        arrival_s, prompt, output = _table(path, text)
        source, licence = f"Azure LLM inference trace {path.name}", "CC-BY-4.0"
    order = np.argsort(arrival_s, kind="stable")
    return RequestTrace(arrival_s[order] - arrival_s[order[0]], np.maximum(prompt[order], 1),
                        np.maximum(output[order], 1), source, licence)


def _table(path: Path, text: str) -> tuple[FloatArray, IntArray, IntArray]:
    """Return seconds, prompts and outputs of a CSV table."""
    rows = csv.reader(text.splitlines())
    header = next(rows, [])
    missing = [name for name in _AZURE if name not in header]
    if missing:
        there = f"the first line has {', '.join(header)}"[:200]
        raise InputError(str(path), [Problem(f"column {name}", "missing", there) for name in missing])
    cells = [row for row in rows if row]
    columns = [header.index(name) for name in _AZURE]
    for line, row in enumerate(cells, 2):
        if len(row) <= max(columns):
            raise InputError.one(str(path), f"line {line}", "is too short", "give all columns in each line")
    _refuse_empty(path, len(cells))
    try:
        stamp = np.array([row[columns[0]].strip()[:26] for row in cells], dtype="datetime64[us]")
        if np.isnat(stamp).any():
            raise ValueError("an entry is empty")
    except ValueError as error:
        raise InputError.one(str(path), "TIMESTAMP", f"is no time: {error}", "give YYYY-MM-DD HH:MM:SS") from None
    arrival_s = (stamp - stamp.min()) / np.timedelta64(1, "s")
    return arrival_s, *(_lengths(path, name, [row[column] for row in cells])
                        for name, column in zip(_AZURE[1:], columns[1:], strict=True))


def _json_lines(path: Path, text: str) -> tuple[FloatArray, IntArray, IntArray]:
    """Return seconds, prompts and outputs of JSON lines."""
    found: list[tuple[object, ...]] = []
    for line, entry in enumerate(text.splitlines(), 1):
        if not entry.strip():
            continue
        try:
            record = json.loads(entry)
            found.append(tuple(record[name] for name in _MOONCAKE))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError.one(str(path), f"line {line}", f"is no request: {type(error).__name__}: {error}"[:200],
                                 f"give an object with {', '.join(_MOONCAKE)}") from None
    _refuse_empty(path, len(found))
    stamp, prompt, output = zip(*found, strict=True)
    try:
        arrival_s = np.array(stamp, dtype=np.float64) / 1000
    except (ValueError, TypeError):
        arrival_s = np.array([np.nan])
    if arrival_s.ndim != 1 or not np.isfinite(arrival_s).all():
        raise InputError.one(str(path), "timestamp", "is no number", "give milliseconds")
    return arrival_s, _lengths(path, _MOONCAKE[1], prompt), _lengths(path, _MOONCAKE[2], output)


def _lengths(path: Path, field: str, cells: object) -> IntArray:
    """Return lengths in tokens as whole numbers."""
    try:
        value = np.array(cells, dtype=np.float64)
    except (ValueError, TypeError):
        value = np.array([np.nan])
    if value.ndim != 1 or not ((value >= 0) & (value <= _MOST_TOKENS) & (value == np.floor(value))).all():
        raise InputError.one(str(path), field, f"holds what is no whole number in 0..{_MOST_TOKENS}", "give tokens")
    return value.astype(np.int64)


def _refuse_empty(path: Path, requests: int) -> None:
    if not requests:
        raise InputError.one(str(path), "", "holds no requests", "give at least one")
