"""SearchSpace: a box whose dimensions are each continuous or integer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError, Problem

_WHOLE_LIMIT = 2.0**52


@dataclass(frozen=True, eq=False)
class SearchSpace:
    """A box of D dimensions.

    Parameters
    ----------
    lower, upper : array_like [D]
        Bounds, both included.
    integer : array_like of bool [D] or bool
        Which dimensions take whole numbers only; one value stands for all.

    Raises
    ------
    InputError
        For bounds that are not finite, cross, differ in length, or are fractional in an integer dimension.
    """

    lower: FloatArray
    upper: FloatArray
    integer: NDArray[np.bool_]

    def __init__(self, lower: ArrayLike, upper: ArrayLike, integer: ArrayLike = False) -> None:
        low, high = _vector("lower", lower), _vector("upper", upper)
        if low.shape != high.shape:
            raise InputError.one("search space", "upper", f"has {high.size} entries, lower has {low.size}",
                                 "give both one entry per dimension")
        mask = np.asarray(integer)
        if mask.dtype != np.bool_ or mask.shape not in ((), low.shape):
            raise InputError.one("search space", "integer", f"is not a mask of {low.size} booleans",
                                 "give one boolean per dimension, or one for all")
        mask = np.array(np.broadcast_to(mask, low.shape))
        problems = _problems(low, high, mask)
        if problems:
            raise InputError("search space", problems)
        for name, array in (("lower", low), ("upper", high), ("integer", mask)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @classmethod
    def integers(cls, lower: ArrayLike, upper: ArrayLike) -> "SearchSpace":
        """Return a space of whole numbers only."""
        return cls(lower, upper, True)

    @property
    def dimensions(self) -> int:
        """Number of dimensions D."""
        return len(self.lower)

    @property
    def span(self) -> FloatArray:
        """Width of every dimension, float array [D]."""
        return self.upper - self.lower

    @property
    def points(self) -> float:
        """Number of points when every dimension that is wider than a point is integer, else infinite."""
        if np.any(~self.integer & (self.span > 0)):
            return float("inf")
        with np.errstate(over="ignore"):
            return float(np.prod(self.span + 1.0))

    def contains(self, positions: ArrayLike) -> NDArray[np.bool_]:
        """Return which positions, [..., D], lie in the space: within bounds and whole where they must be."""
        at = np.asarray(positions, dtype=np.float64)
        inside = (at >= self.lower) & (at <= self.upper) & (~self.integer | (at == np.floor(at)))
        return np.asarray(inside.all(axis=-1))

    def sample(self, rng: np.random.Generator, count: int) -> FloatArray:
        """Return `count` uniform positions, float array [count, D]."""
        cells = self.span + self.integer
        at = self.lower + rng.random((count, self.dimensions)) * cells
        return np.minimum(np.where(self.integer, np.floor(at), at), self.upper)


def _vector(name: str, value: ArrayLike) -> FloatArray:
    """Return a private float copy of a non-empty vector."""
    try:
        vector = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError.one("search space", name, "holds non-numbers", "give a list of numbers") from None
    if vector.ndim != 1 or vector.size == 0:
        raise InputError.one("search space", name, f"has shape {vector.shape}", "give one number per dimension")
    return vector


def _problems(lower: FloatArray, upper: FloatArray, integer: NDArray[np.bool_]) -> list[Problem]:
    """Return what is wrong with the bounds, the first entry of each kind."""
    with np.errstate(over="ignore", invalid="ignore"):
        wide = ~np.isfinite(upper - lower) & np.isfinite(lower) & np.isfinite(upper)
    fractional = integer & ((lower != np.floor(lower)) | (upper != np.floor(upper)))
    large = integer & np.isfinite(lower) & np.isfinite(upper) & (np.maximum(abs(lower), abs(upper)) > _WHOLE_LIMIT)
    findings = (
        ("lower", ~np.isfinite(lower), "is not finite", "give a number"),
        ("upper", ~np.isfinite(upper), "is not finite", "give a number"),
        ("upper", lower > upper, "lies below the lower bound", "swap or correct the bounds"),
        ("upper", wide, "lies too far from the lower bound for a float", "narrow the bounds"),
        ("integer", fractional & np.isfinite(lower) & np.isfinite(upper), "has a fractional bound", "round the bounds"),
        ("integer", large, "has a bound beyond 2**52", "narrow the bounds"),
    )
    return [Problem(f"{name}[{int(np.argmax(bad))}]", message, mend)
            for name, bad, message, mend in findings if bad.any()]
