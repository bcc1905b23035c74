"""The replay: every function's calls in order of time, with the containers that wait, serve, expire and are let go."""

from typing import Final, NamedTuple

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.evaluate.exact_sum import add, between, level, running_sum
from ecoopt.evaluate.keepalive.charges import (
    COLD_EMBODIED_G,
    COLD_KWH,
    COLD_S,
    KEEP_EMBODIED_G,
    KEEP_KWH,
    WARM_EMBODIED_G,
    WARM_KWH,
    WARM_S,
    charges,
)
from ecoopt.instances.keepalive import KeepAliveInstance, KeepAliveSchedule

OBJECTIVE: Final = 0
SERVICE_S: Final = 1
EXECUTION_EMBODIED_G: Final = 2
EXECUTION_OPERATIONAL_G: Final = 3
KEEP_EMBODIED_TOTAL_G: Final = 4
KEEP_OPERATIONAL_TOTAL_G: Final = 5
WARM_CALLS: Final = 6
CONTAINER_MIN: Final = 7
_TOTALS: Final = 8


class Replay(NamedTuple):
    """What came out of a replay. C cells, G generations, T minutes.

    Parameters
    ----------
    totals : float array [8]
        In the order of this module's constants.
    runs_beyond : float array [C]
        Runs of each cell less its calls.
    kept_beyond : float array [C, 1] or [C, G]
        Containers kept after each cell less those there are to keep; per generation where none may change it.
    memory_gb : float array [G, T]
        Memory of the waiting containers at the end of each minute.
    """

    totals: FloatArray
    runs_beyond: FloatArray
    kept_beyond: FloatArray
    memory_gb: FloatArray


def replay(instance: KeepAliveInstance, schedule: KeepAliveSchedule) -> Replay:
    """Replay a schedule on its instance.

    Keeps after unknown cells or on unknown generations are left out; everything else is done as written, allowed or
    not. O(C G + K + G T) time and memory, K rows of keeps.
    """
    calls, found = instance.invocations, charges(instance)
    generations = len(instance.generations)
    row, first_row = rows_by_cell(schedule.keep_cell, schedule.keep_generation, calls.cells, generations)
    willing = schedule.runs if schedule.fresh is None else schedule.runs - schedule.fresh
    # Read-only like the schedule's own arrays, so that the kernel is compiled once and not once for each kind.
    willing.setflags(write=False)
    totals, runs_beyond, kept_beyond, changes = _replay(
        calls.offsets, calls.minutes, calls.counts, calls.horizon_min, instance.function_profile,
        instance.profiles.memory_gb, instance.intensity_g_per_kwh, found.rates, found.weights, schedule.runs, willing,
        row, first_row, schedule.keep_generation, schedule.keep_containers, schedule.keep_min,
        instance.accounting == "artifact", instance.containers == "persist", instance.relocation)
    memory_gb = np.empty((generations, calls.horizon_min))
    for s in range(generations):
        memory_gb[s] = level(changes[s, :-1])
    return Replay(totals, runs_beyond, kept_beyond, memory_gb)


@njit(cache=True)
def rows_by_cell(
    keep_cell: IntArray, keep_generation: IntArray, cells: int, generations: int
) -> tuple[IntArray, IntArray]:  # pragma: no cover
    """Return the rows of keeps by cell, and the first of each cell [C + 1]; unknown places left out. O(C + K)."""
    first = np.zeros(cells + 1, dtype=np.int64)
    for k in range(len(keep_cell)):
        if keep_cell[k] < cells and keep_generation[k] < generations:
            first[keep_cell[k] + 1] += 1
    for c in range(cells):
        first[c + 1] += first[c]
    row = np.empty(first[cells], dtype=np.int64)
    free = first.copy()
    for k in range(len(keep_cell)):
        if keep_cell[k] < cells and keep_generation[k] < generations:
            row[free[keep_cell[k]]] = k
            free[keep_cell[k]] += 1
    return row, first


@njit(cache=True)
def _replay(
    offsets: IntArray, minutes: IntArray, counts: IntArray, horizon_min: int, function_profile: IntArray,
    memory_gb: FloatArray, intensity: FloatArray, rates: FloatArray, weights: FloatArray, runs: IntArray,
    willing: IntArray, row: IntArray, first_row: IntArray, keep_generation: IntArray, keep_containers: IntArray,
    keep_min: IntArray, frozen: bool, persist: bool, relocation: bool,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:  # pragma: no cover
    """Return totals, runs beyond the calls, keeps beyond the supply, and changes of memory as pairs [G, T + 1, 2]."""
    cells, generations = len(minutes), rates.shape[1]
    exposure = running_sum(intensity)
    totals = np.zeros((_TOTALS, 2))
    changes = np.zeros((generations, horizon_min + 1, 2))
    runs_beyond = np.zeros(cells)
    kept_beyond = np.zeros((cells, 1 if relocation else generations))
    # Containers are counted in floats: exact up to 2^53, and a nonsensical count cannot wrap around to a small one.
    waiting, left, here, kept = np.zeros((4, generations))

    for f in range(len(offsets) - 1):
        profile = function_profile[f]
        alpha, beta, gamma = weights[profile]
        waiting[:] = 0.0
        for c in range(offsets[f], offsets[f + 1]):
            minute = minutes[c]
            last = c + 1 == offsets[f + 1]
            gap = horizon_min - minute if last else minutes[c + 1] - minute

            executed = 0.0
            for s in range(generations):
                rate = rates[profile, s]
                warm = min(float(willing[c, s]), waiting[s])
                cold = runs[c, s] - warm
                left[s] = waiting[s] - warm
                here[s] = cold + waiting[s]
                executed += runs[c, s]
                if runs[c, s] > 0:
                    seconds = warm * rate[WARM_S] + cold * rate[COLD_S]
                    embodied = warm * rate[WARM_EMBODIED_G] + cold * rate[COLD_EMBODIED_G]
                    operational = intensity[minute] * (warm * rate[WARM_KWH] + cold * rate[COLD_KWH])
                    add(totals[OBJECTIVE], alpha * seconds + beta * (embodied + operational))
                    add(totals[SERVICE_S], seconds)
                    add(totals[EXECUTION_EMBODIED_G], embodied)
                    add(totals[EXECUTION_OPERATIONAL_G], operational)
                    add(totals[WARM_CALLS], warm)
            runs_beyond[c] = executed - counts[c]

            kept[:] = 0.0
            waiting[:] = 0.0
            for k in row[first_row[c]:first_row[c + 1]]:
                s, containers, longest = keep_generation[k], float(keep_containers[k]), keep_min[k]
                kept[s] += containers
                serves = not last and longest >= gap
                if serves:
                    waiting[s] += containers
                stay = min(longest, gap)
                if stay == 0:
                    continue
                add(changes[s, minute], containers * memory_gb[profile])
                add(changes[s, minute + stay], -containers * memory_gb[profile])
                add(totals[CONTAINER_MIN], containers * stay)
                if not frozen:
                    seen = between(exposure, minute, minute + stay)
                elif serves or longest < horizon_min - minute:
                    seen = intensity[minute] * stay
                else:
                    # EcoLife's code settles a wait when it ends; one that outlasts the trace is never settled.
                    continue
                embodied = containers * (stay * rates[profile, s, KEEP_EMBODIED_G])
                operational = containers * (seen * rates[profile, s, KEEP_KWH])
                add(totals[OBJECTIVE], gamma * (embodied + operational))
                add(totals[KEEP_EMBODIED_TOTAL_G], embodied)
                add(totals[KEEP_OPERATIONAL_TOTAL_G], operational)

            if not persist:
                kept_beyond[c, 0] = kept.sum() - counts[c]
            elif relocation:
                # Only what executed may have come from elsewhere; whatever else is kept was waiting right there.
                moved = 0.0
                for s in range(generations):
                    moved += max(0.0, kept[s] - left[s])
                kept_beyond[c, 0] = moved - counts[c]
            else:
                kept_beyond[c] = kept - here
    return totals[:, 0] + totals[:, 1], runs_beyond, kept_beyond, changes
