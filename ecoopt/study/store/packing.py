"""Packing: a result as a row of figures with its trace and schedule compressed beside it, and back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import zstandard

from ecoopt.core.compression import LIMIT_BYTES, decompress
from ecoopt.core.errors import InputError
from ecoopt.core.files import encode
from ecoopt.core.instance import Schedule
from ecoopt.core.result import Result
from ecoopt.core.strict_json import parse_json
from ecoopt.registry import family
from ecoopt.study.keys import digest_of
from ecoopt.study.machine import machine

PLAIN = ("family", "instance_digest", "instance_name", "method", "kind", "sense", "seed", "status", "termination",
         "objective", "claimed_objective", "bound", "wall_s", "cpu_s", "iterations", "evaluations")
"""Fields of a result that are columns as they are."""

AS_JSON = ("options", "budget", "notes", "details", "versions", "score")
"""Fields of a result that are columns of JSON."""

FAILED = "(status = 'error' OR termination = 'crash' OR coalesce(json_extract(details, '$.ended_from_outside'), 0))"
"""SQL for a run that failed, as `Result.failed` says it."""

_TRACE = ("seconds", "iteration", "incumbent", "bound")
_LEVEL = 6


@dataclass(frozen=True)
class Packed:
    """A result as the store keeps it.

    Parameters
    ----------
    row : dict
        Values by column.
    trace : bytes
        Compressed lists of its points.
    schedule : bytes, optional
        Compressed; its digest is in the row.
    machine : str
        JSON; its digest is in the row.
    failed : bool
        Whether the run failed.
    """

    row: dict[str, Any]
    trace: bytes
    schedule: bytes | None
    machine: str
    failed: bool


def packed(result: Result) -> Packed:
    """Return a result as the store keeps it; the machine is the one this is called on."""
    content = result.model_dump(mode="json", exclude={"trace", "schedule"})
    row = {name: content[name] for name in PLAIN} | {
        name: None if content[name] is None else _text(content[name]) for name in AS_JSON}
    here = _text(machine())
    row |= {"options_digest": digest_of(content["options"]), "machine": digest_of(machine()),
            "finished_utc": utc_now(), "schedule_digest": None if result.schedule is None else result.schedule.digest}
    columns = {name: [getattr(point, name) for point in result.trace] for name in _TRACE}
    return Packed(row, compressed(_text(columns).encode()),
                  None if result.schedule is None else compressed(encode(result.schedule)), here, result.failed)


def unpacked(row: Mapping[str, Any], trace: bytes | None) -> Result:
    """Return the result that a row with its label and a trace stand for, without its schedule.

    Raises
    ------
    InputError
        When they are damaged.
    """
    source = f"run {row['run']}"
    content: dict[str, Any] = {name: row[name] for name in PLAIN}
    content["label"] = "" if row["label"] == row["method"] else row["label"]
    try:
        content |= {name: None if row[name] is None else json.loads(row[name]) for name in AS_JSON}
        if trace is not None:
            columns = json.loads(decompress(trace, source, LIMIT_BYTES))
            content["trace"] = [dict(zip(_TRACE, point, strict=True))
                                for point in zip(*(columns[name] for name in _TRACE), strict=True)]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError.one(source, "", f"is damaged: {error}", "run it again") from None
    return Result.parse(content, source, family(row["family"]).Schedule)


def unpacked_schedule(row: Mapping[str, Any]) -> Schedule:
    """Return the schedule that a row of run, family, digest and content stands for.

    Raises
    ------
    InputError
        When it is damaged, or is not the one of that digest.
    """
    source = f"run {row['run']}: schedule"
    content = parse_json(decompress(row["content"], source, LIMIT_BYTES), source)
    found: Schedule = family(row["family"]).Schedule.from_content(content, source)
    if found.digest != row["digest"]:
        raise InputError.one(source, "", "is damaged: its digest is another one", "run it again")
    return found


def compressed(content: bytes) -> bytes:
    """Return content as zstd."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(content)


def utc_now() -> str:
    """Return the time as text."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)
