"""Rolling: an online policy that plans over scenarios each hour, carries the quality budget over, and never overdraws.

It knows what has been: intensities, classes and requests up to and including the current hour; and beforehand only the
rules, and how many requests each window will have. Intensities to come are those of past days, or what a forecaster
with errors of known size issued in that hour; classes to come drift by a known law.
"""

from collections.abc import Callable
from typing import Annotated, Literal, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.directives.home import Home
from ecoopt.heuristics.directives.scenarios import Scenarios
from ecoopt.instances.carbon import CarbonTrace, lognormal
from ecoopt.instances.directives import DirectivesInstance, DirectivesSchedule
from ecoopt.instances.directives.beliefs import believed_quality, last_evaluation
from ecoopt.instances.directives.budget import reach
from ecoopt.instances.directives.costs import floor_at
from ecoopt.instances.directives.hulls import hulls_of
from ecoopt.instances.directives.schema import HOUR_S

Forecaster = Callable[[int, int], FloatArray]
"""From the current hour and a number n to intensities of n hours in each scenario, [n, K]; the first hour is known."""

Hours: TypeAlias = Annotated[int, Field(ge=1, le=10_000)]

_DAY_H = 24


def rolling(
    instance: DirectivesInstance, run: Run, *, seed: int, start: DirectivesSchedule | None,
    forecast: Literal["persistence", "lognormal"] = "persistence", error: Annotated[float, Field(ge=0, le=2)] = 0.0786,
    lookahead_h: Hours = 120, memory_h: Hours = 720, scenarios: Annotated[int, Field(ge=1, le=100)] = 8,
    caution: Annotated[float, Field(ge=0, le=1)] = 0.1,
) -> Outcome:
    """Decide hour by hour. One iteration is an hour; when the budget ends, what is left gets no directive.

    Each hour the cheapest plan for the hours ahead in all scenarios together is made, as
    `ecoopt.instances.directives.budget` makes it for known hours, and its first hour is carried out. No window loses
    more than all its requests may, so that level 0 for the rest always keeps it. Requests are expected to come evenly.
    Preferences are evaluated as often as may be, and believed in between; windows hold for the true ones, so that with
    an evaluator there may be no schedule in the end.

    Parameters
    ----------
    forecast : {"persistence", "lognormal"}
        Intensities expected: those of past days, others in each scenario; or the coming ones with errors of known size.
    error : float
        Standard deviation of the logarithm of the error on the first day (``lognormal``).
    lookahead_h : int
        Hours planned ahead; a window that goes on after them gives them their part of what it may lose.
    memory_h : int
        Hours of the past from which days are taken (``persistence``).
    scenarios : int
        Number of scenarios.
    caution : float
        Part of what windows may lose that is kept back where preferences are believed.
    """
    home = Home(instance, run, start)
    judge = instance.evaluator
    evaluations = np.arange(0, instance.hours, judge.least_gap_h) if judge is not None else np.zeros(0, dtype=np.int64)
    quality = believed_quality(home.costs, last_evaluation(instance, evaluations))
    share = np.zeros(home.shape)
    share[..., 0] = 1.0
    policies = []
    for r in range(len(instance.regions)):
        drawn, errors = (np.random.default_rng([seed, r, part]) for part in range(2))
        expect = (_persistence(instance, r, memory_h, scenarios) if forecast == "persistence"
                  else _issued(instance, r, lookahead_h, scenarios, error, errors))
        policies.append(_Policy(
            instance, r, quality[r], expect, Scenarios(instance, r, scenarios, lookahead_h, drawn), lookahead_h,
            0.0 if judge is None else caution))
    for hour in range(instance.hours):
        if run.stop() is not None:
            break
        run.tick(1, 0)
        for r, policy in enumerate(policies):
            share[r, hour] = policy.decide(hour)
    home.offer(share, evaluations)
    return run.outcome()


class _Policy:
    """The policy of one origin. W windows, K scenarios.

    Parameters
    ----------
    instance : DirectivesInstance
        What is asked.
    r : int
        The origin.
    quality : float array [T, C, L]
        Of levels, as it is known in each hour.
    expect : Forecaster
        Intensities to come.
    scenarios : Scenarios
        Classes to come.
    lookahead_h : int
        Hours planned ahead.
    caution : float
        Part of what windows may lose that is kept back.
    """

    def __init__(
        self, instance: DirectivesInstance, r: int, quality: FloatArray, expect: Forecaster, scenarios: Scenarios,
        lookahead_h: int, caution: float,
    ) -> None:
        self.instance, self.r, self.quality = instance, r, quality
        self.expect, self.scenarios, self.lookahead_h = expect, scenarios, lookahead_h
        requests = instance.requests[r]
        self.to_come = np.array([float(requests[one.start_h:one.end_h].sum()) for one in instance.windows])
        self.may_lose = (1.0 - caution) * np.array([one.loss for one in instance.windows]) * self.to_come
        self.inside_out = sorted(range(len(instance.windows)), key=lambda w: (
            instance.windows[w].end_h - instance.windows[w].start_h))

    def decide(self, hour: int) -> FloatArray:
        """Return the shares of levels of an hour, float array [C, L], and book what they lose."""
        instance, r, windows = self.instance, self.r, self.instance.windows
        current = [w for w in self.inside_out if windows[w].start_h <= hour < windows[w].end_h]
        last_h = windows[current[-1]].end_h if current else hour + 1
        end = min(last_h, hour + self.lookahead_h)
        now = float(instance.requests[r, hour])
        expected = np.full(end - hour, now)
        if current:
            expected[1:] = (self.to_come[current[-1]] - now) / max(last_h - hour - 1, 1)
        # Hours stand one after the other, and in each all scenarios, which have equal parts of its requests.
        mix, intensity = self.scenarios.mix(hour, end - hour), self.expect(hour, end - hour)
        ways = mix.shape[1]
        kwh, own_g, quality, weight = self.scenarios.tables(mix.reshape(-1, mix.shape[2]))
        quality = np.concatenate([np.repeat(self.quality[hour][None], ways, axis=0), quality[ways:]])
        floor = floor_at(instance, r, intensity.ravel())
        for w in current:
            # What is lost now may not be more than what the window may lose.
            floor[:ways] = np.maximum(floor[:ways], min(1.0 - self.may_lose[w] / now, 1.0) if now > 0 else 0.0)
        hulls = hulls_of(weight[..., None] * (intensity.reshape(-1, 1, 1) * kwh + own_g), quality)
        taken, requests = hulls.taken_for(floor), np.repeat(expected / ways, ways)
        for w in self.inside_out:
            own = slice(ways * max(windows[w].start_h - hour, 0), ways * max(min(windows[w].end_h, end) - hour, 0))
            planned = float(requests[own].sum())
            if planned > 0 and self.to_come[w] > 0:
                reach(hulls, taken, requests, own, planned * (1.0 - self.may_lose[w] / self.to_come[w]))
        # The current hour is the same in all scenarios, and the plan may take an edge of it in some of them.
        taken[0] = taken[:ways].mean(axis=0)
        share: FloatArray = hulls.shares(np.ceil(taken) if instance.integer else taken)[0]
        for w in current:
            self.to_come[w] -= now
            self.may_lose[w] -= now * (1.0 - float((self.quality[hour] * share).sum()))
        return share


def _persistence(instance: DirectivesInstance, r: int, memory_h: int, scenarios: int) -> Forecaster:
    """Return the forecaster by which past days come again, each scenario beginning with another one."""
    past = instance.intensity_g_per_kwh[r]

    def expect(hour: int, count: int) -> FloatArray:
        seen = min(hour + 1, memory_h)
        days = seen // _DAY_H
        seen = days * _DAY_H or seen
        later = _DAY_H * (np.arange(scenarios) * days // scenarios)
        ahead = np.arange(count)[:, None]
        found = past[hour + 1 - seen + (ahead - 1 + later) % seen]
        found[0] = past[hour]
        return np.asarray(found, dtype=np.float64)

    return expect


def _issued(
    instance: DirectivesInstance, r: int, lookahead_h: int, scenarios: int, error: float, rng: np.random.Generator
) -> Forecaster:
    """Return the forecaster whose errors are lognormal; what comes after the end is not asked for."""
    past = instance.intensity_g_per_kwh[r]
    trace = CarbonTrace(zone=instance.regions[r].name, start_utc="2000-01-01T00:00:00Z", step_s=HOUR_S,
                        intensity_g_per_kwh=np.append(past, np.zeros(lookahead_h)))
    issued = lognormal(trace, horizon_s=lookahead_h * HOUR_S, rng=rng, log_sd=error).intensity_g_per_kwh

    def expect(hour: int, count: int) -> FloatArray:
        found = np.append(past[hour], issued[hour, 1:count])
        return np.repeat(found[:, None], scenarios, axis=1)

    return expect
