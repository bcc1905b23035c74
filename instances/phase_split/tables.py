"""Tables: pools one after another, what a unit of each costs, takes and does, worked out once for both sides."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.phase_split.safe_load import safe_load
from ecoopt.instances.phase_split.schema import PhaseSplitInstance
from ecoopt.instances.phase_split.work_groups import Work, grouped

PREFILL, DECODE, BOTH = 0, 1, 2
LATE = 1e-9
"""Share of a limit by which a time may pass it."""

SLACK = 5e-7
"""Share of its safe load by which a pool may be overloaded for rounding; the referee allows twice as much."""


class SplitTables(NamedTuple):
    """What follows from an instance. P periods, K classes, G groups (region and type), J pools.

    A pool j is a kind of pool in a region on a type, in the order of a schedule's arrays. A unit is a machine, or a
    node. Every pool has two resources, of which most use one: machines' time; time of decode, in a node; and bandwidth,
    in a pool of prompts.

    Parameters
    ----------
    role, region, group : int array [J]
        0 prompts, 1 tokens, 2 both; region; region and type.
    machines, power_w : float array [J]
        Machines of a unit, and its power with overhead.
    unit_cost : float array [P, J]
        Objective of a unit that is on for the period.
    start_cost : float array [P, G]
        Objective of a machine's start; 0 in a scenario's first hour.
    fleet_cost : float array [G]
        Objective of a machine bought; 0 where machines are not.
    takes : float array [K, J, 2]
        What a request per second takes of each resource.
    servers : int array [J]
        Machines of a unit that share the first resource.
    partners : int array [J]
        Those that share the second; 0 where it is bandwidth or none.
    link_gb_per_s : float array [J]
        Bandwidth of a unit; infinite without a limit.
    usable : bool array [K, J]
        Whether the pool serves the class in time.
    most : int array [J]
        Units beyond which more cannot be, or are of no use.
    safe : float array [N + 1]
        Safe load by number of machines.
    merged : Work
        Classes whose work differs by a factor in all pools are one.
    """

    role: IntArray
    region: IntArray
    group: IntArray
    machines: FloatArray
    power_w: FloatArray
    unit_cost: FloatArray
    start_cost: FloatArray
    fleet_cost: FloatArray
    takes: FloatArray
    servers: IntArray
    partners: IntArray
    link_gb_per_s: FloatArray
    usable: NDArray[np.bool_]
    most: IntArray
    safe: FloatArray
    merged: Work

    def capacity(self, units: IntArray) -> FloatArray:
        """Return what units [..., J] have of each resource, float array [..., J, 2]."""
        first = self.safe[np.minimum(units * self.servers, len(self.safe) - 1)]
        second = self.safe[np.minimum(units * self.partners, len(self.safe) - 1)]
        with np.errstate(invalid="ignore"):
            link = np.where(units > 0, units * self.link_gb_per_s, 0.0)
        return np.stack([first, np.where(self.partners > 0, second, link)], axis=-1) * (1 + SLACK)

    def value(self, units: IntArray) -> float:
        """Return the objective of units, int array [P, J]."""
        total = float((self.unit_cost * units).sum())
        if self.start_cost.any() or self.fleet_cost.any():
            on = self.on(units)
            rise = np.maximum(np.diff(on, axis=0, prepend=on[:1]), 0.0)
            total += float((self.start_cost * rise).sum() + self.fleet_cost @ on.max(axis=0))
        return total

    def on(self, units: IntArray) -> FloatArray:
        """Return machines that are on by region and type, float array [..., G], of units [..., J]."""
        groups = len(self.fleet_cost)
        weighted = (units * self.machines).reshape(*units.shape[:-1], -1, groups)
        return np.asarray(weighted.sum(axis=-2))


@lru_cache(maxsize=8)
def split_tables(instance: PhaseSplitInstance) -> SplitTables:
    """Return the tables of an instance."""
    periods, pools, regions, kinds = instance.shape
    kind, region, pool = (np.broadcast_to(part, (pools, regions, kinds)).ravel() for part in (
        np.arange(kinds), np.arange(regions)[:, None], np.arange(pools)[:, None, None]))
    name = np.array(instance.pools)[pool]
    nodes = name == "node"
    prefills = np.array([each.node_prefills for each in instance.types])[kind]
    decodes = np.array([each.node_decodes for each in instance.types])[kind]
    servers, partners = np.where(nodes, prefills, 1), np.where(nodes, decodes, 0)
    machines = np.where(nodes, prefills + decodes, 1).astype(np.float64)
    watts = {field: np.array([getattr(each, field) for each in instance.types])[kind]
             for field in ("prefill_w", "decode_w", "whole_w")}
    power_w = np.select([name == "prefill", name == "decode", name == "whole"],
                        [watts["prefill_w"], watts["decode_w"], watts["whole_w"]],
                        prefills * watts["prefill_w"] + decodes * watts["decode_w"]) * instance.pue[region]
    standing = np.array([each.embodied_kg / each.lifetime_h if instance.objective == "carbon" else each.rent_per_h
                         for each in instance.types])
    per_kwh = (instance.intensity_g_per_kwh / 1000 if instance.objective == "carbon" else instance.price_per_kwh)
    weighted = per_kwh[instance.hour] * instance.weight_h[:, None]
    unit_cost = weighted[:, region] * power_w / 1000
    if not instance.owned:
        unit_cost = unit_cost + instance.weight_h[:, None] * (machines * standing[kind])
    start_kwh = np.array([each.start_kwh for each in instance.types])
    extra = np.array([0.0 if instance.objective == "carbon" else each.start_cost for each in instance.types])
    start_cost = ((weighted * instance.pue)[:, :, None] * start_kwh
                  + instance.weight_h[:, None, None] * extra).reshape(periods, -1)
    start_cost[::instance.hours] = 0.0
    takes, usable, link = _takes(instance, name, region, kind)
    groups = regions * kinds
    owned = np.tile(standing * instance.hours, regions) if instance.owned else np.zeros(groups)
    found = SplitTables(
        np.select([name == "prefill", name == "decode"], [PREFILL, DECODE], BOTH), region, region * kinds + kind,
        machines, power_w, unit_cost, start_cost, owned, takes, servers, partners, link, usable,
        np.zeros(len(name), dtype=np.int64), np.zeros(1), grouped(takes, usable, np.ones(len(name), dtype=bool)))
    return _limited(instance, found)


def _takes(
    instance: PhaseSplitInstance, name: NDArray[np.str_], region: IntArray, kind: IntArray,
) -> tuple[FloatArray, NDArray[np.bool_], FloatArray]:
    """Return what requests take [K, J, 2], which pools are in time [K, J], and links [J]."""
    prefill, decode, whole = instance.prefill_s.T[:, kind], instance.decode_s.T[:, kind], instance.whole_s.T[:, kind]
    gb = np.broadcast_to((instance.prompt_tokens * instance.kv_gb_per_token)[:, None], prefill.shape)
    link = np.array([np.inf if each.link_gb_per_s is None else each.link_gb_per_s for each in instance.types])[kind]
    linked = (name == "prefill") & np.isfinite(link)
    first = np.select([name == "decode", name == "whole"], [decode, whole], prefill)
    second = np.select([name == "node", linked], [decode, gb], 0.0)
    first_s = instance.latency_s[instance.origin][:, region] + instance.first_token_s.T[:, kind]
    token_s = np.where(name == "whole", instance.whole_token_s.T[:, kind], instance.token_s.T[:, kind])
    in_time = first_s <= instance.first_token_limit_s[:, None] * (1 + LATE)
    steady = token_s <= instance.token_limit_s[:, None] * (1 + LATE)
    usable = np.where(name == "prefill", in_time, np.where(name == "decode", steady, in_time & steady))
    return np.stack([first, second], axis=-1), usable, np.where(linked, link, np.inf)


def _limited(instance: PhaseSplitInstance, tables: SplitTables) -> SplitTables:
    """Return the tables with the most units of each pool: within inventory and power, no more than could be of use."""
    asked = np.einsum("pk,kjs->pjs", instance.rate_per_s, tables.takes * tables.usable[:, :, None]).max(axis=0)
    inventory = (instance.inventory.ravel()[tables.group] / tables.machines).astype(np.int64)
    if instance.power_limit_w is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            powered = instance.power_limit_w[tables.region] * (1 + 1e-9) / tables.power_w
        inventory = np.minimum(inventory, np.where(np.isfinite(powered), powered, inventory).astype(np.int64))
    length = int((inventory * np.maximum(tables.servers, tables.partners)).max(initial=0))
    safe = safe_load(instance.utilisation, instance.wait, length)
    needed = np.ceil(np.searchsorted(safe, asked[:, 0]) / tables.servers)
    partner = np.ceil(np.searchsorted(safe, asked[:, 1]) / np.maximum(tables.partners, 1))
    with np.errstate(invalid="ignore"):
        sent = np.ceil(np.where(np.isfinite(tables.link_gb_per_s), asked[:, 1] / tables.link_gb_per_s, 0.0))
    needed = np.maximum(needed, np.where(tables.partners > 0, partner, sent)).astype(np.int64)
    most = np.where(tables.usable.any(axis=0), np.minimum(inventory, needed), 0)
    # A whole number of units serves all with a rounding error to spare.
    most = np.minimum(most + (most > 0), inventory)
    kept = int((most * np.maximum(tables.servers, tables.partners)).max(initial=0))
    merged = grouped(tables.takes, tables.usable, most > 0)
    return tables._replace(most=most, safe=safe[:kept + 1], merged=merged)
