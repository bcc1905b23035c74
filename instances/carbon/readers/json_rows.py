"""JSON rows: a list of objects, read column by column."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.instances.carbon.complaints import Complaints
from ecoopt.instances.carbon.stamps import FAULT_MESSAGES, parse_stamps


class JsonRows:
    """The objects of a JSON list, read column by column.

    Parameters
    ----------
    entries : object
        What stands where the list should be.
    source : str
        Name of the file in errors.
    key : str
        Key of the list, for the names of rows.

    Raises
    ------
    InputError
        When it is not a list of at least one object.
    """

    def __init__(self, entries: Any, source: str, key: str) -> None:
        if not isinstance(entries, list) or not entries:
            raise InputError.one(source, key, "is not a list of entries", "give at least one")
        self.complaints = Complaints(source, key + "[{}]")
        self.row: IntArray = np.arange(len(entries))
        bad = np.array([not isinstance(entry, dict) for entry in entries])
        self.complaints.rows(bad, self.row, "", lambda k: f"is a {type(entries[k]).__name__}, not an object",
                             "give an object")
        self.complaints.refuse()
        self._entries: list[dict[str, Any]] = entries

    def cells(self, key: str, inside: str | None = None) -> list[Any]:
        """Return one key of every entry, None where absent; `inside` names the object that holds it."""
        if inside is None:
            return [entry.get(key) for entry in self._entries]
        nested = [entry.get(inside) for entry in self._entries]
        return [content.get(key) if isinstance(content, dict) else None for content in nested]

    def texts(self, key: str) -> list[str]:
        """Return one key of every entry as text; anything else is noted in `complaints`."""
        cells = self.cells(key)
        bad = np.array([not isinstance(cell, str) for cell in cells])
        self.complaints.rows(bad, self.row, key, lambda k: f"{_shown(cells[k])} is not text", "give it as text")
        return [cell if isinstance(cell, str) else "" for cell in cells]

    def times(self, key: str) -> IntArray:
        """Return stamps as seconds since 1970; faults are noted in `complaints`."""
        texts = self.texts(key)
        time_s, fault = parse_stamps(texts)
        given = np.array([isinstance(cell, str) for cell in self.cells(key)])
        for code, (message, mend) in FAULT_MESSAGES.items():
            self.complaints.rows((fault == code) & given, self.row, key, _after(texts, message), mend)
        return time_s

    def numbers(self, key: str, inside: str | None = None) -> FloatArray:
        """Return numbers >= 0, NaN where null or absent; faults are noted in `complaints`."""
        cells = self.cells(key, inside)
        name = f"{inside}.{key}" if inside else key
        values = np.array([_number(cell) for cell in cells])
        self.complaints.rows(np.isinf(values), self.row, name, lambda k: f"{_shown(cells[k])} is not a number",
                             "give a number or null")
        self.complaints.rows(values < 0, self.row, name, lambda k: f"{_shown(cells[k])} is negative",
                             "give a number >= 0 or null")
        return values

    def flags(self, key: str) -> NDArray[np.bool_] | None:
        """Return booleans, None when every entry lacks the key; faults are noted in `complaints`."""
        cells = self.cells(key)
        if all(cell is None for cell in cells):
            return None
        bad = np.array([not (cell is None or isinstance(cell, bool)) for cell in cells])
        self.complaints.rows(bad, self.row, key, lambda k: f"{_shown(cells[k])} is neither true nor false",
                             "write true or false")
        return np.array([cell is True for cell in cells])


def _number(cell: Any) -> float:
    """Return a JSON number, NaN for null, infinity for anything else."""
    if cell is None:
        return np.nan
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return np.inf
    try:
        return float(cell)
    except OverflowError:
        return np.inf


def _after(texts: list[str], message: str) -> Callable[[int], str]:
    """Return what is said of a faulty text."""
    return lambda k: f"{texts[k][:40]!r} {message}"


def _shown(cell: Any) -> str:
    """Return a short form of any JSON value for a message."""
    return repr(cell)[:40]
