"""The rules of configurations, and in people's terms who breaks them, where and by how much."""

from collections.abc import Callable

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.score import Violation
from ecoopt.evaluate.llm_config.charges import Charges
from ecoopt.evaluate.violations import broken
from ecoopt.instances.llm_config import Configuration, LlmConfigInstance, LlmConfigSchedule, RequestClass

NOT_SERVED = "tokens are not made"
TOO_MUCH = "more tokens are made than are asked for"
OVERLOADED = "replicas make more tokens than they may"
TOO_MANY_GPUS = "replicas take more GPUs than there are"
TOO_MUCH_POWER = "replicas take more power than the site has"
TOO_LATE = "answers take longer than the class allows"
TOO_SHORT = "the configuration's answers are too short for the class"
WRONG_MODEL = "the class asks for another model"
TOO_POOR = "the model's quality is below the class's least"
POOR_MEAN = "the mean quality is below the class's"

TOLERANCE = 1e-6
"""Excess that counts as rounding, relative to what is limited."""

_LEAST_TOKENS = 1e-6


def violations(instance: LlmConfigInstance, schedule: LlmConfigSchedule, charged: Charges) -> list[Violation]:
    """Return every broken rule.

    Parameters
    ----------
    instance, schedule : LlmConfigInstance, LlmConfigSchedule
        Of matching shapes.
    charged : Charges
        Of the schedule.
    """
    return [*_demand(instance, schedule), *_replicas(instance, schedule), *_sites(instance, charged),
            *_pairs(instance, schedule), *_quality(instance, schedule)]


def _demand(instance: LlmConfigInstance, schedule: LlmConfigSchedule) -> list[Violation]:
    """All tokens asked for are made, and no more."""
    found = []
    for q, one in enumerate(instance.classes):
        beyond = schedule.tokens_per_s[:, q].sum(axis=(1, 2)) - one.tokens_per_s
        slack = TOLERANCE * np.maximum(one.tokens_per_s, _LEAST_TOKENS)
        where = _period_of(one)
        found += broken(NOT_SERVED, "tokens/s", np.where(-beyond > slack, -beyond, 0.0), where)
        found += broken(TOO_MUCH, "tokens/s", np.where(beyond > slack, beyond, 0.0), where)
    return found


def _replicas(instance: LlmConfigInstance, schedule: LlmConfigSchedule) -> list[Violation]:
    """No replica makes more tokens than its load allows."""
    rate = np.array([one.tokens_per_s for one in instance.configurations])
    allowed = instance.load * rate * schedule.replicas
    over = schedule.tokens_per_s.sum(axis=1) - allowed
    over = np.where(over > np.maximum(TOLERANCE * allowed, _LEAST_TOKENS), over, 0.0)

    def where(index: int) -> str:
        period, rest = divmod(index, over[0].size)
        site, k = divmod(rest, len(rate))
        return f"period {period}, site {instance.sites[site].name}, {instance.configurations[k].name}"

    return broken(OVERLOADED, "tokens/s", over.ravel(), where)


def _sites(instance: LlmConfigInstance, charged: Charges) -> list[Violation]:
    """GPUs and power are there."""
    found = []
    for z, site in enumerate(instance.sites):
        for g, gpu in enumerate(instance.gpus):
            over = charged.gpus[:, z, g] - site.gpus[g]
            found += broken(TOO_MANY_GPUS, "GPUs", over, _period_at(f"site {site.name}, {gpu.name}"))
        if site.power_limit_w is not None:
            watts = charged.power_w[:, z] - site.power_limit_w
            watts = np.where(watts > TOLERANCE * max(site.power_limit_w, 1.0), watts, 0.0)
            found += broken(TOO_MUCH_POWER, "W", watts, _period_at(f"site {site.name}"))
    return found


def _pairs(instance: LlmConfigInstance, schedule: LlmConfigSchedule) -> list[Violation]:
    """Every class is served by configurations that will do for it."""
    quality = {model.name: model.quality for model in instance.models}
    found = []
    for q, one in enumerate(instance.classes):
        for k, kind in enumerate(instance.configurations):
            made = schedule.tokens_per_s[:, q, :, k]
            if not (made > _LEAST_TOKENS).any():
                continue
            short = {TOO_LATE: (kind.latency_s - one.max_latency_s, "s"),
                     TOO_SHORT: (float(one.length_tokens - kind.length_tokens), "tokens"),
                     WRONG_MODEL: (float(one.model not in (None, kind.model)), ""),
                     TOO_POOR: (one.min_quality - quality[kind.model], "")}
            for what, (by, unit) in short.items():
                if by > 0:
                    found += broken(what, unit, np.where((made > _LEAST_TOKENS).any(axis=1), by, 0.0),
                                    _period_of(one, kind))
    return found


def _quality(instance: LlmConfigInstance, schedule: LlmConfigSchedule) -> list[Violation]:
    """On average, the tokens of a class have the quality that it asks for."""
    of_model = {model.name: model.quality for model in instance.models}
    quality = np.array([of_model[one.model] for one in instance.configurations])
    found = []
    for q, one in enumerate(instance.classes):
        made = schedule.tokens_per_s[:, q].sum(axis=1)
        total: FloatArray = made.sum(axis=1)
        mean = np.divide(made @ quality, total, out=np.ones_like(total), where=total > _LEAST_TOKENS)
        short = np.where(one.mean_quality - mean > TOLERANCE, one.mean_quality - mean, 0.0)
        found += broken(POOR_MEAN, "", short, _period_of(one))
    return found


def _period_of(one: RequestClass, kind: Configuration | None = None) -> Callable[[int], str]:
    """Return a function that names a period of a class."""
    return _period_at(f"class {one.name}" + ("" if kind is None else f", {kind.name}"))


def _period_at(where: str) -> Callable[[int], str]:
    """Return a function that names a period somewhere."""
    return lambda t: f"period {t}, {where}"
