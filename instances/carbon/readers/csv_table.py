"""CSV tables: a header in a comparable form, and the columns that a reader asks for."""

import csv
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from io import StringIO
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.instances.carbon.complaints import Complaints
from ecoopt.instances.carbon.stamps import FAULT_MESSAGES, parse_stamps


def fold(name: str) -> str:
    """Return a column name without what varies between exports: letter case, spaces, the subscript of CO₂."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


class CsvTable:
    """The header and rows of a comma-separated text.

    Parameters
    ----------
    text : str
        Whole file.
    source : str
        Name in errors.

    Raises
    ------
    InputError
        When there is no header or the text is not CSV.
    """

    def __init__(self, text: str, source: str) -> None:
        self.source = source
        self.complaints = Complaints(source)
        self._reader = csv.reader(StringIO(text, newline=""), strict=True)
        try:
            self.names = next(self._reader, [])
        except csv.Error as error:
            raise InputError.one(source, "row 1", f"is not CSV: {error}", "correct the quoting") from None
        self.header = [fold(name) for name in self.names]
        self.row: IntArray = np.zeros(0, dtype=np.int64)

    def columns(self, wanted: Iterable[str]) -> dict[str, list[str]]:
        """Return the cells of the `wanted` columns (folded names); blank lines are skipped.

        Also sets `row`, the line number of each record.

        Raises
        ------
        InputError
            When a wanted name stands twice in the header, a row has another number of cells than the header, or
            there are no rows.
        """
        names = list(wanted)
        for name in names:
            if self.header.count(name) > 1:
                self.complaints.add(f"column {name}", "stands more than once in the header", "keep one")
        places = [self.header.index(name) for name in names]
        width = len(self.header)
        # The first place stands twice, so that one wanted column too comes as a tuple.
        pick = itemgetter(places[0], *places)
        records: list[tuple[str, ...]] = []
        lines: list[int] = []
        for line, record in self._records():
            if len(record) == width:
                records.append(pick(record))
                lines.append(line)
            elif record:
                self.complaints.add(f"row {line}", f"has {len(record)} cells, the header {width}",
                                    "correct the commas or quotes")
        self.complaints.refuse()
        if not records:
            raise InputError.one(self.source, "", "has a header but no rows", "give the rows")
        self.row = np.array(lines, dtype=np.int64)
        _, *columns = zip(*records, strict=True)
        return {name: list(cells) for name, cells in zip(names, columns, strict=True)}

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        try:
            for record in self._reader:
                yield self._reader.line_num, record
        except csv.Error as error:
            self.complaints.add(f"row {self._reader.line_num}", f"is not CSV: {error}", "correct the quoting")

    def times(self, cells: list[str], column: str, *, naive_is_utc: bool) -> IntArray:
        """Return a column of stamps as seconds since 1970; faults are noted in `complaints`."""
        time_s, fault = parse_stamps(cells, naive_is_utc=naive_is_utc)
        for code, (message, mend) in FAULT_MESSAGES.items():
            self.complaints.rows(fault == code, self.row, column, _after(cells, message), mend)
        return time_s

    def numbers(self, cells: list[str], column: str) -> FloatArray:
        """Return a column of numbers >= 0, NaN where blank; faults are noted in `complaints`."""
        values = _numbers(cells)
        # Infinity stands for text that is no number, so that one pass over the cells is enough.
        self.complaints.rows(np.isinf(values), self.row, column, lambda k: f"{cells[k][:40]!r} is not a number",
                             "give a number or leave it blank")
        self.complaints.rows(values < 0, self.row, column, lambda k: f"{cells[k][:40]} is negative",
                             "give a number >= 0 or leave it blank")
        return values

    def flags(self, cells: list[str], column: str) -> NDArray[np.bool_] | None:
        """Return a column of true and false, None when it is blank throughout; faults are noted in `complaints`."""
        folded = np.array([cell.strip().casefold() for cell in cells])
        if (folded == "").all():
            return None
        true = np.isin(folded, ("true", "1"))
        bad = ~(true | np.isin(folded, ("false", "0", "")))
        self.complaints.rows(bad, self.row, column, lambda k: f"{cells[k][:40]!r} is neither true nor false",
                             "write true or false")
        return true


def _after(cells: list[str], message: str) -> Callable[[int], str]:
    """Return what is said of a faulty cell."""
    return lambda k: f"{cells[k][:40]!r} {message}"


def _numbers(cells: list[str]) -> FloatArray:
    """Return the numbers of a column, NaN for blank cells, infinity for cells that hold no finite number."""
    text = "".join(cells)
    if text.isascii() and "_" not in text:
        try:
            values = np.array([float(cell) if cell else np.nan for cell in cells])
        except ValueError:
            pass
        else:
            # A cell may spell nan, which is no number; then the cells have to be looked at one by one.
            if np.isnan(values).sum() == cells.count(""):
                return values
    return np.array([_number(cell) for cell in cells])


def _number(cell: str) -> float:
    """Return the number in a cell, NaN for a blank one, infinity for one that holds no finite number."""
    text = cell.strip()
    if not text:
        return np.nan
    try:
        value = float(text)
    except ValueError:
        return np.inf
    plain = np.isfinite(value) and "_" not in text and text.isascii()
    return value if plain else np.inf
