"""Why an instance has no schedule: classes that nothing serves, and periods with too few GPUs, too little power."""

import numpy as np

from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.formulations.highs import explain as reliefs_of
from ecoopt.formulations.highs import solve_model
from ecoopt.formulations.llm_config.apart import Pieces
from ecoopt.formulations.llm_config.fleet_model import fleet_model
from ecoopt.instances.llm_config import LlmConfigInstance
from ecoopt.instances.llm_config.terms import Terms, terms_of

_SECONDS = 60.0


def reasons(instance: LlmConfigInstance) -> list[str]:
    """Return one line for each reason why an instance has no schedule, none when it has one."""
    terms = terms_of(instance)
    served = terms.serves[:, terms.items[1]].any(axis=1)
    alone = [_unserved(terms, q) for q in np.flatnonzero(~served & (terms.demand > 0).any(axis=1)).tolist()]
    return alone or _lacking(terms)


def _unserved(terms: Terms, q: int) -> str:
    """Say what keeps all configurations from a class."""
    one = terms.instance.classes[q]
    if terms.serves[q].any():
        return f"class {one.name}: no site has the GPUs and the power for a replica that would do; add some"
    quality, fast = terms.quality >= one.min_quality, terms.latency_s <= one.max_latency_s
    right = np.array([one.model in (None, kind.model) for kind in terms.instance.configurations])
    length = np.array([kind.length_tokens for kind in terms.instance.configurations]) >= one.length_tokens
    wishes = (("model", right), ("min_quality", quality), ("length_tokens", length), ("max_latency_s", fast))
    left = np.ones(len(right), dtype=bool)
    for name, good in wishes:
        left &= good
        if not left.any():
            return f"class {one.name}: no configuration that keeps the other wishes keeps its {name}; change it"
    raise AssertionError(one.name)


def _lacking(terms: Terms) -> list[str]:
    """Name the periods and classes whose tokens cannot all be made; starts never forbid anything."""
    if not len(terms.items[0]):
        return []
    model = fleet_model(terms, covers=False)
    lines = []
    for t, part in enumerate(Pieces(model, 0).parts):
        if solve_model(part, Run(Budget(seconds=_SECONDS)), gap=1.0).x is None:
            lines += _of_period(terms, t)
    return lines


def _of_period(terms: Terms, t: int) -> list[str]:
    """Return what a period lacks least, class by class."""
    instance = terms.instance
    classes = tuple(one.replace(demand_per_s=one.demand_per_s[t:t + 1]) for one in instance.classes)
    carbon = tuple(site.replace(carbon=site.carbon.replace(
        start_utc=instance.start_utc, step_s=instance.period_s, estimated=None,
        intensity_g_per_kwh=instance.intensity_g_per_kwh[z, t:t + 1])) for z, site in enumerate(instance.sites))
    alone = terms_of(instance.replace(classes=classes, sites=carbon))
    model = fleet_model(alone, covers=False)
    names = [""] * model.linear.rows
    for q, row in enumerate(model.served[0].tolist()):
        if row >= 0:
            names[row] = instance.classes[q].name
    found = reliefs_of(model.linear.replaced(row_names=lambda: names), Run(Budget(seconds=_SECONDS)), may_give=bool)
    if not found.reliefs:
        return [f"period {t}: no replicas keep every rule; add GPUs or power, or lower mean_quality"]
    return [f"period {t}, class {relief.constraint}: {relief.by * model.scale:.6g} tokens/s cannot be made; add GPUs "
            "or power, or lower the demand" for relief in found.reliefs]
