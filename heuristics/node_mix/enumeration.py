"""Enumeration: all mixes, in batches."""

import math

import numpy as np

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.node_mix.mix import Mix
from ecoopt.heuristics.node_mix.start import Start, offer_start
from ecoopt.instances.node_mix import NodeMixInstance, NodeMixSchedule, keeps_rules, mix_kg

_BATCH = 4096


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
