"""Static: one mix of levels for all hours, by the published rule for the mean hour (Sprout's SPROUT_STA, EMNLP'24)."""

from typing import Annotated

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.directives.home import Home
from ecoopt.instances.directives import DirectivesInstance, DirectivesSchedule
from ecoopt.instances.directives.beliefs import believed_quality, last_evaluation
from ecoopt.instances.directives.costs import floor_at
from ecoopt.instances.directives.mixes import cheapest_mix


def static(
    instance: DirectivesInstance, run: Run, *, seed: int, start: DirectivesSchedule | None,
    tolerance: Annotated[float, Field(ge=0, le=1)] = 0.1,
) -> Outcome:
    """Choose one mix of levels for each origin, and keep to it. One iteration.

    It is the cheapest for the mean energy, time and preferences of the horizon at the mean intensity of the year, with
    the quality that the hourly rule asks for there. Where that breaks a rule of the instance, as it may, it is mixed
    with level 0 as far as it takes to keep them all.

    Parameters
    ----------
    tolerance : float
        Of the hourly rule, for instances that have none.
    """
    home = Home(instance, run, start)
    if run.stop() is None:
        run.tick(1, 1)
        evaluations = home.rare_evaluations
        believed = believed_quality(home.costs, last_evaluation(instance, evaluations)).sum(axis=2)
        share = np.zeros(home.shape)
        for r, region in enumerate(instance.regions):
            year = np.array([region.mean_g_per_kwh])
            mix = instance.mix[r].mean(axis=0)
            request_g = (instance.pue * region.mean_g_per_kwh * (mix @ instance.energy_kwh)
                         + instance.embodied_g_per_s * (mix @ instance.time_s))
            liked = mix @ instance.preference
            chosen = cheapest_mix(request_g, liked / liked[0], floor_at(instance, r, year, tolerance)[0],
                                  whole=instance.integer)
            share[r] = _mended(home, r, believed[r], chosen)
        home.offer(share, evaluations)
    return run.outcome()


def _mended(home: Home, r: int, believed: FloatArray, chosen: FloatArray) -> FloatArray:
    """Return a mix [L] with as much of level 0 added as every rule of an origin asks for."""
    instance, costs = home.instance, home.costs
    reached, least = [believed @ chosen], [costs.floor[r]]
    true = costs.quality[r].sum(axis=1) @ chosen
    for window in instance.windows:
        own = slice(window.start_h, window.end_h)
        if instance.requests[r, own].any():
            reached.append(np.array([np.average(true[own], weights=instance.requests[r, own])]))
            least.append(np.array([1.0 - window.loss]))
    lacking = np.concatenate(least) - np.concatenate(reached)
    short = lacking > 0
    if not short.any():
        return chosen
    part = float((lacking[short] / (1.0 - np.concatenate(reached)[short])).max())
    part = 1.0 if instance.integer else min(part, 1.0)
    mended = (1.0 - part) * chosen
    mended[0] += part
    return mended
