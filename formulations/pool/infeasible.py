"""Explain: which demand no machines can serve in time, and which the budget cannot pay for."""

import numpy as np

from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Status
from ecoopt.formulations.pool.exact import benders
from ecoopt.instances.pool import PoolInstance
from ecoopt.instances.pool.routing import route
from ecoopt.instances.pool.terms import MET, Terms, terms_of


def reasons(instance: PoolInstance) -> list[str]:
    """Return one line for each reason why an instance has no schedule, none when it has one."""
    if instance.trials is not None:
        if benders(instance, Run(sense=Sense.MAX), seed=0, start=None).status is not Status.INFEASIBLE:
            return []
        return ["no trial keeps the budget, the machines there are and the share of queries in time: raise "
                "budget_per_h or max_count, or lower least_qos_percent"]
    terms = terms_of(instance)
    if not terms.must_serve:
        return []
    return _unservable(terms) or _too_much(terms) or _together(terms)


def _unservable(terms: Terms) -> list[str]:
    """Name the models with too many queries that no type answers in time."""
    lines = []
    for model, work in zip(terms.instance.models, terms.works, strict=True):
        usable = np.isfinite(work.worked_s[terms.instance.max_count > 0]).any(axis=0)
        share = float(work.share[~usable].sum())
        if share > terms.instance.late_share + MET and model.demand_per_s is not None and model.demand_per_s.any():
            batches = model.batch[~usable & (work.share > 0)]
            lines.append(f"model {model.name}: no type answers {100 * share:.3g} % of its queries (batches of "
                         f"{batches[0]:g} to {batches[-1]:g}) in time; offer a faster type, or raise qos_ms or "
                         "late_share")
    return lines


def _too_much(terms: Terms) -> list[str]:
    """Name the periods whose demand all machines together do not serve."""
    lines = []
    for m, model in enumerate(terms.instance.models):
        most = route(terms.works[m], terms.capacity(m, terms.instance.max_count)).rate_per_s
        over = np.flatnonzero(terms.demand[:, m] * (1 - MET) > most)
        lines += [f"period {t}, model {model.name}: {terms.demand[t, m]:.6g} queries/s are asked for, all machines "
                  f"together serve {most:.6g}; raise max_count or lower demand_per_s" for t in over.tolist()]
    return lines


def _together(terms: Terms) -> list[str]:
    """Name the periods that are impossible by themselves, else say that starts are."""
    instance = terms.instance
    if benders(instance, Run(sense=Sense.MAX), seed=0, start=None).status is not Status.INFEASIBLE:
        return []
    lines = []
    for t in range(instance.periods):
        alone = _period(instance, t)
        found = benders(alone, Run(sense=Sense.MAX), seed=0, start=None)
        if found.objective is None:
            lines.append(f"period {t}: the machines there are do not serve all models at once; raise max_count")
        elif instance.budget_per_h is not None and -found.objective > instance.budget_per_h[t] * (1 + MET):
            lines.append(f"period {t}: its demand costs {-found.objective:.6g} $/h at least, starts aside, the budget "
                         f"is {instance.budget_per_h[t]:.6g}; raise budget_per_h")
    return lines or ["each period is possible by itself, starts are not within the budget; raise budget_per_h or lower "
                     "start_h"]


def _period(instance: PoolInstance, t: int) -> PoolInstance:
    """Return one period, priced by the hour, without budget and starts."""
    models = tuple(model.replace(demand_per_s=None if model.demand_per_s is None else model.demand_per_s[t:t + 1])
                   for model in instance.models)
    factor = None if instance.price_factor is None else instance.price_factor[t:t + 1]
    alone: PoolInstance = instance.replace(
        models=models, periods=1, period_h=1.0, price_factor=factor, budget_per_h=None, start_h=0.0, running=None,
        objective="cost", carbon=None)
    return alone
