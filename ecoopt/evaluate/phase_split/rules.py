"""The rules of a phase split: every request served once, in time, by pools that are not overloaded, within limits."""

from collections.abc import Iterator

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.score import Violation
from ecoopt.evaluate.phase_split.waiting import waits_longer
from ecoopt.evaluate.violations import broken
from ecoopt.instances.phase_split import PhaseSplitInstance, PhaseSplitSchedule

UNSERVED = "the shares of a class's prompts are not its requests"
APART = "prompts and tokens of a class are not in the same region"
LATE_FIRST = "the first token comes too late"
LATE_TOKEN = "tokens come too slowly"
OVERLOADED = "a pool has more to do than it safely can"
WAITING = "requests wait too often"
LINK = "prompts are sent on faster than the links can"
INVENTORY = "there are more machines than the inventory has"
POWER = "a region draws more than its power limit"

SHARE, USED = 1e-6, 1e-9


def violations(
    instance: PhaseSplitInstance, schedule: PhaseSplitSchedule, on: FloatArray, power_w: FloatArray,
) -> list[Violation]:
    """Return every broken rule; `on` [P, R, H] are machines that are on, `power_w` [P, R] with overhead."""
    found = [*_coverage(instance, schedule), *_times(instance, schedule)]
    for q in range(len(instance.pools)):
        found += _loads(instance, schedule, q)
    regions, kinds = instance.regions, [kind.name for kind in instance.types]

    def machine(i: int) -> str:
        p, r, h = np.unravel_index(i, on.shape)
        return f"period {p}, {regions[r]}, {kinds[h]}"

    found += broken(INVENTORY, "machines", (on - instance.inventory).ravel(), machine)
    if instance.power_limit_w is not None:
        over = np.where(power_w > instance.power_limit_w * (1 + SHARE), power_w - instance.power_limit_w, 0.0)
        found += broken(POWER, "W", over.ravel(), lambda i: f"period {i // len(regions)}, {regions[i % len(regions)]}")
    return found


def _coverage(instance: PhaseSplitInstance, schedule: PhaseSplitSchedule) -> Iterator[Violation]:
    """Yield classes that are not served wholly, or whose tokens are elsewhere than their prompts."""
    by_region = schedule.share.sum(axis=4)
    asked = instance.rate_per_s > 0
    place = {pool: q for q, pool in enumerate(instance.pools)}
    served = sum(by_region[:, q].sum(axis=2) for pool, q in place.items() if pool != "decode")
    off = np.abs(np.asarray(served) - 1.0)
    classes = len(instance.classes)

    def where(i: int) -> str:
        return f"period {i // classes}, {instance.classes[i % classes]}"

    yield from broken(UNSERVED, "", np.where(asked & (off > SHARE), off, 0.0).ravel(), where)
    if "prefill" in place:
        apart = np.abs(by_region[:, place["prefill"]] - by_region[:, place["decode"]])
        apart = np.where(asked[:, :, None] & (apart > SHARE), apart, 0.0)
        regions = len(instance.regions)
        yield from broken(APART, "", apart.ravel(),
                          lambda i: f"{where(i // regions)}, {instance.regions[i % regions]}")


def _times(instance: PhaseSplitInstance, schedule: PhaseSplitSchedule) -> Iterator[Violation]:
    """Yield places where requests are served too late."""
    first_s = instance.latency_s[instance.origin][:, :, None] + instance.first_token_s.T[:, None, :]
    late_first = np.maximum(first_s - instance.first_token_limit_s[:, None, None] * (1 + USED), 0.0)
    for q, pool in enumerate(instance.pools):
        table = instance.whole_token_s if pool == "whole" else instance.token_s
        late_token = np.maximum(table.T - instance.token_limit_s[:, None] * (1 + USED), 0.0)[:, None, :]
        used = (schedule.share[:, q] > USED) & (instance.rate_per_s > 0)[:, :, None, None]

        def where(i: int, shape: tuple[int, ...] = used.shape, pool: str = pool) -> str:
            p, k, r, h = np.unravel_index(i, shape)
            return (f"period {p}, {instance.classes[k]}, {pool} in {instance.regions[r]} on "
                    f"{instance.types[h].name}")

        if pool != "decode":
            yield from broken(LATE_FIRST, "s", np.where(used, late_first, 0.0).ravel(), where)
        if pool != "prefill":
            yield from broken(LATE_TOKEN, "s", np.where(used, late_token, 0.0).ravel(), where)


def _loads(instance: PhaseSplitInstance, schedule: PhaseSplitSchedule, q: int) -> Iterator[Violation]:
    """Yield what is overloaded in one pool."""
    pool, units = instance.pools[q], schedule.machines[:, q]
    prefills = np.array([kind.node_prefills if pool == "node" else 1 for kind in instance.types])
    decodes = np.array([kind.node_decodes if pool == "node" else 1 for kind in instance.types])
    rates = instance.rate_per_s[:, :, None, None] * schedule.share[:, q]

    def where(i: int) -> str:
        p, r, h = np.unravel_index(i, units.shape)
        return f"period {p}, {pool} in {instance.regions[r]} on {instance.types[h].name}"

    prompts, tokens = ("prompts", instance.prefill_s, prefills), ("tokens", instance.decode_s, decodes)
    works = {"prefill": (prompts,), "decode": (tokens,), "whole": (("requests", instance.whole_s, prefills),),
             "node": (prompts, tokens)}[pool]
    for what, each_s, servers in works:
        load = np.einsum("pkrh,hk->prh", rates, each_s)
        machines = (units * servers).astype(np.float64)
        safe = instance.utilisation * machines
        yield from broken(OVERLOADED, "machines", np.where(load > safe * (1 + SHARE) + USED, load - safe, 0.0).ravel(),
                          lambda i, what=what: f"{where(i)}: {what}")  # type: ignore[misc]
        if instance.wait is not None:
            waits = waits_longer(machines, load * (1 - SHARE), instance.wait.services)
            over = np.where(load > USED, np.maximum(waits - instance.wait.probability, 0.0), 0.0)
            yield from broken(WAITING, "", over.ravel(),
                              lambda i, what=what: f"{where(i)}: {what}")  # type: ignore[misc]
    if pool == "prefill":
        gb_per_s = np.einsum("pkrh,k->prh", rates, instance.prompt_tokens * instance.kv_gb_per_token)
        limited = np.array([kind.link_gb_per_s is not None for kind in instance.types])
        most = units * np.array([kind.link_gb_per_s or 0.0 for kind in instance.types])
        over = np.where(limited & (gb_per_s > most * (1 + SHARE) + USED), gb_per_s - most, 0.0)
        yield from broken(LINK, "GB/s", over.ravel(), where)
