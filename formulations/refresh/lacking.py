"""Lacking: which work finds no GPU, and which limit on purchases, money or carbon must give for it, least in all."""

import numpy as np

from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.formulations.highs import explain as reliefs_of
from ecoopt.formulations.refresh.fleet_model import fleet_model
from ecoopt.instances.refresh import RefreshInstance
from ecoopt.instances.refresh.tables import tables_of

_SECONDS = 60.0


def lacking(instance: RefreshInstance) -> list[str]:
    """Return one line for each limit that must give; none when the instance is feasible.

    The lines belong together: they are what is lacking least in all.
    """
    tables = tables_of(instance)
    model = fleet_model(tables)
    names = [""] * model.linear.rows
    told: dict[str, tuple[str, str]] = {}

    def tell(row: int, what: str, mend: str) -> None:
        if row >= 0:
            names[row] = f"row {row}"
            told[names[row]] = what, mend

    for s, site in enumerate(instance.sites):
        for t in range(instance.periods):
            tell(int(model.site[s, t]), f"site {site.name}, period {t}: purchases lack",
                 "GPUs; raise most_purchases there or earlier")
            for g, generation in enumerate(instance.generations):
                tell(int(model.bear[g, s, t]), f"{generation.name} at {site.name}, period {t}: work lacks",
                     "GPUs; raise most_purchases or budget, add stock, or lower demand")
    for t in range(instance.periods):
        tell(int(model.money[t]), f"period {t}: money lacks", "; raise budget by then")
        tell(int(model.carbon[t]), f"period {t}: the carbon cap lacks", "of the mean cap; raise operational_cap_g")
    found = reliefs_of(model.linear.replaced(row_names=lambda: names), Run(Budget(seconds=_SECONDS)),
                       may_give=lambda name: name in told)
    lines = [f"{told[relief.constraint][0]} {relief.by:.3g} {told[relief.constraint][1]}" for relief in found.reliefs]
    money = np.inf if instance.budget is None else float(instance.budget.sum())
    bought = any(tables.most[g].any() for g, each in enumerate(instance.generations) if each.price <= money)
    if lines and not tables.first.any() and not bought:
        lines.insert(0, "no GPU is there at first and none can be bought; add stock, or raise most_purchases or budget")
    return lines
