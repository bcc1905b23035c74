"""Scales: axes of seconds, ratios and gaps that spread over decades, their ticks written as plain numbers."""

from collections.abc import Iterable
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray

Which = Literal["x", "y"]

FIRST_S = 1e-3
"""Seconds at which a time axis begins at the earliest."""

GAP_DECADES = (-2.0, 1.0)
"""Logarithms of the percentages between which a gap axis may turn from linear to logarithmic."""

_MOST_TICKS = 7


def log_scale(axes: Axes, which: Which, low: float, high: float) -> None:
    """Scale an axis logarithmically from `low` to `high`, both positive, with ticks at 1, 2 and 5 where it is short."""
    axis = getattr(axes, f"{which}axis")
    getattr(axes, f"set_{which}scale")("log")
    getattr(axes, f"set_{which}lim")(low, high)
    axis.set_major_locator(LogLocator(10, subs=(1.0,) if high > 30 * low else (1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: plain(value)))
    axis.set_minor_formatter(NullFormatter())


def zero_scale(axes: Axes, which: Which, values: ArrayLike, decades: tuple[float, float] = GAP_DECADES) -> None:
    """Scale an axis from 0, linearly near 0 and logarithmically beyond.

    Parameters
    ----------
    axes : Axes
        Whose axis is scaled.
    which : {"x", "y"}
        The axis.
    values : array_like
        What is to be seen, in any shape; what is negative or not finite plays no part.
    decades : tuple of float
        The logarithmic part begins at the decade of the smallest value above 0, and between these two.
    """
    every = np.ravel(np.asarray(values, dtype=np.float64))
    positive: FloatArray = every[np.isfinite(every) & (every > 0)]
    first = np.clip(np.floor(np.log10(positive.min())) if positive.size else decades[1], *decades)
    high = max(float(positive.max(initial=0.0)), 10.0**first) * 1.35
    last = int(np.floor(np.log10(high)))
    step = max(1, -(-(last - int(first) + 1) // _MOST_TICKS))
    axis = getattr(axes, f"{which}axis")
    getattr(axes, f"set_{which}scale")("symlog", linthresh=10.0**first, linscale=0.5)
    getattr(axes, f"set_{which}lim")(-0.12 * 10.0**first, high)
    axis.set_major_locator(FixedLocator([0.0, *(10.0**k for k in range(int(first), last + 1, step))]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: plain(value)))
    axis.set_minor_locator(NullLocator())


def plain(value: float) -> str:
    """Return a tick's number without an exponent as long as it is short, as a power of ten beyond."""
    text = f"{value:g}"
    head, exponent, power = text.partition("e")
    if not exponent:
        return text
    return ("" if head == "1" else f"{head}·") + "10" + str(int(power)).translate(_RAISED)


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def span(parts: Iterable[ArrayLike]) -> tuple[float, float] | None:
    """Return the least and the greatest finite value of some arrays, None where there is none."""
    every = np.concatenate([np.zeros(0), *(np.ravel(np.asarray(part, dtype=np.float64)) for part in parts)])
    finite = every[np.isfinite(every)]
    return (float(finite.min()), float(finite.max())) if finite.size else None
