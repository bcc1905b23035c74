"""The dynamic program of choices: states of what the ceilings have left, only those kept that could still be best."""

from typing import Annotated, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.highs import solve_lp
from ecoopt.formulations.node_mix.exact import dual_bound
from ecoopt.formulations.node_mix.mix_model import MixModel, mix_model, undominated
from ecoopt.instances.node_mix import (
    TOLERANCE,
    NodeMixInstance,
    NodeMixSchedule,
    keeps_rules,
    mix_kg,
    mix_tables,
)

FIRST_GAP, WIDER = 1e-7, 4.0
NEIGHBOURS = 256

States: TypeAlias = Annotated[int, Field(ge=1, le=10_000_000)]


class _Stage(NamedTuple):
    """The options of one choice: their numbers, carbon and use of each ceiling."""

    option: IntArray
    kg: FloatArray
    use: FloatArray


def dp(
    instance: NodeMixInstance, run: Run, *, seed: int, start: NodeMixSchedule | None, most_states: States = 200_000,
) -> Outcome:
    """Choose one option of each group by dynamic programming over undominated states.

    A state is what the groups so far use of the ceilings and emit. One is dropped when another uses and emits no more,
    when the least uses of the groups to come do not fit, and when its carbon, with the ceilings priced at the
    relaxation's duals, is above a guess of the optimum; the guess is raised until a state is left at the end, which is
    then optimal. Where the instance has floors or mixed groups, what is left of it is a bound. A group is an iteration.

    Parameters
    ----------
    most_states : int
        Most states held; with more, the method ends with the relaxation's bound.
    """
    if start is not None:
        run.offer(mix_kg(instance, start.count), start)
    if run.stop() is not None:
        return run.outcome()
    model = mix_model(instance)
    found = solve_lp(model.linear, Run(run.budget, sense=run.sense), seed=seed)
    if found.status is Status.INFEASIBLE:
        return run.outcome(found.termination, found.status)
    if found.row_dual is None:
        return run.outcome(found.termination)
    run.prove(dual_bound(model.linear, found.row_dual))
    stages, prices = _stages(instance), _prices(model, found.row_dual)
    limits = instance.ceiling * (1 + TOLERANCE)
    least = sum(float((stage.kg + prices @ stage.use).min()) for stage in stages) - float(prices @ limits)
    guess, held = max(least, 0.0) * FIRST_GAP + 1e-9 * (1 + abs(least)), 0
    most_kg = sum(float(stage.kg.max()) for stage in stages) - least + 1e-6
    plain = not instance.floors and bool((instance.demand[~instance.choice] == 0).all())
    while True:
        passed = _pass(stages, prices, limits, least + guess, run, most_states)
        held = max(held, passed.states)
        if passed.chosen is not None or passed.cut or guess > most_kg:
            break
        run.prove(least + guess)
        guess *= WIDER
    if passed.cut:
        if run.stop() is not None:
            return run.outcome(states=held)
        return run.outcome(Termination.STALLED, states=held,
                           reason=f"more than {most_states:,} states; raise most_states")
    if passed.chosen is None:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE, states=held)
    count = np.zeros(len(instance.options), dtype=np.int64)
    count[passed.chosen] = mix_tables(instance).least[passed.chosen]
    value = mix_kg(instance, count)
    if plain and keeps_rules(instance, count):
        run.offer(value, NodeMixSchedule(count=count))
    run.prove(value * (1 - 1e-12))
    if not plain:
        return run.outcome(states=held, reason="floors and mixed groups are left out: a bound, no schedule")
    return run.outcome(states=held)


class _Passed(NamedTuple):
    """What one pass found: the options chosen, whether it was cut short, and the most states it held."""

    chosen: IntArray | None
    cut: bool
    states: int


def _stages(instance: NodeMixInstance) -> list[_Stage]:
    """Return the options of each choice that nothing makes useless, those groups first whose uses differ most."""
    tables = mix_tables(instance)
    kept = undominated(instance, tables)
    total_kg, use = tables.total_kg, instance.used * tables.least
    stages = []
    for g in np.flatnonzero(instance.choice).tolist():
        own = np.arange(instance.first[g], instance.first[g + 1])
        own = own[kept[own]]
        stages.append(_Stage(own, total_kg[own], use[:, own]))
    scale = np.maximum(instance.ceiling, 1e-300)[:, None]
    return sorted(stages, key=lambda stage: -float((np.ptp(stage.use, axis=1)[:, None] / scale).sum()))


def _prices(model: MixModel, row_dual: FloatArray) -> FloatArray:
    """Return what a unit of each ceiling costs in the relaxation, float array [K]."""
    prices = np.zeros(len(model.instance.ceilings))
    tables, instance = model.tables, model.instance
    options = np.concatenate([model.choices, model.counted])
    there = [k for k in range(len(prices)) if (instance.used[k, options] * np.concatenate(
        [tables.least[model.choices], np.ones(len(model.counted), dtype=np.int64)]) > 0).any()]
    rows = model.handed.rows_of(model.model.ceilings)
    for k, row in zip(there, rows.tolist(), strict=True):
        prices[k] = max(-float(row_dual[row]), 0.0) / (instance.ceiling[k] if instance.ceiling[k] > 0 else 1.0)
    return prices


def _pass(
    stages: list[_Stage], prices: FloatArray, limits: FloatArray, guess: float, run: Run, most_states: int,
) -> _Passed:
    """Go through the choices once, keeping states whose priced carbon is at most `guess`."""
    ceilings = len(limits)
    priced = np.array([float((stage.kg + prices @ stage.use).min()) for stage in stages])
    least_use = np.array([stage.use.min(axis=1) for stage in stages]).reshape(len(stages), ceilings)
    to_come_kg = np.append(np.cumsum(priced[::-1])[::-1], 0.0)[1:] - float(prices @ limits)
    to_come_use = np.concatenate([np.cumsum(least_use[::-1], axis=0)[::-1], np.zeros((1, ceilings))])[1:]
    use, kg = np.zeros((ceilings, 1)), np.zeros(1)
    back: list[tuple[IntArray, IntArray]] = []
    held = 1
    slack = 1e-12 * (1 + abs(guess))
    for stage, rest_kg, rest_use in zip(stages, to_come_kg, to_come_use, strict=True):
        if run.stop() is not None:
            return _Passed(None, True, held)
        grown_kg = (kg[:, None] + stage.kg).ravel()
        grown = (use[:, :, None] + stage.use[:, None, :]).reshape(ceilings, grown_kg.size)
        fits = (grown + rest_use[:, None] <= limits[:, None]).all(axis=0)
        fits &= grown_kg + prices @ grown + rest_kg <= guess + slack
        kept = np.flatnonzero(fits)
        kept = kept[_undominated(grown[:, kept], grown_kg[kept])]
        run.tick()
        held = max(held, len(kept))
        if not len(kept) or len(kept) > most_states:
            return _Passed(None, len(kept) > 0, held)
        back.append((kept // len(stage.kg), stage.option[kept % len(stage.kg)]))
        use, kg = grown[:, kept], grown_kg[kept]
    best, chosen = int(np.argmin(kg)), []
    if kg[best] > guess + slack:
        return _Passed(None, False, held)
    for parent, option in reversed(back):
        chosen.append(int(option[best]))
        best = int(parent[best])
    return _Passed(np.array(chosen, dtype=np.int64), False, held)


def _undominated(use: FloatArray, kg: FloatArray) -> IntArray:
    """Return the states that no other equals or beats in everything.

    With several ceilings states are compared with those of nearly the same use of the first alone, so that some stay.
    """
    order = np.lexsort((kg, *use[::-1]))
    if len(use) == 0:
        return order[:1]
    sorted_kg = kg[order]
    if len(use) == 1:
        before = np.concatenate([[np.inf], np.minimum.accumulate(sorted_kg)[:-1]])
        return order[sorted_kg < before]
    kept = []
    for first in range(0, len(order), NEIGHBOURS):
        here = order[first:first + NEIGHBOURS]
        beats: NDArray[np.bool_] = kg[here][:, None] <= kg[here][None, :]
        for row in use[:, here]:
            beats &= row[:, None] <= row[None, :]
        beats &= np.arange(len(here))[:, None] < np.arange(len(here))[None, :]
        kept.append(here[~beats.any(axis=0)])
    return np.concatenate(kept) if kept else order
