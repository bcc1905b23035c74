"""Over time: edges of periods as times, rows stacked between them, and the axis that names the hours."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

from ecoopt.core.arrays import FloatArray
from ecoopt.plot.words import one_line


def period_edges(start_utc: str, periods: int, period_s: int) -> np.ndarray:
    """Return the edges of periods as times, [periods + 1]."""
    begin = np.datetime64(start_utc.removesuffix("Z"), "s")
    return np.asarray(begin + np.arange(periods + 1) * np.timedelta64(period_s, "s"))


def stack(panel: Axes, edges: np.ndarray, rows: FloatArray, looks: list[tuple[str, str]]) -> None:
    """Stack rows [J, steps] between edges [steps + 1], each with its name and colour; an empty name is not told."""
    tops = np.vstack([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])
    closed = np.concatenate([tops, tops[:, -1:]], axis=1)
    for j, (name, colour) in enumerate(looks):
        panel.fill_between(edges, closed[j], closed[j + 1], step="post", color=colour, linewidth=0,
                           label=one_line(name) or None)


def time_axis(panel: Axes, edges: np.ndarray) -> None:
    """Write the hours below a panel that goes from the first edge to the last."""
    panel.set_xlim(edges[0], edges[-1])
    locator = AutoDateLocator(minticks=4, maxticks=9, tz="UTC")  # type: ignore[no-untyped-call]
    panel.xaxis.set_major_locator(locator)
    panel.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz="UTC"))  # type: ignore[no-untyped-call]
    panel.set_xlabel("time (UTC)")
