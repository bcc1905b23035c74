"""Time stamps: ISO 8601 text to whole UTC seconds, a column at a time, and back."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import IntArray
from ecoopt.core.errors import InputError

TimeLike = str | datetime | np.datetime64

VALID, NOT_A_TIME, NO_OFFSET, NOT_WHOLE_S = 0, 1, 2, 3

FAULT_MESSAGES = {
    NOT_A_TIME: ("is not a time", "write it as 2023-01-31T18:00:00Z"),
    NO_OFFSET: ("has no UTC offset", "append Z or +00:00 if it is in UTC"),
    NOT_WHOLE_S: ("is not on a whole second", "round it to the second"),
}

_WIDTH = 40
_DIGIT = 1
# Digits are folded to "0" before matching: one match serves every row written in the same way.
_SHAPE = re.compile(r"(0000)-(00)-(00)[Tt ](00):(00)(?::(00)(?:\.(0+))?)?(?: ?([Zz]|[+-]00:?00))?")
_DAYS_IN_MONTH = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def parse_stamps(texts: Sequence[str], *, naive_is_utc: bool = False) -> tuple[IntArray, NDArray[np.uint8]]:
    """Return seconds since 1970-01-01T00:00Z and a fault code for each of `texts`.

    Accepted are ``YYYY-MM-DD``, then ``T`` or a space, then ``HH:MM[:SS[.fff]]``, then ``Z`` or an offset. Work is
    O(n) in whole-array operations.

    Parameters
    ----------
    texts : sequence of str
        The stamps.
    naive_is_utc : bool
        Whether a stamp without offset is in UTC (the file's header says so) or a fault.

    Returns
    -------
    time_s : int array [n]
        0 where faulty.
    fault : uint8 array [n]
        ``VALID`` or the key of ``FAULT_MESSAGES``.
    """
    count = len(texts)
    time_s = np.zeros(count, dtype=np.int64)
    fault = np.full(count, NOT_A_TIME, dtype=np.uint8)
    if count == 0:
        return time_s, fault
    codes = np.array(texts, dtype=f"U{_WIDTH}").view(np.uint32).reshape(count, _WIDTH)
    digit = (codes >= ord("0")) & (codes <= ord("9"))
    shapes = np.where(digit, _DIGIT, np.where((codes < 127) & (codes != _DIGIT), codes, 127)).astype(np.uint8)
    if (shapes == shapes[0]).all():
        groups = [(shapes[0].tobytes(), np.arange(count))]
    else:
        keys, inverse = np.unique(shapes.view(f"V{_WIDTH}").ravel(), return_inverse=True)
        order = np.argsort(inverse, kind="stable")
        parts = np.split(order, np.searchsorted(inverse[order], np.arange(1, len(keys))))
        groups = [(key.tobytes(), part) for key, part in zip(keys, parts, strict=True)]
    for shape, rows in groups:
        text = shape.rstrip(b"\0").translate(bytes.maketrans(b"\x01", b"0")).decode("ascii")
        match = _SHAPE.fullmatch(text)
        if match is not None:
            time_s[rows], fault[rows] = _convert(codes[rows], match, naive_is_utc)
    time_s[fault != VALID] = 0
    return time_s, fault


def _convert(codes: NDArray[np.uint32], match: re.Match[str], naive_is_utc: bool) -> tuple[IntArray, NDArray[np.uint8]]:
    """Return seconds and faults of rows that share one shape."""

    def number(first: int, last: int) -> IntArray:
        places = 10 ** np.arange(last - first - 1, -1, -1, dtype=np.int64)
        return (codes[:, first:last].astype(np.int64) - ord("0")) @ places

    year, month, day, hour, minute = (number(*match.span(group)) for group in range(1, 6))
    second = number(*match.span(6)) if match.group(6) else np.zeros_like(hour)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    longest = _DAYS_IN_MONTH[np.clip(month, 0, 12)] + (leap & (month == 2))
    sound = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= longest)
    sound &= (hour <= 23) & (minute <= 59) & (second <= 59)
    fault = np.where(sound, VALID, NOT_A_TIME).astype(np.uint8)
    if match.group(7) and match.span(7)[1] <= _WIDTH:
        fraction = (codes[:, slice(*match.span(7))] != ord("0")).any(axis=1)
        fault[sound & fraction] = NOT_WHOLE_S
    shift = np.zeros_like(hour)
    zone = match.group(8)
    if zone is None:
        if not naive_is_utc:
            fault[sound] = NO_OFFSET
    elif zone not in "Zz":
        at = match.start(8)
        hours, minutes = number(at + 1, at + 3), number(match.end(8) - 2, match.end(8))
        fault[(hours > 15) | (minutes > 59)] = NOT_A_TIME
        shift = (hours * 3600 + minutes * 60) * (1 if zone[0] == "+" else -1)
    # Shifting the year to begin in March puts the leap day last, so day counts need no table (Hinnant's algorithm).
    shifted = year - (month <= 2)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    days = 365 * shifted + shifted // 4 - shifted // 100 + shifted // 400 + day_of_year - 719468
    return days * 86400 + hour * 3600 + minute * 60 + second - shift, fault


def epoch_s(when: TimeLike, field: str = "time") -> int:
    """Return `when` as whole seconds since 1970-01-01T00:00Z.

    Parameters
    ----------
    when : str, datetime or numpy.datetime64
        ISO 8601 text with an offset, an aware datetime, or a datetime64 (always UTC).
    field : str
        Name used in the error.

    Raises
    ------
    InputError
        When it is no time, has no offset or is not on a whole second.
    """
    if isinstance(when, np.datetime64):
        if np.isnat(when):
            raise InputError.one("", field, "is not a time (NaT)", FAULT_MESSAGES[NOT_A_TIME][1])
        whole = when.astype("datetime64[s]")
        if whole != when:
            raise InputError.one("", field, f"{when} is not on a whole second", FAULT_MESSAGES[NOT_WHOLE_S][1])
        return int(whole.astype(np.int64))
    if isinstance(when, datetime):
        if when.tzinfo is None:
            raise InputError.one("", field, f"{when} has no UTC offset", "give an aware datetime")
        if when.microsecond:
            raise InputError.one("", field, f"{when} is not on a whole second", FAULT_MESSAGES[NOT_WHOLE_S][1])
        return round((when - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    if not isinstance(when, str):
        raise InputError.one("", field, f"a {type(when).__name__} is not a time", FAULT_MESSAGES[NOT_A_TIME][1])
    time_s, fault = parse_stamps([when])
    if fault[0] != VALID:
        message, mend = FAULT_MESSAGES[int(fault[0])]
        raise InputError.one("", field, f"{when[:60]!r} {message}", mend)
    return int(time_s[0])


def iso(time_s: int) -> str:
    """Return whole seconds since 1970 as ``YYYY-MM-DDTHH:MM:SSZ``."""
    return str(np.datetime64(int(time_s), "s")) + "Z"


def iso_column(time_s: IntArray) -> list[str]:
    """Return an array of seconds since 1970 as ISO text, one whole-array conversion."""
    return [str(text) + "Z" for text in np.datetime_as_string(time_s.astype("datetime64[s]"))]
