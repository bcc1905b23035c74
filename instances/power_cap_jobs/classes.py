"""Classes of jobs on a V100 under power caps: what was measured, and what is assumed in between."""

from collections.abc import Sequence

import numpy as np

from ecoopt.instances.power_cap_jobs.schema import JobClass

CAPS_W = (250.0, 200.0, 175.0, 150.0, 100.0)
"""Caps for which effects are known or assumed."""

_EFFECTS: dict[str, tuple[float, tuple[float, ...], tuple[float, ...]]] = {
    "heavy": (235.0, (1.0, 1.04, 1.06, 1.085, 1.4), (1.0, 0.93, 0.9, 0.877, 0.9)),
    "typical": (190.0, (1.0, 1.01, 1.03, 1.068, 1.314), (1.0, 0.9, 0.88, 0.863, 0.88)),
    "light": (110.0, (1.0, 1.0, 1.0, 1.01, 1.05), (1.0, 0.99, 0.98, 0.96, 0.9)),
    "inference": (210.0, (1.0, 1.082, 1.14, 1.227, 2.14), (1.0, 0.88, 0.81, 0.758, 0.89))}
"""Uncapped power, time and energy ratios by class.

McDonald et al. (arXiv:2205.09646): training at 150 W, times at 100 W, inference at 200, 150 and 100 W. Light jobs, and
training at 200, 175 and 100 W otherwise, are assumed.
"""


def capped_classes(caps_w: Sequence[float]) -> tuple[JobClass, ...]:
    """Return the classes under some of the caps."""
    at = [CAPS_W.index(cap) for cap in caps_w]
    return tuple(JobClass(name=name, uncapped_power_w=power_w, time_ratio=np.array(time)[at],
                          energy_ratio=np.array(energy)[at]) for name, (power_w, time, energy) in _EFFECTS.items())
