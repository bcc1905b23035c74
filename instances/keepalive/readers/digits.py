"""Digits: columns and comma-separated rows of non-negative whole numbers read from bytes, compiled."""

from typing import Any

import numpy as np
from numba import njit

from ecoopt.core.arrays import IntArray

MAX_DIGITS = 9
"""Longer numbers are refused; calls per minute have at most seven."""

_NEWLINE, _RETURN, _COMMA, _ZERO, _NINE = 10, 13, 44, 48, 57


@njit(cache=True)
def parse_column(buffer: Any) -> tuple[IntArray, int]:
    """Return the numbers of a text of one per line, and the first wrong line counted from 1, or 0.

    Lines end in LF or CR LF; the last may lack its end.
    """
    values = np.empty(len(buffer) // 2 + 1, np.int64)
    lines, at = 0, 0
    while at < len(buffer):
        value, digits, at = _number(buffer, at)
        if at < len(buffer) and buffer[at] == _RETURN:
            at += 1
        if digits == 0 or digits > MAX_DIGITS or (at < len(buffer) and buffer[at] != _NEWLINE):
            return values[:lines].copy(), lines + 1
        values[lines] = value
        lines += 1
        at += 1
    return values[:lines].copy(), 0


@njit(cache=True)
def parse_rows(buffer: Any, start: int, lead: int, columns: int) -> Any:
    """Read rows of `lead` text fields and `columns` numbers; keep the numbers above 0.

    Parameters
    ----------
    buffer : uint8 array
        The file.
    start : int
        First byte of the first row.
    lead, columns : int
        Fields of a row.

    Returns
    -------
    ends : int array [R, lead + 1]
        Beginning of each row and the comma after each text field.
    wrong : int array [R]
        First field of each row, counted from 1, that is no number of at most nine digits; ``lead + columns + 1`` where
        there are too many fields, minus the last one where there are too few, 0 for a sound row.
    offsets : int array [R + 1]
        First kept number of each row.
    column, value : int arrays [N]
        Column (from 0) and value of each kept number.
    """
    rows = 0
    for at in range(start, len(buffer)):
        if buffer[at] == _NEWLINE:
            rows += 1
    if len(buffer) > start and buffer[-1] != _NEWLINE:
        rows += 1
    ends, wrong = np.zeros((rows, lead + 1), np.int64), np.zeros(rows, np.int64)
    offsets = np.zeros(rows + 1, np.int64)
    # A number above 0 takes at least two bytes with its comma; pages never written to take no memory.
    column, value = np.empty(len(buffer) // 2 + 1, np.int32), np.empty(len(buffer) // 2 + 1, np.int32)
    kept, at = 0, start
    for row in range(rows):
        ends[row, 0] = at
        field = 0
        while field < lead:
            while at < len(buffer) and buffer[at] != _COMMA and buffer[at] != _NEWLINE:
                at += 1
            if at >= len(buffer) or buffer[at] == _NEWLINE:
                break
            field += 1
            ends[row, field] = at
            at += 1
        if field < lead:
            wrong[row] = -field - 1
        for number in range(columns if field == lead else 0):
            count, digits, at = _number(buffer, at)
            last = number == columns - 1
            if last and at < len(buffer) and buffer[at] == _RETURN:
                at += 1
            closed = at >= len(buffer) or buffer[at] == _NEWLINE
            if digits == 0 or digits > MAX_DIGITS or (not last and (closed or buffer[at] != _COMMA)):
                ends_early = not last and closed and 0 < digits <= MAX_DIGITS
                wrong[row] = (lead + number + 1) * (-1 if ends_early else 1)
                break
            if last and not closed:
                wrong[row] = lead + columns + (1 if buffer[at] == _COMMA else 0)
                break
            if count > 0:
                column[kept], value[kept] = number, count
                kept += 1
            if not last:
                at += 1
        while at < len(buffer) and buffer[at] != _NEWLINE:
            at += 1
        at += 1
        offsets[row + 1] = kept
    return ends, wrong, offsets, column[:kept].copy(), value[:kept].copy()


@njit(cache=True)
def _number(buffer: Any, at: int) -> tuple[int, int, int]:
    """Return a number, how many digits it has and the byte after it."""
    value, digits = 0, 0
    while at < len(buffer) and _ZERO <= buffer[at] <= _NINE:
        if digits < MAX_DIGITS:
            value = 10 * value + int(buffer[at]) - _ZERO
        digits += 1
        at += 1
    return value, digits, at
