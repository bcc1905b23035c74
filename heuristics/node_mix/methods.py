"""The fast methods: one price bisected, descent, the swarm on prices, baselines and plain enumeration."""

import math
from collections.abc import Callable
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.heuristics.engines.local_search import descend
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, minimise
from ecoopt.heuristics.node_mix.mix import Mix
from ecoopt.heuristics.node_mix.moves import Machines, PairSwaps, Swaps
from ecoopt.instances.node_mix import TOLERANCE, NodeMixInstance, NodeMixSchedule, keeps_rules, mix_kg

Start: TypeAlias = NodeMixSchedule | None
_BISECTIONS, _DOUBLINGS = 24, 60
_ROUNDS, _SLOPE = 6, 4.0
_BLOCKS = 6
_BATCH = 4096


def offer_start(instance: NodeMixInstance, run: Run, start: Start) -> None:
    """Offer the start, if there is one."""
    if start is not None:
        run.offer(mix_kg(instance, start.count), start)


def greedy(instance: NodeMixInstance, run: Run, *, seed: int, start: Start) -> Outcome:
    """Take the cheapest option of each choice at prices of the ceilings, bisected; then single changes that fit.

    With one ceiling and choices alone this is the greedy of the multiple-choice knapsack: options on the lower hull of
    carbon against use, by falling gain per use. A price is an iteration. Ignores `seed`.
    """
    offer_start(instance, run, start)
    fill(Mix(instance), run)
    return _ended(run)


def _ended(run: Run) -> Outcome:
    """Close a run, and say so where no mix was found."""
    if run.objective is None and run.stop() is None:
        return run.outcome(reason="no prices of the ceilings were found at which the mix keeps all of them")
    return run.outcome()


def fill(mix: Mix, run: Run) -> FloatArray | None:
    """Leave the greedy's mix in place; return the price of the limit of every ceiling, None when it found nothing.

    With several ceilings one price is bisected several times, at weights that rise for the ceilings most used.
    """
    worth, ceilings = np.ones(len(mix.gives)), len(mix.uses)
    best: tuple[float, FloatArray, IntArray] | None = None

    def tried(price: FloatArray) -> bool:
        nonlocal best
        met = mix.build(np.broadcast_to(price[:, None], mix.uses.shape), worth)
        run.tick(1, 1)
        if not met or not mix.offer(run):
            return False
        if best is None or mix.kg() < best[0]:
            best = (mix.kg(), price, mix.count.copy())
        return True

    if run.stop() is None and not tried(np.zeros(ceilings)) and ceilings:
        weight, high = np.ones(ceilings), 0.0
        scale = max(float(mix.total_kg[mix.tables.usable].sum()), 1e-9) / 2**20
        for _ in range(1 if ceilings == 1 else _ROUNDS):
            high = _bisect(tried, weight, high or scale, run)
            if run.stop() is not None or not np.isfinite(high):
                break
            weight = weight * np.exp(_SLOPE * (mix.used - mix.used.max()))
            weight /= weight.max()
    if best is None:
        return None
    mix.hold(best[2])
    if run.stop() is None:
        settle(mix)
        run.tick(1, 1)
        mix.offer(run)
    return best[1]


def _bisect(tried: Callable[[FloatArray], bool], weight: FloatArray, guess: float, run: Run) -> float:
    """Return the least multiple of the weights found that is high enough as prices; infinite when none was found."""
    low, high = 0.0, guess
    for _ in range(_DOUBLINGS):
        if run.stop() is not None:
            return np.inf
        if tried(high * weight):
            break
        low, high = high, high * 2
    else:
        return np.inf
    for _ in range(_BISECTIONS):
        if run.stop() is not None:
            break
        middle = (low + high) / 2
        low, high = (low, middle) if tried(middle * weight) else (middle, high)
    return high


def settle(mix: Mix) -> None:
    """Change single choices, those first that gain most, while what is left of the ceilings allows it."""
    swaps = Swaps(mix)
    improved = True
    while improved:
        improved = False
        for move in list(swaps.moves()):
            if mix.count[move[0][0]] > 0 and swaps.delta(move) < -1e-9 * mix.total_kg[move[0][0]]:
                swaps.apply(move)
                improved = True


def local_search(instance: NodeMixInstance, run: Run, *, seed: int, start: Start) -> Outcome:
    """Descend from the greedy or the start: choices change, one or two at once; machines are swapped, taken off.

    Ignores `seed`.
    """
    offer_start(instance, run, start)
    mix = Mix(instance)
    if start is not None:
        mix.hold(start.count)
    elif fill(mix, run) is None:
        return _ended(run)
    if run.stop() is not None:
        return run.outcome()
    descend([Swaps(mix), Machines(mix), PairSwaps(mix)], mix.kg(), snapshot=lambda: mix.count.copy(), run=run,
            decode=lambda count: NodeMixSchedule(count=count), tolerance=1e-9 * max(1.0, mix.kg()))
    return run.outcome(run.stop() or Termination.STALLED)


def pso(
    instance: NodeMixInstance, run: Run, *, seed: int, start: Start,
    swarm_size: Annotated[int, Field(ge=1, le=10_000)] = 20, patience: Annotated[int, Field(ge=1)] = 20,
) -> Outcome:
    """Search prices by the extended swarm: of every ceiling in six parts of the groups, and worths of the floors.

    A position is decoded as the greedy's mixes are. The first particle has the greedy's price.

    Parameters
    ----------
    swarm_size : int
        Number of particles.
    patience : int
        Iterations in a row without gain that end the search.
    """
    offer_start(instance, run, start)
    mix = Mix(instance)
    ceilings = len(mix.uses)
    usual = fill(mix, run)
    size = ceilings * _BLOCKS + len(mix.gives)
    if usual is None or size == 0 or run.stop() is not None:
        return _ended(run)
    block = instance.group * _BLOCKS // len(instance.groups)
    top = np.maximum(2 * usual, float(mix.total_kg.sum()) / 2**12)

    def build(position: FloatArray) -> bool:
        price = position[:ceilings * _BLOCKS].reshape(ceilings, _BLOCKS)[:, block] * top[:, None]
        if not mix.build(price, np.exp2(position[ceilings * _BLOCKS:])) or not mix.feasible():
            return False
        settle(mix)
        return True

    def values(positions: FloatArray) -> FloatArray:
        return np.array([mix.kg() if build(row) else np.inf for row in positions])

    def decoded(position: FloatArray) -> NodeMixSchedule:
        build(position)
        return mix.schedule()

    lower = np.concatenate([np.zeros(ceilings * _BLOCKS), np.full(len(mix.gives), -6.0)])
    upper = np.concatenate([np.ones(ceilings * _BLOCKS), np.full(len(mix.gives), 6.0)])
    first = np.concatenate([np.repeat(usual / np.where(top > 0, top, 1.0), _BLOCKS), np.zeros(len(mix.gives))])
    minimise(values, SearchSpace(lower, upper), rng=np.random.default_rng(seed),
             settings=PsoSettings.constricted(swarm_size=swarm_size), run=run, decode=decoded, start=first[None],
             patience=patience)
    return run.outcome()


def smallest(instance: NodeMixInstance, run: Run, *, seed: int, start: Start) -> Outcome:
    """Give every workload the node that delivers least, as many as it needs; nothing where that breaks a ceiling."""
    return _by_rule(instance, run, start, instance.delivers)


def largest(instance: NodeMixInstance, run: Run, *, seed: int, start: Start) -> Outcome:
    """Give every workload the node that delivers most, as many as it needs; nothing where that breaks a ceiling."""
    return _by_rule(instance, run, start, -instance.delivers)


def least_embodied(instance: NodeMixInstance, run: Run, *, seed: int, start: Start) -> Outcome:
    """Give every workload the option with the least embodied carbon, whatever it draws."""
    tables = Mix(instance).tables
    return _by_rule(instance, run, start, instance.embodied_kg * np.where(tables.chosen, tables.least, 1))


def least_energy(instance: NodeMixInstance, run: Run, *, seed: int, start: Start) -> Outcome:
    """Give every workload the option that takes the least electricity, whatever it took to make."""
    tables = Mix(instance).tables
    standing_kwh = instance.power_w * instance.horizon_h / 1000 * np.where(tables.chosen, tables.least, 1)
    return _by_rule(instance, run, start, standing_kwh + instance.energy_kwh)


def _by_rule(instance: NodeMixInstance, run: Run, start: Start, score: FloatArray) -> Outcome:
    """Take the option with the least score of each choice, then cover floors by least score per worth."""
    offer_start(instance, run, start)
    if run.stop() is not None:
        return run.outcome()
    mix = Mix(instance)
    chosen = mix.picked(np.where(mix.tables.usable, score, np.inf))
    count = np.zeros(len(instance.options), dtype=np.int64)
    count[chosen] = mix.tables.least[chosen]
    mix.hold(count)
    lifted = score - min(float(score.min()), 0.0)
    run.tick(1, 1)
    if not mix.cover(np.maximum(lifted, 1e-12), np.ones(len(mix.gives))):
        return run.outcome(reason="floors and demands of mixed groups are not reached by the machines there may be")
    if mix.offer(run):
        return run.outcome()
    broken = [name for name, used in zip(instance.ceilings, mix.used.tolist(), strict=True) if used > 1 + TOLERANCE]
    return run.outcome(reason=f"the rule's choices break {', '.join(broken) or 'a limit on machines'}")


def enumeration(instance: NodeMixInstance, run: Run, *, seed: int, start: Start) -> Outcome:
    """Try all mixes, up to the counts beyond which machines are of no use. A batch of 4,096 is an iteration."""
    offer_start(instance, run, start)
    mix = Mix(instance)
    digits = _digits(mix)
    total = math.prod(len(digit) for digit in digits)
    for first in range(0, total, _BATCH):
        if run.stop() is not None:
            return run.outcome(reason=f"{first:,} of {total:.4g} mixes were tried")
        rest = np.arange(first, min(first + _BATCH, total))
        counts = np.zeros((len(rest), len(instance.options)), dtype=np.int64)
        for digit in digits:
            place, rest = rest % len(digit), rest // len(digit)
            option, count = np.array(digit).T
            counts[np.arange(len(counts)), option[place]] = count[place]
        kg = counts @ mix.tables.machine_kg + (counts > 0) @ mix.tables.choice_kg
        right = ((counts @ mix.uses.T <= 1 + 2e-6).all(axis=1) & (counts @ mix.gives.T >= 1 - 2e-6).all(axis=1))
        for row in np.argsort(np.where(right, kg, np.inf), kind="stable").tolist():
            if not right[row] or not run.better(float(kg[row]), run.objective):
                break
            if keeps_rules(instance, counts[row]):
                run.offer(mix_kg(instance, counts[row]), NodeMixSchedule(count=counts[row]))
                break
        run.tick(1, len(counts))
    if run.objective is not None:
        run.prove(run.objective)
    return run.outcome()


def _digits(mix: Mix) -> list[list[tuple[int, int]]]:
    """Return what each choice, and each option of a mixed group, may be: options and counts."""
    tables, instance = mix.tables, mix.instance
    digits = []
    for g, choice in enumerate(instance.choice.tolist()):
        own = range(int(instance.first[g]), int(instance.first[g + 1]))
        if choice:
            digits.append([(o, n) for o in own if tables.usable[o]
                           for n in range(int(tables.least[o]), int(mix.most[o]) + 1)])
        else:
            digits += [[(o, n) for n in range(int(mix.most[o]) + 1)] for o in own]
    return digits
