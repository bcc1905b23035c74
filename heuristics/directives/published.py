"""Sprout's schemes (EMNLP'24, arXiv:2403.12900): BASE, CO2_OPT, MODEL_OPT, ORACLE and SPROUT, on expected values."""

from typing import Annotated, Literal, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.directives.home import Home
from ecoopt.heuristics.directives.trigger import published_trigger
from ecoopt.instances.directives import DirectivesInstance, DirectivesSchedule
from ecoopt.instances.directives.beliefs import believed_quality, last_evaluation
from ecoopt.instances.directives.budget import cheapest_floors
from ecoopt.instances.directives.costs import floors
from ecoopt.instances.directives.mixes import cheapest_mix

Tolerance: TypeAlias = Annotated[float, Field(ge=0, le=1)]

TENTHS = 10
"""Models are placed on ten GPUs."""


def base(instance: DirectivesInstance, run: Run, *, seed: int, start: DirectivesSchedule | None) -> Outcome:
    """Give no directive to any request. One iteration; preferences are evaluated as rarely as may be."""
    home = Home(instance, run, start)
    if run.stop() is None:
        run.tick(1, 1)
        share = np.zeros(home.shape)
        share[..., 0] = 1.0
        home.offer(share, home.rare_evaluations)
    return run.outcome()


def co2opt(instance: DirectivesInstance, run: Run, *, seed: int, start: DirectivesSchedule | None) -> Outcome:
    """Give every request the level of least carbon, whatever its quality. One iteration.

    There is a schedule only where no rule asks for more quality.
    """
    home = Home(instance, run, start)
    if run.stop() is None:
        run.tick(1, 1)
        share = _alike(home, cheapest_mix(_mean_g(home), np.zeros(home.shape[-1]), 0.0, whole=True))
        home.offer(share, home.rare_evaluations)
    return run.outcome()


def sprout(
    instance: DirectivesInstance, run: Run, *, seed: int, start: DirectivesSchedule | None, tolerance: Tolerance = 0.1,
    sampled: bool = False,
) -> Outcome:
    """Choose, hour by hour, the cheapest mix of levels that keeps the hourly rule by the preferences believed.

    One iteration. Preferences are evaluated when the published trigger says so. Known classes get all the same mix.
    There is a schedule only where the windows are kept by chance.

    Parameters
    ----------
    tolerance : float
        Of the hourly rule, for instances that have none.
    sampled : bool
        Whether an evaluation tells what the sampled prompts prefer, as published, and not what users do on average;
        needs an evaluator. There is a schedule only where the hourly rule does not bind.
    """
    home = Home(instance, run, start)
    if run.stop() is None:
        run.tick(1, 1)
        evaluations = _triggered(instance)
        believed = _believed(home, evaluations)
        if sampled:
            believed = _sampled(instance, evaluations, np.random.default_rng(seed))
        share = _hourly(home, believed, tolerance)
        home.offer(_alike(home, share), evaluations)
    return run.outcome()


def model_opt(
    instance: DirectivesInstance, run: Run, *, seed: int, start: DirectivesSchedule | None, tolerance: Tolerance = 0.1,
    rounding: Literal["up", "nearest"] = "up",
) -> Outcome:
    """Choose as `sprout` does, and give the better of the two levels whole tenths. One iteration.

    The scheme is meant for levels that are models on ten GPUs.

    Parameters
    ----------
    tolerance : float
        As for `sprout`.
    rounding : {"up", "nearest"}
        To the nearest tenth as published, which breaks the rule every other hour, so that there is a schedule only
        where it does not bind; or up.
    """
    home = Home(instance, run, start)
    if run.stop() is None:
        run.tick(1, 1)
        evaluations = _triggered(instance)
        believed = _believed(home, evaluations)
        share = _hourly(home, believed, tolerance)
        better = (believed * (share > 0) - (share <= 0)).argmax(axis=-1)[..., None]
        tenths = TENTHS * np.take_along_axis(share, better, axis=-1)
        # A share that is a tenth already may be off by rounding.
        part = (np.ceil(tenths - 1e-9) if rounding == "up" else np.round(tenths)) / TENTHS
        rounded = np.where(share > 0, 1.0 - part, 0.0)
        np.put_along_axis(rounded, better, part, axis=-1)
        home.offer(_alike(home, rounded), evaluations)
    return run.outcome()


def oracle(
    instance: DirectivesInstance, run: Run, *, seed: int, start: DirectivesSchedule | None, tolerance: Tolerance = 0.1,
) -> Outcome:
    """Choose, hour by hour, the cheapest mix that keeps the hourly rule by the true preferences. One iteration.

    Where classes are known each has a mix of its own. The published scheme knows single requests too, which have no
    place in a schedule of shares.

    Parameters
    ----------
    tolerance : float
        As for `sprout`.
    """
    home = Home(instance, run, start)
    if run.stop() is None:
        run.tick(1, 1)
        floor = floors(instance, tolerance)
        share = (cheapest_floors(home.costs, home.costs.home_g, floor) if instance.class_aware and not instance.integer
                 else _alike(home, cheapest_mix(_mean_g(home), _total(home), floor, whole=instance.integer)))
        home.offer(share, home.rare_evaluations)
    return run.outcome()


def _triggered(instance: DirectivesInstance) -> IntArray:
    """Return the evaluations of the published trigger; none without an evaluator."""
    if instance.evaluator is None:
        return np.zeros(0, dtype=np.int64)
    return published_trigger(instance.intensity_g_per_kwh[0], instance.evaluator)


def _hourly(home: Home, believed: FloatArray, tolerance: float) -> FloatArray:
    """Return the cheapest mix of every hour by the published rule, float arrays [R, T, L]."""
    return cheapest_mix(_mean_g(home), believed, floors(home.instance, tolerance), whole=home.instance.integer)


def _sampled(instance: DirectivesInstance, evaluations: IntArray, rng: np.random.Generator) -> FloatArray:
    """Return the quality of each level by the prompts that each evaluation samples, float array [1, T, L]."""
    judge = instance.evaluator
    liked = instance.mix[0] @ instance.preference
    if judge is None or judge.prompts < 1 or (liked.sum(axis=1) > 1 + 1e-9).any():
        raise InputError.one("options of sprout", "sampled", "needs an evaluator with prompts, and preferences that "
                             "are shares of users", "leave it out")
    chance = np.column_stack([liked, np.maximum(1.0 - liked.sum(axis=1), 0.0)])
    counts = np.array([rng.multinomial(judge.prompts, row / row.sum())[:-1] for row in chance[evaluations]])
    relative = counts / np.maximum(counts[:, :1], 1)
    which = np.searchsorted(evaluations, np.arange(instance.hours), side="right") - 1
    return np.asarray(relative[which][None], dtype=np.float64)


def _believed(home: Home, evaluations: IntArray) -> FloatArray:
    """Return the quality of each level as it is believed, float array [R, T, L]."""
    believed: FloatArray = believed_quality(home.costs, last_evaluation(home.instance, evaluations)).sum(axis=2)
    return believed


def _total(home: Home) -> FloatArray:
    """Return the true quality of each level, float array [R, T, L]."""
    total: FloatArray = home.costs.quality.sum(axis=2)
    return total


def _mean_g(home: Home) -> FloatArray:
    """Return the carbon of a request of unknown class at each level, float array [R, T, L]."""
    mean: FloatArray = (home.costs.weight[..., None] * home.costs.home_g).sum(axis=2)
    return mean


def _alike(home: Home, share: FloatArray) -> FloatArray:
    """Return the same shares [R, T, L] for every group, float array [R, T, C, L]."""
    return np.broadcast_to(share[:, :, None, :], home.shape)
