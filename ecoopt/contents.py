"""Contents: a record told field by field in a line each, arrays by shape and range."""

from typing import Any

import numpy as np

from ecoopt.core.record import Record

_LONGEST = 100
_DEEPEST = 3


def contents(record: Record) -> dict[str, str]:
    """Return what each field of a record holds, nested records by dotted path.

    Parameters
    ----------
    record : Record
        Any record.
    """
    lines: dict[str, str] = {}
    for name in type(record).model_fields:
        _tell(getattr(record, name), name, lines, 0)
    return lines


def _tell(value: Any, path: str, lines: dict[str, str], depth: int) -> None:
    """Add the lines of one value."""
    if isinstance(value, Record) and depth < _DEEPEST:
        for name in type(value).model_fields:
            _tell(getattr(value, name), f"{path}.{name}", lines, depth + 1)
    elif isinstance(value, tuple) and value and all(isinstance(entry, Record) for entry in value):
        names = [str(getattr(entry, "name", "")) for entry in value]
        lines[path] = _short(f"{len(value)} x {type(value[0]).__name__} {', '.join(filter(None, names))}".strip())
    elif isinstance(value, np.ndarray):
        lines[path] = _array(value)
    elif isinstance(value, (tuple, list)):
        lines[path] = _short(f"{len(value)}: {', '.join(map(str, value[:20]))}" if value else "none")
    elif value is not None and value not in ("", {}):
        lines[path] = _short(str(value))


def _array(value: np.ndarray) -> str:
    """Return shape, range and sum of an array."""
    shape = " x ".join(map(str, value.shape))
    if not value.size:
        return f"[{shape}]"
    if value.dtype.kind == "b":
        return f"[{shape}] {int(value.sum())} true"
    return f"[{shape}] {value.min():.6g} to {value.max():.6g}, mean {value.mean():.6g}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."
