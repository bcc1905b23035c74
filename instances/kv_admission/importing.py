"""From plain lists of requests to instances: what ``ecoopt import`` offers for this family."""

from pathlib import Path
from typing import Any

import numpy as np

from ecoopt.core.errors import InputError, Problem
from ecoopt.core.files import read_bytes
from ecoopt.core.instance import Provenance
from ecoopt.core.strict_json import parse_json
from ecoopt.instances.kv_admission.schema import KvAdmissionInstance
from ecoopt.instances.kv_admission.traces import import_kv_trace

_LARGEST_BYTES = 2**30
_MOST = 10_000_000
_FIELDS = ("arrival", "prompt", "output")


def import_plain_kv(path: Path, *, which: str | None = None) -> KvAdmissionInstance:
    """Read the plain problem: one replica, requests that run without a break, weights of 1.

    Parameters
    ----------
    path : Path
        JSON, plain or compressed: a list of instances with ``name``, ``memory_tokens``, ``rounds`` and ``requests``,
        each with ``arrival``, ``prompt`` and ``output``.
    which : str, optional
        Name of the instance to take; needed where the list has several.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    listed = parse_json(read_bytes(path, limit_bytes=_LARGEST_BYTES), str(path))
    found = {str(entry.get("name")): entry for entry in listed if isinstance(entry, dict)} if isinstance(
        listed, list) else {}
    if (which is None and len(found) != 1) or (which is not None and which not in found):
        shown = ", ".join(list(found)[:20]) or "none"
        raise InputError.one(str(path), "which", f"{'is not given' if which is None else f'{which!r} is unknown'}; the "
                             f"file has {shown}", "name one of them")
    name = next(iter(found)) if which is None else which
    entry = found[name]
    listing = entry.get("requests")
    rows: list[Any] = listing if isinstance(listing, list) else [None]
    wrong = [Problem(f"{name}.requests[{i}]", f"{str(row)[:60]} has no whole {field} in 0..{_MOST}", "correct it")
             for i, row in enumerate(rows) for field in _FIELDS
             if not isinstance(row, dict) or not _whole(row.get(field))]
    if wrong:
        raise InputError(str(path), wrong)
    columns = {field: np.array([row[field] for row in rows], dtype=np.int64) for field in _FIELDS}
    content: dict[str, Any] = {
        "name": name, "provenance": Provenance(source=f"plain KV admission: {path.name}"),
        "arrival_round": columns["arrival"], "prompt_tokens": columns["prompt"], "output_tokens": columns["output"],
        "predicted_tokens": columns["output"], "weight": np.ones(len(rows)), "client": np.zeros(len(rows), np.int64),
        "first_token_round": np.full(len(rows), -1), "memory_tokens": [entry.get("memory_tokens")],
        "rounds": entry.get("rounds")}
    instance: KvAdmissionInstance = KvAdmissionInstance.from_content(content, str(path))
    return instance


def _whole(value: Any) -> bool:
    """Return whether a value is a whole number within limits."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST


READERS = {"plain-kv": import_plain_kv, "kv-trace": import_kv_trace}
