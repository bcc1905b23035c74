"""EffectCurve: how a power cap stretches a kind of work, what it saves, and the rebound at which it saves nothing."""

from typing import Annotated, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field, model_validator

from ecoopt.core.arrays import FloatArray, PositiveVector
from ecoopt.core.errors import InputError
from ecoopt.core.record import Record
from ecoopt.instances.hardware.generation import Name

MOST_RATIO = 1e3


class EffectCurve(Record):
    """Time and energy of a kind of work under power caps, relative to the same work on a GPU without a cap.

    With sigma the time ratio, eps the energy ratio, P0 the mean power without a cap and P the mean power under the cap,
    ``eps = sigma * P / P0``. Between two caps of the curve sigma and P are linear in the cap, which keeps a convex
    sigma convex; above the last both ratios are 1.

    Parameters
    ----------
    name : str
        Kind of work, and GPU.
    uncapped_power_w : float
        P0.
    cap_w : float array [C]
        Caps in watts, increasing; the last one does not bind.
    time_ratio, energy_ratio : float array [C]
        sigma >= 1 and eps > 0 under each cap; both are 1 under the last one.
    source : str
        Where the figures come from; no part of the digest.
    assumed : str
        What in them is assumed and not measured; no part of the digest.
    """

    digest_excludes: ClassVar[frozenset[str]] = frozenset({"source", "assumed"})

    name: Name
    uncapped_power_w: Annotated[float, Field(gt=0, le=1e6, strict=True)]
    cap_w: PositiveVector
    time_ratio: PositiveVector
    energy_ratio: PositiveVector
    source: str = ""
    assumed: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        caps = len(self.cap_w)
        if caps == 0 or len(self.time_ratio) != caps or len(self.energy_ratio) != caps:
            raise ValueError(f"there are {caps} caps, {len(self.time_ratio)} time ratios and {len(self.energy_ratio)} "
                             "energy ratios; give as many of each, at least one")
        problems = []
        if (np.diff(self.cap_w) <= 0).any():
            problems.append("cap_w does not increase; sort the caps and drop repeats")
        if self.cap_w[-1] > 1e6:
            problems.append(f"cap_w ends at {self.cap_w[-1]:g} W; give at most 1e6")
        if (self.time_ratio < 1).any():
            problems.append(f"time_ratio is below 1 under {self.cap_w[self.time_ratio < 1][0]:g} W; a cap speeds "
                            "nothing up")
        for field in ("time_ratio", "energy_ratio"):
            ratios = getattr(self, field)
            if ratios[-1] != 1:
                problems.append(f"{field} is {ratios[-1]:g} under the last cap, not 1; end with a cap that does not "
                                "bind")
            if (ratios > MOST_RATIO).any():
                problems.append(f"{field} is above {MOST_RATIO:g}; correct it")
        if problems:
            raise ValueError(" | ".join(problems))
        return self

    def time_at(self, cap_w: ArrayLike) -> Any:
        """Return sigma under caps, a float or float array of the caps' shape.

        Raises
        ------
        InputError
            When a cap is below the curve's lowest.
        """
        return np.interp(self._covered(cap_w), self.cap_w, self.time_ratio)[()]

    def power_at(self, cap_w: ArrayLike) -> Any:
        """Return the mean power P in watts under caps; raises as `time_at`."""
        power_w = self.uncapped_power_w * self.energy_ratio / self.time_ratio
        return np.interp(self._covered(cap_w), self.cap_w, power_w)[()]

    def energy_at(self, cap_w: ArrayLike) -> Any:
        """Return eps = sigma P / P0 under caps; raises as `time_at`."""
        return self.time_at(cap_w) * self.power_at(cap_w) / self.uncapped_power_w

    def break_even_at(self, cap_w: ArrayLike) -> Any:
        """Return the rebound at which a cap saves no energy any more, ``(1 / eps - 1) / (sigma - 1)``.

        Users answer a slowdown with ``1 + rho (sigma - 1)`` times the work; energy is saved while rho is below this.
        Infinite, or minus infinite, where the cap slows nothing down; nan where it changes nothing; raises as
        `time_at`.
        """
        return break_even_rebound(self.time_at(cap_w), self.energy_at(cap_w))

    def _covered(self, cap_w: ArrayLike) -> FloatArray:
        caps = np.asarray(cap_w, dtype=np.float64)
        if not (caps >= self.cap_w[0]).all():
            raise InputError.one(f"curve {self.name}", "cap_w", f"{caps.min():g} W is below the lowest cap, "
                                 f"{self.cap_w[0]:g} W", "choose a higher cap, or extend the curve")
        return caps


def break_even_rebound(time_ratio: ArrayLike, energy_ratio: ArrayLike) -> Any:
    """Return the break-even rebound of ratios; see `EffectCurve.break_even_at`."""
    saved = 1.0 / np.asarray(energy_ratio, dtype=np.float64) - 1.0
    slowed = np.asarray(time_ratio, dtype=np.float64) - 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        return (saved / slowed)[()]
