"""Mixture: the convex combination of subproblem solutions that a dual method builds, an approximate primal solution."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ecoopt.core.arrays import FloatArray

LARGEST = 50


@dataclass(frozen=True, eq=False)
class Mixture:
    """Payloads of the subproblem with weights that sum to 1.

    Parameters
    ----------
    mean : array of float, optional
        The exact weighted mean when the payloads are float arrays.
    parts : tuple of (float, object)
        Weight and payload otherwise, the heaviest first, at most 50: the lightest are dropped and the rest scaled up.
    """

    mean: FloatArray | None = None
    parts: tuple[tuple[float, Any], ...] = ()

    @classmethod
    def of(cls, payload: Any) -> "Mixture":
        """Return the mixture of one payload alone; None makes an empty one."""
        if isinstance(payload, np.ndarray) and payload.dtype.kind == "f":
            return cls(mean=payload.astype(np.float64))
        return cls() if payload is None else cls(parts=((1.0, payload),))

    @classmethod
    def combined(cls, weights: Sequence[float], mixtures: Sequence["Mixture"]) -> "Mixture":
        """Return the combination of mixtures with weights that sum to 1."""
        chosen = [(weight, mixture) for weight, mixture in zip(weights, mixtures, strict=True) if weight > 0]
        means = [weight * mixture.mean for weight, mixture in chosen if mixture.mean is not None]
        if means:
            return cls(mean=np.sum(means, axis=0))
        weight_of: dict[int, float] = {}
        payload_of: dict[int, Any] = {}
        for weight, mixture in chosen:
            for share, payload in mixture.parts:
                payload_of[id(payload)] = payload
                weight_of[id(payload)] = weight_of.get(id(payload), 0.0) + weight * share
        heaviest = sorted(weight_of, key=lambda key: -weight_of[key])[:LARGEST]
        total = sum(weight_of[key] for key in heaviest)
        return cls(parts=tuple((weight_of[key] / total, payload_of[key]) for key in heaviest))

    def blended(self, share: float, payload: Any) -> "Mixture":
        """Return the mixture with `share` of a new payload in it."""
        return Mixture.combined((1.0 - share, share), (self, Mixture.of(payload)))
