"""The best schedule of a tiny instance by trying all, and a schedule's worth in plain Python, slot by slot."""

from math import ceil, inf

from ecoopt.instances.power_cap_jobs import PowerCapJobsInstance, PowerCapJobsSchedule


def judge_plainly(instance: PowerCapJobsInstance, schedule: PowerCapJobsSchedule) -> tuple[float, bool]:
    """Return the objective of a schedule, and whether it breaks no rule, slot by slot, in O(J T)."""
    slots, idle_w = instance.slots, instance.gpu.idle_w or 0.0
    gpus, power_w = [0] * slots, [idle_w * instance.gpus] * slots
    total = idle_w * instance.gpus * instance.slot_s / 3600 * sum(_rates(instance))
    allowed = True
    for j, (start, cap) in enumerate(zip(schedule.start_slot.tolist(), schedule.cap.tolist(), strict=True)):
        if cap >= len(instance.caps_w):
            allowed, cap = False, len(instance.caps_w) - 1
        held = _held(instance, j, cap)
        allowed &= start >= instance.release_slot[j] and start + held <= instance.deadline_slot[j]
        total += _cost(instance, j, start, cap)
        for t in range(start, min(start + held, slots)):
            gpus[t] += int(instance.job_gpus[j])
            power_w[t] += int(instance.job_gpus[j]) * (_power_w(instance, j, cap) - idle_w)
    total += instance.peak_g_per_kw * max(power_w) / 1000
    allowed &= max(gpus) <= instance.gpus
    allowed &= all(power_w[t] <= instance.power_limit_w[t] + 1e-6 * max(float(instance.power_limit_w[t]), 1.0)
                   for t in range(slots))
    return total, bool(allowed)


def best_by_enumeration(instance: PowerCapJobsInstance) -> float:
    """Return the least objective of all schedules, infinite where there is none, in O((C T)^J)."""
    slots, idle_w = instance.slots, instance.gpu.idle_w or 0.0
    places = []
    for j in range(instance.jobs):
        own = []
        for start in range(int(instance.release_slot[j]), int(instance.deadline_slot[j])):
            for cap in range(len(instance.caps_w)):
                held = range(start, start + _held(instance, j, cap))
                if held.stop <= instance.deadline_slot[j]:
                    added_w = int(instance.job_gpus[j]) * (_power_w(instance, j, cap) - idle_w)
                    own.append((_cost(instance, j, start, cap), held, int(instance.job_gpus[j]), added_w))
        places.append(own)
    base_w = idle_w * instance.gpus
    gpus, power_w = [0] * slots, [base_w] * slots
    limit_w = [float(limit) + 1e-9 * max(float(limit), 1.0) for limit in instance.power_limit_w]
    if max(power_w[t] - limit_w[t] for t in range(slots)) > 0:
        return inf

    def best(j: int) -> float:
        if j == instance.jobs:
            return instance.peak_g_per_kw * max(power_w) / 1000
        found = inf
        for cost, held, taken, added_w in places[j]:
            if all(gpus[t] + taken <= instance.gpus and power_w[t] + added_w <= limit_w[t] for t in held):
                for t in held:
                    gpus[t] += taken
                    power_w[t] += added_w
                found = min(found, cost + best(j + 1))
                for t in held:
                    gpus[t] -= taken
                    power_w[t] -= added_w
        return found

    return best(0) + base_w * instance.slot_s / 3600 * sum(_rates(instance))


def _rates(instance: PowerCapJobsInstance) -> list[float]:
    return [float(instance.intensity_g_per_kwh[t] * instance.pue[t]) / 1000 for t in range(instance.slots)]


def _power_w(instance: PowerCapJobsInstance, j: int, cap: int) -> float:
    return float(instance.classes[instance.job_class[j]].power_at(instance.caps_w[cap]))


def _cost(instance: PowerCapJobsInstance, j: int, start: int, cap: int) -> float:
    """Return carbon beyond idle GPUs, and the price of delay."""
    slot_h, rates, runs = instance.slot_s / 3600, _rates(instance), _runs(instance, j, cap)
    taken = int(instance.job_gpus[j])
    added_w = taken * (_power_w(instance, j, cap) - (instance.gpu.idle_w or 0.0))
    carbon = sum(added_w * slot_h * rates[min(start + k, instance.slots - 1)] * min(runs - k, 1.0)
                 for k in range(_held(instance, j, cap)))
    delay_h = (start - int(instance.release_slot[j]) + runs) * slot_h - float(instance.base_h[j])
    return carbon + instance.delay_g_per_gpu_h * taken * delay_h


def _runs(instance: PowerCapJobsInstance, j: int, cap: int) -> float:
    curve = instance.classes[instance.job_class[j]]
    return float(instance.base_h[j] * curve.time_at(instance.caps_w[cap])) / (instance.slot_s / 3600)


def _held(instance: PowerCapJobsInstance, j: int, cap: int) -> int:
    return max(ceil(_runs(instance, j, cap) - 1e-9), 1)
