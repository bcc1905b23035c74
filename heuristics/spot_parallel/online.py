"""Online policies: at each node a configuration is chosen knowing the past and the present alone."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, TypeAlias, TypeVar

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.spot_parallel.pace import Pace
from ecoopt.heuristics.spot_parallel.plans import Start, begun, ended, offer
from ecoopt.instances.spot_parallel import SpotParallelInstance
from ecoopt.instances.spot_parallel.changes import Changes
from ecoopt.instances.spot_parallel.charges import charges

S = TypeVar("S")
Counts: TypeAlias = dict[tuple[int, int], int]


class View:
    """What a policy may ask at a node: conditions of now, and what configurations and changes cost in them.

    Parameters
    ----------
    instance : SpotParallelInstance
        Of which the present is taken, and what does not change with time.
    changes : Changes
        What changes cost.
    node : int
        The node.
    pace : Pace
        What is used of budgets so far, and the prices they have.

    Attributes
    ----------
    uses : float array [2, C]
        Rent and carbon of each configuration now.
    extra_usd : float array [C]
        What prices of budgets add to each configuration now, infinite where it does not fit or budgets would be broken.
    """

    def __init__(self, instance: SpotParallelInstance, changes: Changes, node: int, pace: Pace) -> None:
        self.spot_gpus = int(instance.spot_gpus[node])
        load, spot, extra = (float(table[node]) for table in (
            instance.load_rps, instance.spot_usd_per_gpu_h, instance.on_demand_usd_per_gpu_h))
        grid = float(instance.intensity_g_per_kwh[instance.depth[node]])

        def own(fleets: list[int]) -> FloatArray:
            often = [np.full(len(fleets), one) for one in (load, spot, extra, grid)]
            found = charges(instance, np.array(fleets, dtype=np.int64), *often)
            return np.where(found.fits, found.own_usd, np.inf)

        self.own_usd: Callable[[list[int]], FloatArray] = own
        now = charges(instance, *(np.array([one]) for one in (self.spot_gpus, load, spot, extra, grid)))
        self.uses: FloatArray = np.array([now.rent_usd[0], now.carbon_kg[0]])
        self.extra_usd: FloatArray = pace.extra_usd(self.uses, np.where(now.fits[0], now.own_usd[0], np.inf))
        usd, pause_s = changes.least
        self.change_usd: FloatArray = usd + pause_s * (
            np.minimum(load, instance.throughput_rps) * instance.unserved_usd_per_request)


def hysteresis(
    instance: SpotParallelInstance, run: Run, *, seed: int, start: Start,
    patience: Annotated[float, Field(ge=0, le=1e6)] = 1.0,
) -> Outcome:
    """Stay until what staying has cost more than the best configuration would have exceeds the price of a change.

    Where the configuration no longer fits, what is cheapest with the change is taken. Budgets have prices that rise
    while more is used than falls to an interval, and fall while less is. An iteration is a node. Ignores `seed`.

    Parameters
    ----------
    patience : float
        Factor of the price of a change.
    """
    return _online(instance, run, start, partial(_hysteresis, patience=patience))


def rolling(
    instance: SpotParallelInstance, run: Run, *, seed: int, start: Start,
    horizon: Annotated[int, Field(ge=1, le=1000)] = 6,
) -> Outcome:
    """Take what is cheapest over the next intervals, if load and prices stay and the fleet goes on as it did before.

    Numbers of spot GPUs seen so far are a Markov chain whose transitions are counted, staying once more than seen.
    Budgets have prices as in `hysteresis`. An iteration is a node. Ignores `seed`.

    Parameters
    ----------
    horizon : int
        Intervals looked ahead, that of now included.
    """
    return _online(instance, run, start, partial(_rolling, horizon=horizon))


def _online(
    instance: SpotParallelInstance, run: Run, start: Start,
    policy: "Callable[[View, _Past | None], _Past]",
) -> Outcome:
    """Decide node by node; a policy gets a view of the present, and what it remembers of the past."""
    tables = begun(instance, run, start)
    if isinstance(tables, Outcome):
        return tables
    changes = tables.changes
    past: list[_Past] = []
    paces: list[Pace] = []
    first = Pace.of(instance)
    for node, parent in enumerate(instance.parent.tolist()):
        if run.stop() is not None:
            return run.outcome(reason=f"the policy is cut short at node {node}")
        pace = paces[parent] if parent >= 0 else first
        view = View(instance, changes, node, pace)
        past.append(policy(view, past[parent] if parent >= 0 else None))
        paces.append(pace.after(view.uses[:, past[node].config]))
        run.tick(1, 1)
    config: IntArray = np.array([each.config for each in past], dtype=np.int64)
    offer(tables, run, config, foresight=False)
    return ended(run)


@dataclass(frozen=True)
class _Past:
    """What a policy remembers: its configuration, what staying has cost, the fleet, and transitions seen."""

    config: int
    regret_usd: float = 0.0
    spot_gpus: int = 0
    seen: Counts | None = None


def _hysteresis(view: View, past: _Past | None, *, patience: float) -> _Past:
    own = view.own_usd([view.spot_gpus])[0] + view.extra_usd
    if past is None:
        return _Past(int(own.argmin()))
    change = view.change_usd[past.config]
    best = int((own + change).argmin())
    if not np.isfinite(own[past.config]):
        return _Past(best)
    aim = int(own.argmin())
    regret = past.regret_usd + float(own[past.config] - own[aim])
    if aim != past.config and regret > patience * change[aim]:
        return _Past(aim)
    return _Past(past.config, regret)


def _rolling(view: View, past: _Past | None, *, horizon: int) -> _Past:
    seen: Counts = {} if past is None or past.seen is None else dict(past.seen)
    if past is not None:
        step = past.spot_gpus, view.spot_gpus
        seen[step] = seen.get(step, 0) + 1
    fleets = sorted({view.spot_gpus, *(fleet for step in seen for fleet in step)})
    place = {fleet: k for k, fleet in enumerate(fleets)}
    chance = np.eye(len(fleets))
    for (one, other), count in seen.items():
        chance[place[one], place[other]] += count
    chance /= chance.sum(axis=1, keepdims=True)
    own = view.own_usd(fleets)
    to_come = own
    for _ in range(horizon - 1):
        entered = (to_come[:, None, :] + view.change_usd).min(axis=2)
        to_come = own + chance @ entered
    row = to_come[place[view.spot_gpus]] + view.extra_usd
    if past is not None:
        row = row + view.change_usd[past.config]
    return _Past(int(row.argmin()), 0.0, view.spot_gpus, seen)
