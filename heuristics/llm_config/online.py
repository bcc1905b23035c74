"""Online: periods decided one by one, from demand and intensity up to then; nothing that comes later is looked at."""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.llm_config.baselines import _covered, _uncapped
from ecoopt.heuristics.llm_config.plan import Ground
from ecoopt.instances.llm_config import LlmConfigInstance, LlmConfigSchedule

SLACKS = ((1.2, 150.0), (1.07, 175.0))
"""Least slack of latency for each cap in watts, in the order tried; below them there is none (table III)."""


def slack_cap(instance: LlmConfigInstance, run: Run, *, seed: int, start: LlmConfigSchedule | None) -> Outcome:
    """Choose caps by slack: the class's latency over that of the uncapped configuration.

    Above 1.2 the cap is 150 W, above 1.07 it is 175 W, else the default, if there is such a configuration. Otherwise as
    many replicas of the fewest GPUs as it takes. One iteration is a period.
    """
    ground = Ground.of(instance, run)
    ground.offer_start(start)
    order = _by_slack(ground)
    counts = np.zeros((ground.periods, ground.items), dtype=np.int64)
    for t in range(ground.periods):
        if run.stop() is not None or not ground.items:
            return run.outcome()
        cleanest = np.argsort(ground.terms.weight[ground.site[order], t], kind="stable")
        found = _covered(ground, t, order[cleanest])
        run.tick(1, 1)
        if found is None:
            return run.outcome()
        counts[t] = found
    ground.offer(counts)
    return run.outcome()


def _by_slack(ground: Ground) -> IntArray:
    """Return the items that the rule allows, fewest GPUs first."""
    terms = ground.terms
    kinds, (_, k) = terms.instance.configurations, terms.items
    free = {(one.model, one.gpu, one.shards, one.batch, one.length_tokens): one.latency_s
            for one, uncapped in zip(kinds, _highest(ground), strict=True) if uncapped}
    chosen = []
    for j, kind in enumerate(k.tolist()):
        one = kinds[kind]
        base_s = free.get((one.model, one.gpu, one.shards, one.batch, one.length_tokens), one.latency_s)
        for q, asked in enumerate(terms.instance.classes):
            if not terms.item_mask[j] >> q & 1:
                continue
            slack = asked.max_latency_s / base_s
            cap_w = next((cap for least, cap in SLACKS if slack > least), None)
            have = {other.cap_w for other in kinds if (
                other.model, other.gpu, other.shards, other.batch, other.length_tokens) == (
                one.model, one.gpu, one.shards, one.batch, one.length_tokens)}
            wanted = cap_w if cap_w in have else max((cap for cap in have if cap is not None), default=None)
            if one.cap_w == wanted:
                chosen.append(j)
                break
    order = np.array(chosen, dtype=np.int64)
    return order[np.lexsort((-ground.rate[order], ground.shards[order]))]


def _highest(ground: Ground) -> list[bool]:
    """Return which configurations have the highest cap of their type of GPU, or none."""
    kinds = ground.terms.instance.configurations
    highest = {one.gpu: max(other.cap_w or np.inf for other in kinds if other.gpu == one.gpu) for one in kinds}
    return [(one.cap_w or np.inf) >= highest[one.gpu] for one in kinds]


def follow(instance: LlmConfigInstance, run: Run, *, seed: int, start: LlmConfigSchedule | None) -> Outcome:
    """Take the best replicas for each period when it comes, starts paid; those not needed wait as long as a start costs.

    A replica that falls idle is kept until waiting has cost what its start would (ski rental: never more than twice what
    the best decision for it would have cost). One iteration is a period.
    """
    ground = Ground.of(instance, run)
    ground.offer_start(start)
    counts = np.zeros((ground.periods, ground.items), dtype=np.int64)
    waits = _Waiting(ground)
    for t in range(ground.periods):
        if run.stop() is not None or not ground.items:
            return run.outcome()
        found = ground.built(t)
        if found is None:
            return run.outcome()
        counts[t] = found
        before = ground.around(t, counts)[0]
        ground.descend(t, counts, before=before)
        if t and ground.terms.starts_cost:
            waits.keep(t, counts)
        run.tick(1, 1)
    ground.offer(counts)
    return run.outcome()


@dataclass(eq=False)
class _Waiting:
    """What replicas of each place have cost by waiting since they were needed last."""

    ground: Ground

    def __post_init__(self) -> None:
        self.paid: FloatArray = np.zeros(self.ground.start_g.shape[1])

    def keep(self, t: int, counts: IntArray) -> None:
        """Let replicas of the period before wait on where they are not needed, have cost little, and have room."""
        ground = self.ground
        gone = ground.by_place(counts[t - 1]) - ground.by_place(counts[t])
        self.paid[gone <= 0] = 0.0
        for place in np.flatnonzero(gone > 0).tolist():
            own = np.flatnonzero((ground.place == place) & (counts[t - 1] > counts[t]))
            own = own[np.argsort(ground.terms.replica_g[t, own], kind="stable")]
            if not len(own):
                continue
            j = int(own[0])
            waiting_g = float(ground.terms.replica_g[t, j])
            if self.paid[place] + waiting_g > ground.start_g[t, place]:
                continue
            pools, watts = ground.left(counts[t])
            room = pools[ground.pool[j]] // ground.shards[j]
            if ground.power_w[j] > 0 and np.isfinite(watts[ground.site[j]]):
                room = min(room, int(watts[ground.site[j]] / ground.power_w[j]))
            if (kept := int(min(gone[place], room))) > 0:
                counts[t, j] += kept
                self.paid[place] += waiting_g
