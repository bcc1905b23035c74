"""Rolling: an online policy that plans over forecasts each hour, carries the quality budget over, and never overdraws.

It knows what has been: intensities, classes and requests up to and including the current hour; and beforehand only the
rules, and how many requests each window will have. Forecasts are made of the past, or are what a forecaster with errors
of known size issued in that hour.
"""

from collections.abc import Callable
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.directives.home import Home
from ecoopt.instances.carbon import CarbonTrace, lognormal
from ecoopt.instances.directives import DirectivesInstance, DirectivesSchedule
from ecoopt.instances.directives.beliefs import believed_quality, last_evaluation
from ecoopt.instances.directives.budget import reach
from ecoopt.instances.directives.costs import floor_at
from ecoopt.instances.directives.hulls import hulls_of
from ecoopt.instances.directives.schema import HOUR_S

DAY_H = 24

Forecaster = Callable[[int, int], FloatArray]
"""From the current hour and a number n to the intensities expected in n hours; the first is the current one, known."""


def rolling(
    instance: DirectivesInstance, run: Run, *, seed: int, start: DirectivesSchedule | None,
    forecast: Literal["persistence", "lognormal"] = "persistence", error: Annotated[float, Field(ge=0, le=2)] = 0.0786,
    lookahead_h: Annotated[int, Field(ge=1, le=10_000)] = 360, memory_h: Annotated[int, Field(ge=1, le=10_000)] = 720,
) -> Outcome:
    """Decide hour by hour. One iteration is an hour; when the budget ends, what is left gets no directive.

    Each hour the cheapest plan for the hours ahead is made as `ecoopt.instances.directives.budget` makes it for known
    ones, and its first hour is carried out. No window loses more than all its requests may, so that level 0 for the
    rest always keeps it. Classes are expected to come again as they were, and requests evenly. Preferences are
    evaluated as rarely as may be, and believed.

    Parameters
    ----------
    forecast : {"persistence", "lognormal"}
        Intensities expected: those of the last days again; or the coming ones with errors of known size.
    error : float
        Standard deviation of the logarithm of the error on the first day (``lognormal``).
    lookahead_h : int
        Hours planned ahead.
    memory_h : int
        Hours of the past that are expected to come again.
    """
    home = Home(instance, run, start)
    quality = believed_quality(home.costs, last_evaluation(instance, home.rare_evaluations))
    share = np.zeros(home.shape)
    share[..., 0] = 1.0
    policies = []
    for r in range(len(instance.regions)):
        expect = (_persistence(instance, r, memory_h) if forecast == "persistence"
                  else _issued(instance, r, lookahead_h, error, np.random.default_rng([seed, r])))
        policies.append(_Policy(home, r, quality[r], expect, lookahead_h, memory_h))
    for hour in range(instance.hours):
        if run.stop() is not None:
            break
        run.tick(1, 0)
        for r, policy in enumerate(policies):
            share[r, hour] = policy.decide(hour)
    home.offer(share, home.rare_evaluations)
    return run.outcome()


class _Policy:
    """The policy of one origin. W windows.

    Parameters
    ----------
    home : Home
        Of the instance.
    r : int
        The origin.
    quality : float array [T, C, L]
        Of levels, as it is known in each hour.
    expect : Forecaster
        Forecasts.
    lookahead_h, memory_h : int
        Hours planned ahead; hours of the past that are expected again.
    """

    def __init__(
        self, home: Home, r: int, quality: FloatArray, expect: Forecaster, lookahead_h: int, memory_h: int
    ) -> None:
        self.home, self.r, self.quality, self.expect = home, r, quality, expect
        self.lookahead_h, self.memory_h = lookahead_h, memory_h
        self.instance = home.instance
        requests = self.instance.requests[r]
        volume = [float(requests[window.start_h:window.end_h].sum()) for window in self.instance.windows]
        self.to_come = np.array(volume)
        self.may_lose = np.array([window.loss for window in self.instance.windows]) * self.to_come

    def decide(self, hour: int) -> FloatArray:
        """Return the shares of levels of an hour, float array [C, L], and book what they lose."""
        instance, costs, r = self.instance, self.home.costs, self.r
        windows = instance.windows
        current = [w for w, window in enumerate(windows) if window.start_h <= hour < window.end_h]
        end = min(max([windows[w].end_h for w in current], default=hour + 1), hour + self.lookahead_h)
        intensity = self.expect(hour, end - hour)
        now = float(instance.requests[r, hour])
        expected = np.full(end - hour, now)
        if current:
            longest = max(current, key=lambda w: windows[w].end_h)
            expected[1:] = (self.to_come[longest] - now) / max(windows[longest].end_h - hour - 1, 1)
        floor = floor_at(instance, r, intensity)
        for w in current:
            # What is lost now may not be more than what the window may lose.
            floor[0] = max(floor[0], min(1.0 - self.may_lose[w] / now, 1.0) if now > 0 else 0.0)
        # Classes are expected as they were; energy and time of a request follow from them.
        like = _replayed(hour, end - hour, self.memory_h)
        own_g = costs.home_g[r, like] - instance.intensity_g_per_kwh[r, like, None, None] * costs.home_kwh[r, like]
        request_g = intensity[:, None, None] * costs.home_kwh[r, like] + own_g
        hulls = hulls_of(costs.weight[r, like][..., None] * request_g, self.quality[like])
        taken = hulls.taken_for(floor)
        for w in sorted(range(len(windows)), key=lambda w: windows[w].end_h - windows[w].start_h):
            own = slice(max(windows[w].start_h, hour) - hour, min(windows[w].end_h, end) - hour)
            planned = float(expected[own].sum()) if own.start < own.stop else 0.0
            if planned > 0 and self.to_come[w] > 0:
                reach(hulls, taken, expected, own, planned * (1.0 - self.may_lose[w] / self.to_come[w]))
        first = np.ceil(taken[:1]) if instance.integer else taken[:1]
        share: FloatArray = hulls.shares(np.concatenate([first, taken[1:]]))[0]
        for w in current:
            self.to_come[w] -= now
            self.may_lose[w] -= now * (1.0 - float((self.quality[hour] * share).sum()))
        return share


def _replayed(hour: int, count: int, memory_h: int) -> IntArray:
    """Return the current hour and the past ones that stand for those to come: the last days seen, over and over."""
    seen = min(hour + 1, memory_h)
    seen -= seen % DAY_H if seen >= DAY_H else 0
    ahead = np.arange(count)
    return np.where(ahead == 0, hour, hour + 1 - seen + (ahead - 1) % seen)


def _persistence(instance: DirectivesInstance, r: int, memory_h: int) -> Forecaster:
    """Return the forecaster by which the last days come again."""
    seen = instance.intensity_g_per_kwh[r]
    return lambda hour, count: seen[_replayed(hour, count, memory_h)]


def _issued(
    instance: DirectivesInstance, r: int, lookahead_h: int, error: float, rng: np.random.Generator
) -> Forecaster:
    """Return the forecaster whose errors are lognormal; after the end the last hours are repeated."""
    seen = instance.intensity_g_per_kwh[r]
    trace = CarbonTrace(zone=instance.regions[r].name, start_utc="2000-01-01T00:00:00Z", step_s=HOUR_S,
                        intensity_g_per_kwh=np.append(seen, np.resize(seen[::-1], lookahead_h)))
    issued = lognormal(trace, horizon_s=lookahead_h * HOUR_S, rng=rng, log_sd=error).intensity_g_per_kwh

    def expect(hour: int, count: int) -> FloatArray:
        return np.append(seen[hour], issued[hour, 1:count])

    return expect
