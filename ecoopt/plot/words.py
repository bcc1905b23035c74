"""Words: names, shares and lists as they stand in pictures and in their text alternatives."""

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

LONGEST_NAME = 30
"""Letters of a name that are shown."""

_LEGEND_PT = 8.0
_HANDLE_IN = 0.42
"""Width of a line and the spaces beside it in a legend."""


def one_line(text: str, longest: int = LONGEST_NAME) -> str:
    """Return `text` on one line, its middle cut where it is long, without matplotlib reading mathematics into it."""
    line = " ".join(text.split())
    if len(line) > longest:
        tail = (longest - 1) // 2  # where names differ that begin alike
        line = f"{line[:longest - 1 - tail]}…{line[-tail:]}"
    return line.replace("$", r"\$")


def percent(share: float) -> str:
    """Return a share as percent, in three digits and down to a ten-thousandth of a percent."""
    return f"{round(100 * share, 4):.3g} %"


def listed(parts: Iterable[str]) -> str:
    """Return parts as "a, b and c"."""
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def width_in(texts: Iterable[str], size_pt: float) -> float:
    """Return the width of the widest of some texts in inches, 0 for none.

    A page may set another font than the one measured; a tenth is added for that.
    """
    font = FontProperties(family="DejaVu Sans")
    ends = (TextPath((0, 0), text, size=size_pt, prop=font).vertices[:, 0].max(initial=0.0) for text in texts)
    return 1.1 / 72 * float(max(ends, default=0.0))


def legend_columns(names: Sequence[str], figure_in: float) -> int:
    """Return how many columns of a legend with these names fit below a figure, which is filled column by column."""
    entries = [width_in([one_line(name)], _LEGEND_PT) + _HANDLE_IN for name in names]
    for columns in range(len(names), 1, -1):
        if sum(max(part) for part in np.array_split(entries, columns)) <= figure_in:
            return columns
    return 1
