"""Scenarios: ways in which the classes of requests may drift from now on, by the law that published counts follow."""

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.directives import DirectivesInstance
from ecoopt.instances.directives.catalogue import DRIFT_EVERY_H, DRIFT_LOG_SD, DRIFT_PHI
from ecoopt.instances.directives.schema import HOUR_S

_LEAST = 1e-6
_W_PER_KW = 1000.0
_DOUBT_H = 96.0
"""Hours of experience that count as much as the belief that all classes are alike."""


class Scenarios:
    """Classes to come of one origin, as they may be. D classes, L levels, K scenarios.

    Logarithms of weights go back to their means as the first-order autoregression of
    `ecoopt.instances.directives.catalogue` does, a step a day; the shocks are drawn once. Means are those of what has
    been seen, and of weights that are all alike before much has.

    Parameters
    ----------
    instance : DirectivesInstance
        Whose classes.
    r : int
        Origin.
    count : int
        K.
    lookahead_h : int
        Most hours ahead.
    rng : numpy.random.Generator
        Source of the shocks.
    """

    def __init__(
        self, instance: DirectivesInstance, r: int, count: int, lookahead_h: int, rng: np.random.Generator
    ) -> None:
        self.instance = instance
        self.now = instance.mix[r]
        logarithm = np.log(np.maximum(self.now, _LEAST))
        self.logarithm = logarithm - logarithm.mean(axis=1, keepdims=True)
        self.total = np.cumsum(self.logarithm, axis=0)
        self.every_h = DRIFT_EVERY_H[0]
        # The classes of now have been there for half their time.
        self.step: IntArray = ((np.arange(lookahead_h) + self.every_h / 2) // self.every_h).astype(np.int64)
        steps = int(self.step[-1]) + 1
        lag = np.subtract.outer(np.arange(steps), np.arange(steps))
        fading = np.where(lag >= 0, DRIFT_PHI ** np.maximum(lag, 0), 0.0)
        fading[:, 0] = 0.0
        shock = rng.standard_normal((steps, count * len(instance.classes)))
        drift = DRIFT_LOG_SD * np.sqrt(1 - DRIFT_PHI**2) * (fading @ shock)
        self.drift = drift.reshape(steps, count, -1)
        self.decay = DRIFT_PHI ** np.arange(steps)[:, None, None]

    def mix(self, hour: int, count: int) -> FloatArray:
        """Return the classes of the current hour, which are known, and of those to come, float array [count, K, D]."""
        mean = self.total[hour] / (hour + 1 + _DOUBT_H)
        path = mean + self.decay * (self.logarithm[hour] - mean) + self.drift
        weight = np.exp(path[self.step[:count]])
        found = weight / weight.sum(axis=2, keepdims=True)
        found[0] = self.now[hour]
        return np.asarray(found, dtype=np.float64)

    def tables(self, mix: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return what follows from classes [n, D]: energy in kWh, own carbon in g, quality, and weight.

        The first three have a row for every hour, group and level, [n, C, L], the last one for every hour and group.
        """
        instance, fleet = self.instance, self.instance.fleet
        kwh, own_g = instance.pue * instance.energy_kwh, instance.embodied_g_per_s * instance.time_s
        if fleet is not None:
            idle_kwh = fleet.idle_power_w / _W_PER_KW / HOUR_S * (1.0 / fleet.utilisation - 1.0) * instance.time_s
            kwh, own_g = kwh + instance.pue * idle_kwh, own_g / fleet.utilisation
        reference = (mix @ instance.preference[:, 0])[:, None, None]
        if instance.class_aware:
            shape = (len(mix), *kwh.shape)
            return (np.broadcast_to(kwh, shape), np.broadcast_to(own_g, shape),
                    mix[:, :, None] * instance.preference / reference, mix)
        return ((mix @ kwh)[:, None], (mix @ own_g)[:, None], (mix @ instance.preference)[:, None] / reference,
                np.ones((len(mix), 1)))
