"""Baselines: every choice by one rule, whatever the ceilings."""

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.node_mix.mix import Mix
from ecoopt.heuristics.node_mix.start import Start, offer_start
from ecoopt.instances.node_mix import TOLERANCE, NodeMixInstance


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
