"""Array fields: lists on disk, read-only NumPy arrays in memory, checked as they come in."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_EXACT = 2**53 - 1
_BOOLEANS = frozenset({bool, np.bool_})
_LIMITS = (("ge", ">=", np.less), ("gt", ">", np.less_equal), ("le", "<=", np.greater))


def array_field(dtype: Any, ndim: int = 1, **limits: float) -> Any:
    """Return the annotation's metadata for an array field.

    Parameters
    ----------
    dtype : numpy dtype
        Type in memory. An integer type refuses fractions; every type refuses NaN, infinity, text and booleans
        (a boolean type takes booleans alone).
    ndim : int
        Number of dimensions.
    **limits : float
        ``ge``, ``gt`` and ``le``: bounds that every entry must keep.
    """
    wanted = np.dtype(dtype)
    unknown = set(limits) - {name for name, _, _ in _LIMITS}
    assert not unknown, unknown

    def check(value: Any) -> NDArray[Any]:
        return _check(value, wanted, ndim, limits)

    entry: dict[str, Any] = {"type": {"f": "number", "i": "integer", "u": "integer", "b": "boolean"}[wanted.kind]}
    names = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum"}
    entry |= {names[name]: limit for name, limit in limits.items()}
    for _ in range(ndim):
        entry = {"type": "array", "items": entry}
    return (PlainValidator(check), PlainSerializer(lambda a: a.tolist(), return_type=list), WithJsonSchema(entry))


def _check(value: Any, wanted: np.dtype[Any], ndim: int, limits: dict[str, float]) -> NDArray[Any]:
    """Return `value` as a read-only array of the wanted type, or raise ValueError with the first bad entry."""
    if isinstance(value, (str, bytes, dict)) or np.isscalar(value) or value is None:
        raise ValueError(f"expected a list of numbers in {ndim} dimension(s), got {type(value).__name__}; give a list")
    try:
        raw = np.asarray(value)
    except (ValueError, TypeError, OverflowError):
        raise ValueError("rows differ in length or hold non-numbers; give a regular list of numbers") from None
    if raw.ndim != ndim:
        if raw.size or ndim < raw.ndim:
            raise ValueError(f"has {raw.ndim} dimension(s), expected {ndim}; nest the lists accordingly")
        raw = raw.reshape((0,) * ndim)
    if raw.size == 0:
        raw = raw.astype(wanted)
    accepted = {"f": "fiu", "i": "fiu", "u": "fiu", "b": "b"}[wanted.kind]
    if raw.dtype.kind not in accepted:
        raise ValueError(f"entries are not {'booleans' if wanted.kind == 'b' else 'numbers'}; correct them")
    if wanted.kind != "b" and isinstance(value, (list, tuple)):
        _refuse_booleans(value, ndim)
    if raw.dtype.kind == "f":
        _refuse(raw, ~np.isfinite(raw), "is not finite; give a number")
    if wanted.kind in "iu":
        if raw.dtype.kind == "f":
            _refuse(raw, raw != np.floor(raw), "is not a whole number; give a whole number")
        low, high = int(np.iinfo(wanted).min), int(np.iinfo(wanted).max)
        if raw.dtype.kind == "f":  # beyond, floats are not exact and the comparison below is not either
            low, high = max(low, -_EXACT), min(high, _EXACT)
        _refuse(raw, (raw < low) | (raw > high), f"is out of range; keep it within {low}..{high}")
    for name, sign, breaks in _LIMITS:
        if name in limits:
            _refuse(raw, breaks(raw, limits[name]), f"must be {sign} {limits[name]:g}; correct it")
    result = raw.astype(wanted, order="C", copy=bool(raw.flags.writeable and raw is value))
    result.setflags(write=False)
    return result


def _refuse_booleans(value: Sequence[Any], ndim: int) -> None:
    """Raise ValueError when nested lists hold a boolean among numbers, which NumPy would read as 0 or 1."""
    entries: Iterable[Any] = value
    for _ in range(ndim - 1):
        entries = chain.from_iterable(entries)
    if not _BOOLEANS.isdisjoint(map(type, entries)):
        raise ValueError("a boolean stands among the entries; give numbers alone")


def _refuse(raw: NDArray[Any], bad: NDArray[np.bool_], message: str) -> None:
    """Raise ValueError naming the first bad entry, if there is one."""
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        index = "".join(f"[{i}]" for i in where)
        count = int(bad.sum())
        raise ValueError(f"entry {index} = {raw[where]} {message}{f' ({count} such entries)' if count > 1 else ''}")


FloatVector = Annotated[FloatArray, *array_field(np.float64)]
NonNegativeVector = Annotated[FloatArray, *array_field(np.float64, ge=0)]
PositiveVector = Annotated[FloatArray, *array_field(np.float64, gt=0)]
NonNegativeMatrix = Annotated[FloatArray, *array_field(np.float64, 2, ge=0)]
PositiveMatrix = Annotated[FloatArray, *array_field(np.float64, 2, gt=0)]
IndexVector = Annotated[IntArray, *array_field(np.int64, ge=0)]
BoolVector = Annotated[NDArray[np.bool_], *array_field(np.bool_)]
