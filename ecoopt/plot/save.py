"""Saving: a figure as the bytes of an SVG, PNG or PDF; the same figure gives the same bytes."""

import io
from pathlib import PurePath
from typing import Any

from matplotlib.figure import Figure

from ecoopt.core.errors import InputError
from ecoopt.core.files import PathLike, write_bytes
from ecoopt.plot.style import style

FORMATS = ("svg", "png", "pdf")


def check_format(path: PathLike) -> str:
    """Return the format that the suffix of a path names.

    Raises
    ------
    InputError
        When it names none of `FORMATS`.
    """
    suffix = PurePath(path).suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        found = f"ends in .{suffix}" if suffix else "has no suffix"
        raise InputError.one(str(path), "", found, "end the name in .svg, .png or .pdf")
    return suffix


def figure_bytes(figure: Figure, file_format: str) -> bytes:
    """Return a figure in one of `FORMATS`, without date or writer, with its label as its description."""
    alt = str(figure.get_label())
    metadata: dict[str, dict[str, Any]] = {
        "svg": {"Date": None, "Creator": None, "Description": alt},
        "png": {"Software": None, "Description": alt},
        "pdf": {"CreationDate": None, "Producer": None, "Creator": None, "Subject": alt}}
    stream = io.BytesIO()
    with style():
        figure.savefig(stream, format=file_format, metadata=metadata[file_format])
    return stream.getvalue()


def save_figure(figure: Figure, path: PathLike) -> None:
    """Write a figure in the format that the suffix of `path` names, atomically.

    Raises
    ------
    InputError
        When the suffix names no format, or the file cannot be written.
    """
    write_bytes(path, figure_bytes(figure, check_format(path)))
