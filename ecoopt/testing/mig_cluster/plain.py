"""A replay in plain Python, moment by moment: what the referee must say, worked out in another way."""

from itertools import pairwise

from ecoopt.instances.mig import layout_problems
from ecoopt.instances.mig_cluster import MigClusterInstance, MigClusterSchedule

CLOSE = 1e-6


def replay_plainly(instance: MigClusterInstance, schedule: MigClusterSchedule) -> tuple[float, bool]:
    """Return the mean completion time of a schedule and whether it breaks no rule, in O(S^2) for S stretches."""
    rows = [(int(schedule.job[k]), int(schedule.gpu[k]), int(schedule.profile[k]), int(schedule.start[k]),
             bool(schedule.shared[k]), float(schedule.begin_s[k]), float(schedule.end_s[k]))
            for k in range(len(schedule.job))]
    total, allowed = 0.0, _layouts_hold(instance, rows)
    for j in range(instance.jobs):
        own = sorted((row for row in rows if row[0] == j), key=lambda row: (row[5], row[6]))
        allowed &= all(row[5] >= instance.arrival_s[j] - CLOSE and _may_run(instance, row) for row in own)
        allowed &= all(before[6] <= after[5] + CLOSE for before, after in pairwise(own))
        work, last = 0.0, float(instance.arrival_s[j])
        for index, row in enumerate(own):
            resume = row[5] + (float(instance.overhead_s[j]) if index else 0.0)
            work += _work(instance, rows, row, resume)
            last = max(last, row[6])
        missing = max(float(instance.work_s[j]) - work, 0.0)
        if missing > 1e-9 * max(float(instance.work_s[j]), last):
            allowed, last = False, last + missing
        total += last - float(instance.arrival_s[j])
    return total / instance.jobs, allowed


_Row = tuple[int, int, int, int, bool, float, float]


def _may_run(instance: MigClusterInstance, row: _Row) -> bool:
    """Tell whether a job fits where a stretch has it, and whether its owner accepts that."""
    job, gpu, profile, _, shared, _, _ = row
    if gpu >= instance.gpus or (not shared and profile >= len(instance.geometry.profiles)):
        return False
    return shared or instance.job_speed[job, profile] > 0


def _work(instance: MigClusterInstance, rows: list[_Row], row: _Row, resume: float) -> float:
    """Return the work done in a stretch from a moment on, between the moments at which anything changes."""
    job, gpu, profile, _, shared, _, end = row
    if gpu >= instance.gpus or (not shared and profile >= len(instance.geometry.profiles)):
        return 0.0
    if not shared:
        return float(instance.speeds.speed[instance.job_type[job], profile]) * max(end - resume, 0.0)
    mates = [other for other in rows
             if other[1] == gpu and other[4] and other[0] < instance.jobs and other[6] > other[5]]
    moments = sorted({resume, end, *(t for other in mates for t in other[5:7] if resume < t < end)})
    return sum(
        (after - before) * min(instance.shared_rate, 1 / sum(
            other[5] <= (before + after) / 2 < other[6] for other in mates))
        for before, after in pairwise(moments)) if end > resume else 0.0


def _layouts_hold(instance: MigClusterInstance, rows: list[_Row]) -> bool:
    """Tell whether every stretch names a job and takes time, and the GPUs are cut legally at every moment."""
    if any(row[0] >= instance.jobs or row[1] >= instance.gpus or row[6] < row[5] for row in rows):
        return False
    moments = sorted({t for row in rows for t in row[5:7]})
    for before, after in pairwise(moments):
        if after - before <= CLOSE:
            continue
        for gpu in range(instance.gpus):
            here = [row for row in rows if row[1] == gpu and row[5] <= before and row[6] >= after]
            cut = [(row[2], row[3]) for row in here if not row[4]]
            if layout_problems(instance.geometry, cut) or (cut and len(cut) < len(here)):
                return False
    return True
