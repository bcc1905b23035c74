"""Occupied GPUs in the integer program: every placement a binary, residents that stay, and GPUs cut anew around them.

A GPU on which somebody pays for a reset has two states. As it is, only instances that residents had may be used; cut
anew, any, and residents that stay pay. ``anew`` says which, and each instance's variable exists once for each state, so
that the rows of one state vanish in the other.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.expressions import linear
from ecoopt.instances.mig import MigGeometry, Placement, all_placements, count_rows
from ecoopt.instances.mig_partition import JobClasses, MigPartitionInstance, Residency


@dataclass(frozen=True)
class Opening:
    """An instance of an occupied GPU that jobs other than stayers may use.

    Parameters
    ----------
    gpu : int
        Position of the GPU in ``Residency.gpus``.
    slot, start : int
        Its slot and first memory slice.
    anew : bool
        Whether it is there only when the GPU is cut anew.
    """

    gpu: int
    slot: int
    start: int
    anew: bool


@dataclass(frozen=True)
class Stay:
    """A resident that stays in its place, while its GPU is as it was or, `anew`, while it is cut anew around it."""

    resident: int
    anew: bool


@dataclass(frozen=True)
class OccupiedGpus:
    """The occupied GPUs' part of a model. O GPUs, R residents.

    Parameters
    ----------
    openings, stays : lists
        What the variables ``open[i]`` and ``stay[k]`` mean.
    transfers : list of (resident, slot)
        What ``transfer[k]`` means: a pinned resident takes an instance of that slot on its GPU.
    resets : int array [n]
        Positions of the GPUs with a variable ``anew``.
    stay_gain : float array
        What each stay adds to the objective beside the resident's migration cost that is saved.
    """

    openings: list[Opening]
    stays: list[Stay]
    transfers: list[tuple[int, int]]
    resets: IntArray
    stay_gain: FloatArray


def add_occupied_gpus(
    model: Any, instance: MigPartitionInstance, classes: JobClasses, here: Residency
) -> OccupiedGpus:
    """Add variables and rows of the occupied GPUs to a model.

    Rows: ``piece`` (6), every memory slice covered at most once; ``slices`` and ``pair``, compute slices and forbidden
    pairs, only where memory slices do not imply them; ``pinned`` (7), pinned residents on instances of their own GPU.
    """
    block_of = np.searchsorted(instance.first_gpu, here.gpus, side="right") - 1
    position = {gpu: o for o, gpu in enumerate(here.gpus.tolist())}
    of_resident = [position[gpu] for gpu in here.gpu.tolist()]
    paying = np.zeros(len(here.gpus), dtype=bool)
    paying[[o for o, cost in zip(of_resident, here.reset_cost.tolist(), strict=True) if cost > 0]] = True
    class_of = classes.of_job[here.job]
    worth = classes.value[class_of, here.slot]
    stays = [Stay(r, anew) for r, o in enumerate(of_resident) if worth[r] > -np.inf
             for anew in ((False, True) if paying[o] else (False,))]
    openings = [
        Opening(o, int(classes.slots.first[b]) + place.profile, place.start, anew)
        for o, b in enumerate(block_of.tolist()) for place in all_placements(instance.blocks[b].geometry)
        for anew in _states(bool(paying[o]), tuple(place) in here.before[o])]
    transfers = [(r, int(slot)) for r in np.flatnonzero(here.pin == 1).tolist()
                 for slot in _slots_of(classes, int(block_of[of_resident[r]]))
                 if classes.value[class_of[r], slot] > -np.inf]
    resets = np.flatnonzero(paying)
    model.stay = pyo.Var(range(len(stays)), within=pyo.Binary)
    model.open = pyo.Var(range(len(openings)), within=pyo.Binary)
    model.transfer = pyo.Var(range(len(transfers)), within=pyo.Binary)
    model.anew = pyo.Var(range(len(resets)), within=pyo.Binary)
    found = OccupiedGpus(
        openings, stays, transfers, resets,
        np.array([worth[k.resident] - (here.reset_cost[k.resident] if k.anew else 0.0) for k in stays]))
    _add_rows(model, instance, classes, here, found, of_resident, block_of)
    return found


def _states(paying: bool, had: bool) -> tuple[bool, ...]:
    """Return the states of a GPU in which an instance may be used: as it is (False), cut anew (True)."""
    if not paying:
        return (False,)
    return (False, True) if had else (True,)


def _slots_of(classes: JobClasses, block: int) -> range:
    return range(int(classes.slots.first[block]), int(classes.slots.first[block + 1]))


def _add_rows(
    model: Any, instance: MigPartitionInstance, classes: JobClasses, here: Residency, found: OccupiedGpus,
    of_resident: list[int], block_of: IntArray,
) -> None:
    """Add the rows of layouts and pins."""
    used: list[list[tuple[Any, Placement, bool]]] = [[] for _ in here.gpus]
    for k, stay in enumerate(found.stays):
        r = stay.resident
        profile = int(classes.slots.profile[here.slot[r]])
        used[of_resident[r]].append((model.stay[k], Placement(profile, int(here.start[r])), stay.anew))
    for i, opening in enumerate(found.openings):
        profile = int(classes.slots.profile[opening.slot])
        used[opening.gpu].append((model.open[i], Placement(profile, opening.start), opening.anew))
    switch = {int(o): model.anew[n] for n, o in enumerate(found.resets)}
    model.piece, model.slices, model.pair = pyo.ConstraintList(), pyo.ConstraintList(), pyo.ConstraintList()
    for o, members in enumerate(used):
        geometry = instance.blocks[block_of[o]].geometry
        for anew in (False, True) if o in switch else (False,):
            rows = [(variable, place) for variable, place, state in members if state is anew]
            if o not in switch:
                _add_layout(model, geometry, rows, None, False)
            else:
                _add_layout(model, geometry, rows, switch[o], anew)
    model.pinned = pyo.ConstraintList()
    pinned: dict[tuple[int, int], list[Any]] = {}
    for k, (r, slot) in enumerate(found.transfers):
        pinned.setdefault((of_resident[r], slot), []).append(model.transfer[k])
    offers: dict[tuple[int, int], list[Any]] = {}
    for i, opening in enumerate(found.openings):
        offers.setdefault((opening.gpu, opening.slot), []).append(model.open[i])
    for key, wanting in pinned.items():
        offered = offers.get(key, [])
        model.pinned.add(linear([1.0] * len(wanting) + [-1.0] * len(offered), [*wanting, *offered]) <= 0.0)


def _add_layout(model: Any, geometry: MigGeometry, rows: list[tuple[Any, Placement]], switch: Any, anew: bool) -> None:
    """Add the rows of one GPU in one state; with a switch they vanish in the other state."""
    def at_most(terms: list[tuple[float, Any]], limit: float) -> Any:
        coefficients, variables = [c for c, _ in terms], [v for _, v in terms]
        if switch is None:
            return linear(coefficients, variables) <= limit
        if anew:
            return linear([*coefficients, -limit], [*variables, switch]) <= 0.0
        return linear([*coefficients, limit], [*variables, switch]) <= limit

    covering: dict[tuple[int, ...], None] = {}
    for piece in range(geometry.memory_slices):
        members = tuple(i for i, (_, place) in enumerate(rows)
                        if place.start <= piece < place.start + geometry.profiles[place.profile].memory_slices)
        if len(members) > 1 or (members and switch is not None):
            covering[members] = None
    for members in covering:
        model.piece.add(at_most([(1.0, rows[i][0]) for i in members], 1.0))
    if count_rows(geometry.replace(forbidden_pairs=())) is None:
        model.slices.add(at_most([(float(geometry.profiles[place.profile].compute_slices), variable)
                                  for variable, place in rows], float(geometry.compute_slices)))
        for p, profile in enumerate(geometry.profiles):
            if profile.max_instances is not None:
                members = tuple(i for i, (_, place) in enumerate(rows) if place.profile == p)
                model.slices.add(at_most([(1.0, rows[i][0]) for i in members], float(profile.max_instances)))
    for first, others in enumerate(geometry.forbidden):
        for second in (other for other in others if other > first):
            for variable, place in rows:
                if place.profile == first:
                    for other_variable, other in rows:
                        if other.profile == second:
                            model.pair.add(at_most([(1.0, variable), (1.0, other_variable)], 1.0))
