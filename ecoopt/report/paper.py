"""Paper: the figures as SVG and PDF and the tables as LaTeX and CSV, a file each."""

from collections.abc import Iterable
from pathlib import Path

from ecoopt.core.errors import InputError
from ecoopt.core.files import PathLike, write_bytes
from ecoopt.report.drawings import Drawing
from ecoopt.report.sheet import Sheet

FIGURES = ("svg", "pdf")


def write_paper(folder: PathLike, family: str, drawn: Iterable[Drawing], tables: Iterable[Sheet]) -> list[str]:
    """Write figures and tables of a family into a folder, made if need be, and return their names.

    Raises
    ------
    InputError
        When the folder or a file cannot be written.
    """
    from ecoopt.plot.save import figure_bytes

    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError.one(str(folder), "", f"is no folder and cannot be made: {(error.strerror or '').lower()}",
                             "choose another path") from None
    written = []
    for drawing in drawn:
        for suffix in FIGURES:
            written.append(f"{family}-{drawing.name}.{suffix}")
            write_bytes(place / written[-1], figure_bytes(drawing.figure, suffix))
    for table in tables:
        for suffix, text in (("tex", table.latex()), ("csv", table.csv())):
            written.append(f"{table.name}.{suffix}")
            write_bytes(place / written[-1], text.encode())
    return written
