"""Outlook: what a policy is told of carbon to come, by forecasts with errors of known size or by the past alone."""

from typing import Literal, TypeAlias

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.carbon import CarbonTrace, lognormal
from ecoopt.instances.shifting import ShiftingInstance

Forecast: TypeAlias = Literal["lognormal", "persistence"]

DAY_S, HOUR_S = 86400, 3600


class Outlook:
    """Intensities expected, slot by slot.

    Parameters
    ----------
    instance : ShiftingInstance
        Its traces are what happens.
    forecast : {"lognormal", "persistence"}
        Truth with the errors of `ecoopt.instances.carbon.lognormal`, which grow with the lead, for `lookahead_h` hours;
        or the day before again.
    error : float
        Standard deviation of the logarithm of the error on the first day (``lognormal``).
    lookahead_h : int
        Hours forecast; after them the last day forecast comes again and again.
    seed : int
        Of the errors.
    """

    def __init__(
        self, instance: ShiftingInstance, forecast: Forecast, error: float, lookahead_h: int, seed: int
    ) -> None:
        self.past, self.day = instance.intensity_g_per_kwh, max(DAY_S // instance.slot_s, 1)
        self.issued = None
        if forecast == "lognormal":
            leads = max(lookahead_h * HOUR_S // instance.slot_s, 1) + 1
            self.issued = np.stack([self._issued(instance, z, leads, error, np.random.default_rng([seed, z]))
                                    for z in range(len(instance.regions))])

    def at(self, now: int) -> FloatArray:
        """Return the intensity of slot `now` and those expected from then on to the end, float array [Z, T - now]."""
        slots = self.past.shape[1] - now
        found = np.empty((len(self.past), slots))
        if self.issued is not None:
            leads = self.issued.shape[2]
            index = np.arange(slots)
            beyond = index >= leads
            last = min(self.day, leads - 1)
            index[beyond] = leads - last + (index[beyond] - leads) % last
            found[:] = self.issued[:, now, index]
        else:
            seen = min(now + 1, self.day)
            found[:] = (self.past[:, now + 1 - seen + (np.arange(slots) - 1) % seen] if seen == self.day
                        else self.past[:, now, None])
        found[:, 0] = self.past[:, now]
        return found

    def seen(self, now: int) -> FloatArray:
        """Return the intensities of slots up to `now`, float array [Z, now + 1]."""
        return self.past[:, :now + 1]

    @staticmethod
    def _issued(
        instance: ShiftingInstance, z: int, leads: int, error: float, rng: np.random.Generator
    ) -> FloatArray:
        """Return the forecasts of a region, float array [T, leads]; what comes after the end is not asked for."""
        truth = np.append(instance.intensity_g_per_kwh[z], np.zeros(leads))
        trace = CarbonTrace(zone=instance.regions[z].name, start_utc=instance.start_utc, step_s=instance.slot_s,
                            intensity_g_per_kwh=truth)
        return lognormal(trace, horizon_s=leads * instance.slot_s, issue_every_s=instance.slot_s, rng=rng,
                         log_sd=error).intensity_g_per_kwh[:instance.slots]
