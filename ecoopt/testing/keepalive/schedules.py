"""Hypothesis strategy for keep-alive schedules: feasible ones, and ones that break rules."""

import numpy as np
from hypothesis import strategies as st

from ecoopt.instances.keepalive import KeepAliveInstance, KeepAliveSchedule

Row = tuple[int, int, int, int]
"""Cell, generation, containers, minutes."""


def keepalive_schedules(instance: KeepAliveInstance, *, feasible: bool = False) -> st.SearchStrategy[KeepAliveSchedule]:
    """Return a strategy for schedules of an instance.

    Parameters
    ----------
    instance : KeepAliveInstance
        What is asked.
    feasible : bool
        True: every schedule drawn keeps all rules. False: some schedules have calls that do not run or run twice, keeps
        after unknown cells or on unknown generations, for no time or too long, more containers than there are, memory
        overflows; shapes are always right.
    """
    return _feasible(instance) if feasible else st.one_of(_feasible(instance), _careless(instance))


@st.composite
def _feasible(draw: st.DrawFn, instance: KeepAliveInstance) -> KeepAliveSchedule:
    """Draw a schedule cell by cell, within calls, supply and memory."""
    calls, boxes = instance.invocations, len(instance.generations)
    free_gb = [[pool] * calls.horizon_min for pool in instance.pool_memory_gb.tolist()]
    persist, longest = instance.containers == "persist", instance.max_keep_min
    runs: list[list[int]] = []
    fresh: list[list[int]] = []
    keeps: list[Row] = []
    for f in range(calls.functions):
        memory_gb = float(instance.profiles.memory_gb[instance.function_profile[f]])
        waiting = [0] * boxes
        for cell in range(int(calls.offsets[f]), int(calls.offsets[f + 1])):
            minute, count = int(calls.minutes[cell]), int(calls.counts[cell])
            gap = calls.horizon_min - minute
            last = cell + 1 == calls.offsets[f + 1]
            if not last:
                gap = int(calls.minutes[cell + 1]) - minute
            runs.append(_runs(draw, waiting, count))
            fresh.append(_fresh(draw, runs[-1]))
            willing = [r - cold for r, cold in zip(runs[-1], fresh[-1], strict=True)]
            idle = [max(0, w - r) if persist else 0 for w, r in zip(waiting, willing, strict=True)]
            waiting, movable = [0] * boxes, count
            for s in draw(st.permutations(range(boxes))) if longest else ():
                fixed = idle[s] + (0 if instance.relocation else runs[-1][s])
                wanted = draw(st.integers(0, fixed + (movable if instance.relocation else 0)))
                while wanted:
                    containers = draw(st.integers(1, wanted))
                    keep_min = draw(st.sampled_from((min(gap, longest), 1, longest)) | st.integers(1, longest))
                    stay = range(minute, minute + min(keep_min, gap))
                    load_gb = containers * memory_gb
                    wanted -= containers
                    if all(free_gb[s][m] >= load_gb for m in stay):
                        for m in stay:
                            free_gb[s][m] -= load_gb
                        keeps.append((cell, s, containers, keep_min))
                        waiting[s] += containers * (not last and keep_min >= gap)
                        movable -= max(0, containers - fixed)
                        fixed = max(0, fixed - containers)
    return _schedule(runs, fresh, draw(st.permutations(keeps)), boxes)


def _runs(draw: st.DrawFn, waiting: list[int], count: int) -> list[int]:
    """Draw runs that add up to the count, on waiting containers more often than not."""
    everywhere = list(range(len(waiting)))
    runs = [0] * len(waiting)
    for _ in range(count):
        warm = [s for s, w in enumerate(waiting) if w > runs[s]]
        reuse = draw(st.integers(0, 3)) > 0
        chosen = draw(st.sampled_from(warm if warm and reuse else everywhere))
        runs[chosen] += 1
    return runs


def _fresh(draw: st.DrawFn, runs: list[int]) -> list[int]:
    """Draw how many of a cell's runs start cold on purpose: mostly none."""
    if draw(st.integers(0, 3)) < 3:
        return [0] * len(runs)
    return [draw(st.integers(0, r)) for r in runs]


@st.composite
def _careless(draw: st.DrawFn, instance: KeepAliveInstance) -> KeepAliveSchedule:
    """Draw a schedule of the right shape without regard for any rule."""
    cells, boxes = instance.invocations.cells, len(instance.generations)
    runs = [draw(st.lists(st.integers(0, 4), min_size=boxes, max_size=boxes)) for _ in range(cells)]
    fresh = [_fresh(draw, row) for row in runs]
    row = st.tuples(
        st.integers(0, max(0, cells - 1)) | st.integers(0, cells + 1),
        st.integers(0, boxes - 1) | st.integers(0, boxes + 1), st.integers(0, 4),
        st.integers(0, instance.max_keep_min + 2) | st.just(2**63 - 1))
    return _schedule(runs, fresh, draw(st.lists(row, max_size=12)), boxes)


def _schedule(runs: list[list[int]], fresh: list[list[int]], keeps: list[Row], boxes: int) -> KeepAliveSchedule:
    """Return the schedule of these runs, fresh starts and rows of keeps."""
    cold_on_purpose = np.array(fresh, dtype=np.int64).reshape(-1, boxes)
    cell, generation, containers, minutes = np.array(keeps, dtype=np.int64).reshape(-1, 4).T
    return KeepAliveSchedule(
        runs=np.array(runs, dtype=np.int64).reshape(-1, boxes),
        fresh=cold_on_purpose if cold_on_purpose.any() else None, keep_cell=cell, keep_generation=generation,
        keep_containers=containers, keep_min=minutes)
