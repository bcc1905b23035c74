"""Online: periods decided one by one, from demand and intensity up to then; nothing that comes later is looked at."""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.llm_config.ordered import covered
from ecoopt.heuristics.llm_config.plan import Ground
from ecoopt.instances.llm_config import Configuration, LlmConfigInstance, LlmConfigSchedule

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
        if run.stop() is not None:
            return run.outcome()
        cleanest = np.argsort(ground.terms.weight[ground.site[order], t], kind="stable")
        found = covered(ground, t, order[cleanest])
        run.tick(1, 1)
        if found is None:
            return run.outcome()
        counts[t] = found
    ground.offer(counts)
    return run.outcome()


def _by_slack(ground: Ground) -> IntArray:
    """Return the items that the rule allows some class, fewest GPUs first, of equals the greatest rate."""
    kinds, own = ground.terms.instance.configurations, ground.terms.items[1]

    def uncapped_key(one: Configuration) -> tuple[str, str, int, int, int]:
        return one.model, one.gpu, one.shards, one.batch, one.length_tokens

    variants: dict[tuple[str, str, int, int, int], list[Configuration]] = {}
    for one in kinds:
        variants.setdefault(uncapped_key(one), []).append(one)
    chosen = []
    for j, k in enumerate(own.tolist()):
        caps = {one.cap_w: one for one in variants[uncapped_key(kinds[k])]}
        highest = max(caps, key=lambda cap_w: np.inf if cap_w is None else cap_w)
        for v, part in enumerate(ground.terms.parts):
            asked = ground.terms.instance.classes[part.of]
            slack = asked.max_latency_s / caps[highest].latency_s
            rule_w = next((cap_w for least, cap_w in SLACKS if slack > least and cap_w in caps
                           and caps[cap_w].latency_s <= asked.max_latency_s), highest)
            if ground.terms.item_mask[j] >> v & 1 and kinds[k].cap_w == rule_w:
                chosen.append(j)
                break
    order = np.array(chosen, dtype=np.int64)
    return np.asarray(order[np.lexsort((-ground.rate[order], ground.shards[order]))])


def follow(instance: LlmConfigInstance, run: Run, *, seed: int, start: LlmConfigSchedule | None) -> Outcome:
    """Take the best replicas for each period when it comes, starts paid; idle ones wait as long as a start costs.

    A replica that falls idle is kept until waiting has cost what its start would, as in ski rental. One iteration is a
    period.
    """
    ground = Ground.of(instance, run)
    ground.offer_start(start)
    counts = np.zeros((ground.periods, ground.items), dtype=np.int64)
    waits = _Waiting(ground)
    for t in range(ground.periods):
        if run.stop() is not None:
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
