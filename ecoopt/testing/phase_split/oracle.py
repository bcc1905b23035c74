"""The optimum of a tiny phase split: all machines are tried, routed by a linear program and put before the referee."""

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, linprog

from ecoopt.evaluate.phase_split import evaluate
from ecoopt.evaluate.phase_split.waiting import waits_longer
from ecoopt.instances.phase_split import PhaseSplitInstance, PhaseSplitSchedule


def best_by_referee(instance: PhaseSplitInstance) -> float | None:
    """Return the least objective of a feasible schedule, None when there is none. Exponential in periods and pools."""
    periods, pools, regions, kinds = instance.shape
    counts = [np.array(each).reshape(pools, regions, kinds) for each in product(
        *(range(int(instance.inventory[r, h]) + 1) for _, r, h in np.ndindex(pools, regions, kinds)))]
    found: list[list[tuple[NDArray[np.int64], NDArray[np.float64]]]] = []
    for p in range(periods):
        routed = [(count, share) for count in counts if _allowed(instance, count)
                  and (share := _routed(instance, p, count)) is not None]
        found.append(routed)
    best = None
    for choice in product(*found):
        score = evaluate(instance, PhaseSplitSchedule(
            machines=np.array([count for count, _ in choice]), share=np.array([share for _, share in choice])))
        if score.feasible and (best is None or score.objective < best):
            best = score.objective
    return best


def _allowed(instance: PhaseSplitInstance, count: NDArray[np.int64]) -> bool:
    """Return whether machines [Q, R, H] are within the inventory: most counts are not."""
    each = np.array([[kind.node_prefills + kind.node_decodes if pool == "node" else 1 for kind in instance.types]
                     for pool in instance.pools])
    return bool(((count * each[:, None, :]).sum(axis=0) <= instance.inventory).all())


def _routed(instance: PhaseSplitInstance, p: int, count: NDArray[np.int64]) -> NDArray[np.float64] | None:
    """Return shares [Q, K, R, H] that machines of one period can serve, None when there are none."""
    pools, classes = instance.pools, len(instance.classes)
    regions, kinds = len(instance.regions), len(instance.types)
    rate = instance.rate_per_s[p]
    keys = []
    for q, k, r, h in product(range(len(pools)), range(classes), range(regions), range(kinds)):
        first = instance.latency_s[instance.origin[k], r] + instance.first_token_s[h, k]
        token = (instance.whole_token_s if pools[q] == "whole" else instance.token_s)[h, k]
        in_time = pools[q] == "decode" or first <= instance.first_token_limit_s[k]
        if rate[k] > 0 and in_time and (pools[q] == "prefill" or token <= instance.token_limit_s[k]):
            keys.append((q, k, r, h))
    equal, right = [], []
    for k in np.flatnonzero(rate).tolist():
        equal.append([float(key[1] == k and pools[key[0]] != "decode") for key in keys])
        right.append(1.0)
        for r in range(regions):
            equal.append([(key[1:3] == (k, r)) * {"prefill": 1.0, "decode": -1.0}.get(pools[key[0]], 0.0)
                          for key in keys])
            right.append(0.0)
    rows, limits = [], []
    for q, r, h in product(range(len(pools)), range(regions), range(kinds)):
        kind, units = instance.types[h], int(count[q, r, h])
        works = {"prefill": [(instance.prefill_s, 1)], "decode": [(instance.decode_s, 1)],
                 "whole": [(instance.whole_s, 1)], "node": [(instance.prefill_s, kind.node_prefills),
                                                            (instance.decode_s, kind.node_decodes)]}[pools[q]]
        for each_s, servers in works:
            rows.append([(key[0] == q and key[2:] == (r, h)) * rate[key[1]] * each_s[h, key[1]] for key in keys])
            limits.append(_most_load(instance, units * servers))
        if pools[q] == "prefill" and kind.link_gb_per_s is not None:
            gb = instance.prompt_tokens * instance.kv_gb_per_token
            rows.append([(key[0] == q and key[2:] == (r, h)) * rate[key[1]] * gb[key[1]] for key in keys])
            limits.append(kind.link_gb_per_s * units)
    share = np.zeros((len(pools), classes, regions, kinds))
    if not rate.any():
        return share
    if not keys:
        return None
    result = linprog(np.zeros(len(keys)), A_ub=np.array(rows), b_ub=np.array(limits) * (1 + 5e-7),
                     A_eq=np.array(equal), b_eq=np.array(right), bounds=(0, 1))
    if result.status != 0:
        return None
    assert result.x is not None
    share[tuple(np.array(keys).T)] = np.maximum(result.x, 0.0)
    return share


def _most_load(instance: PhaseSplitInstance, machines: int) -> float:
    """Return the most load that so many machines may have."""
    most = instance.utilisation * machines
    rule = instance.wait
    if rule is None or machines == 0:
        return most

    def excess(load: float) -> float:
        return float(waits_longer(np.array([float(machines)]), np.array([load]), rule.services)[0]) - rule.probability

    limit = machines * (1 - 1e-12)
    return most if excess(limit) <= 0 else min(most, float(brentq(excess, 0.0, limit, xtol=1e-14)))
