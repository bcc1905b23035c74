"""Exponent: the power p of time = c * size^p, by least squares in logarithms over the larger half of the sizes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.speed.figures import aligned, duration

LEAST_SIZES = 3


@dataclass(frozen=True)
class PowerLaw:
    """A fitted exponent with its standard error, the share of variance it explains, and the sizes it rests on."""

    exponent: float
    error: float
    r2: float
    sizes: tuple[int, ...]
    seconds: tuple[float, ...]


def fit(sizes: Sequence[int], seconds: Sequence[float]) -> PowerLaw:
    """Return the power law of at least three sizes; the smaller half is left out, for constants rule there.

    A factor log(size) shows as 1 / log(size) more in the exponent: 0.07 to 0.1 between ten thousand and a million.

    Raises
    ------
    ValueError
        When there are fewer than three sizes.
    """
    if len(sizes) < LEAST_SIZES:
        raise ValueError(f"an exponent needs {LEAST_SIZES} sizes, there are {len(sizes)}")
    larger = np.argsort(sizes)[-max(LEAST_SIZES, (len(sizes) + 1) // 2):]
    size, time = np.asarray(sizes)[larger], np.asarray(seconds)[larger]
    x, y = np.log(size), np.log(time)
    (slope, _), covariance = np.polyfit(x, y, 1, cov=True)
    return PowerLaw(float(slope), float(np.sqrt(covariance[0, 0])), float(np.corrcoef(x, y)[0, 1]) ** 2,
                    tuple(size.tolist()), tuple(time.tolist()))


def table(laws: Mapping[str, PowerLaw]) -> Iterator[str]:
    """Yield the lines of the table for people."""
    rows = [("what grows", "sizes", "largest takes", "p", "error", "r2")] + [
        (name, f"{law.sizes[0]:,} to {law.sizes[-1]:,}", duration(law.seconds[-1]), f"{law.exponent:.2f}",
         f"{law.error:.2f}", f"{law.r2:.3f}") for name, law in laws.items()]
    yield from aligned(rows)
