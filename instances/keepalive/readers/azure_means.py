"""Weighted means of a measured column over files of the Azure Functions 2019 data set, matched to functions."""

import csv
import io
import math
from collections.abc import Sequence

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.core.files import read_bytes
from ecoopt.instances.carbon.complaints import Complaints


def function_means(paths: Sequence[str], functions: Sequence[tuple[str, str, str]], column: str, weight: str,
                   limit_bytes: int) -> FloatArray:
    """Return the mean of a column for each function, weighted by another column; nan where there is none.

    A file without HashFunction speaks of apps; all functions of an app take its value.

    Parameters
    ----------
    paths : sequence of str
        The files, plain or compressed.
    functions : sequence of (owner, app, function) [F]
        Functions wanted; others in the files are passed over.
    column, weight : str
        Names of the two columns.
    limit_bytes : int
        Most bytes of any file, uncompressed.

    Returns
    -------
    float array [F]

    Raises
    ------
    InputError
        With the wrong rows of a file.
    """
    weighted: dict[tuple[str, ...], list[float]] = {}
    for path in paths:
        _gather(path, column, weight, limit_bytes, weighted)
    means = np.full(len(functions), math.nan)
    for index, key in enumerate(functions):
        total = weighted.get(key) or weighted.get(key[:2])
        if total and total[1] > 0:
            means[index] = total[0] / total[1]
    return means


def _gather(path: str, column: str, weight: str, limit_bytes: int,
            weighted: dict[tuple[str, ...], list[float]]) -> None:
    """Add the rows of one file to sums of weight x value and of weight."""
    content = read_bytes(path, limit_bytes=limit_bytes)
    try:
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig")), strict=True)
        header = next(rows, [])
        keys = [name for name in ("HashOwner", "HashApp", "HashFunction") if name in header]
        missing = [name for name in ("HashOwner", "HashApp", column, weight) if name not in header]
        if missing:
            raise InputError.one(path, "row 1", f"has no column {', '.join(missing)}",
                                 "give a file of the Azure Functions 2019 data set")
        places = [header.index(name) for name in keys]
        value_at, weight_at = header.index(column), header.index(weight)
        complaints = Complaints(path)
        for row in rows:
            label = f"row {rows.line_num}"
            if len(row) != len(header):
                complaints.add(label, f"has {len(row)} columns, the header {len(header)}", "complete it")
                continue
            value, times = _amount(row[value_at]), _amount(row[weight_at])
            if value is None:
                complaints.add(f"{label}, {column}", f"{row[value_at][:40]!r} is no number >= 0", "correct it")
            if times is None:
                complaints.add(f"{label}, {weight}", f"{row[weight_at][:40]!r} is no number >= 0", "correct it")
            if value is not None and times is not None:
                total = weighted.setdefault(tuple(row[place] for place in places), [0.0, 0.0])
                total[0] += value * times
                total[1] += times
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError.one(path, "", f"is no CSV text: {error}", "save it as UTF-8 with commas") from None
    complaints.refuse()


def _amount(text: str) -> float | None:
    """Return a finite number of at least 0, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < math.inf else None
