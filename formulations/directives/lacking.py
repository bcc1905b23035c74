"""Lacking: in which region and hour a fleet has too few GPUs, or its ramp is too small, and by how much."""

from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.formulations.directives.fleet_model import fleet_model
from ecoopt.formulations.highs import explain as reliefs_of
from ecoopt.instances.directives import DirectivesInstance
from ecoopt.instances.directives.costs import costs_of

_SECONDS = 60.0


def lacking(instance: DirectivesInstance) -> list[str]:
    """Return one line for each region and hour whose GPUs must be more, or switched faster; none when feasible.

    The lines belong together: they are what is lacking least in all. Level 0 at home keeps every other rule.

    Parameters
    ----------
    instance : DirectivesInstance
        With a fleet.
    """
    model = fleet_model(costs_of(instance))
    names: list[str] = [""] * model.linear.rows
    told: dict[str, tuple[str, str]] = {}
    for r, region in enumerate(instance.regions):
        for t in range(instance.hours):
            where = f"region {region.name}, hour {t}: "
            names[model.bear[r, t]] = f"bear {r} {t}"
            told[f"bear {r} {t}"] = f"{where}what must be served takes", (
                "GPUs more than can be on; add GPUs, raise ramp_gpus or rtt_limit_ms, or allow a greater loss")
            if (r, t) in model.ramp:
                names[model.ramp[r, t]] = f"ramp {r} {t}"
                told[f"ramp {r} {t}"] = f"{where}the ramp lacks", "GPUs; raise ramp_gpus"
    found = reliefs_of(model.linear.replaced(row_names=lambda: names), Run(Budget(seconds=_SECONDS)),
                       may_give=lambda name: name in told)
    return [f"{told[relief.constraint][0]} {relief.by:.3g} {told[relief.constraint][1]}" for relief in found.reliefs]
