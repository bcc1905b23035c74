"""The score of a power-cap schedule in plain Python, to hold the referee against."""

from ecoopt.instances.power_cap import PowerCapInstance, PowerCapSchedule

SLACK = 1e-6


def score_plainly(instance: PowerCapInstance, schedule: PowerCapSchedule) -> tuple[float, bool]:
    """Return the objective of a schedule, and whether it keeps every rule."""
    allowed, grams = True, 0.0
    classes, hours = list(enumerate(instance.classes)), instance.hours
    waiting = {k: entry.initial_backlog_gpu_h for k, entry in classes}
    heat = None if instance.hall is None else instance.hall.start_c
    gpus = sum(pool.gpus for pool in instance.pools)
    for t in range(hours):
        busy, watts = [0.0] * len(instance.pools), 0.0
        for k, entry in classes:
            caps = range(len(entry.cap_w))
            share = [float(schedule.share[k, t, c]) for c in caps]
            work = [float(schedule.work_gpu_h[k, t, c]) for c in caps]
            slower = [float(entry.curve.time_at(entry.cap_w[c])) for c in caps]
            energy = [float(entry.curve.energy_at(entry.cap_w[c])) for c in caps]
            whole = all(one <= SLACK or one >= 1 - SLACK for one in share)
            allowed &= abs(sum(share) - 1) <= SLACK and (instance.mixed or whole)
            before: list[float] | None = None
            if t > 0:
                before = [float(schedule.share[k, t - 1, c]) for c in caps]
            elif entry.initial_cap is not None:
                before = [float(c == entry.initial_cap) for c in caps]
            felt = 1.0
            if before is not None:
                felt = sum(before[c] * slower[c] for c in caps)
                grams += instance.change_g * sum(max(0.0, share[c] - before[c]) for c in caps)
            came = float(entry.submitted_gpu_h[t]) * (1 + entry.rebound * (felt - 1))
            left = waiting[k] + came - sum(work)
            allowed &= left >= -SLACK * max(1.0, entry.initial_backlog_gpu_h + float(entry.submitted_gpu_h.max()))
            waiting[k] = max(left, 0.0)
            limit = entry.most_backlog_gpu_h
            allowed &= limit is None or waiting[k] <= limit + SLACK * max(1.0, limit)
            grams += waiting[k] * (instance.backlog_g_per_gpu_h
                                   + (instance.final_backlog_g_per_gpu_h if t == hours - 1 else 0.0))
            for c in caps:
                quota = entry.quota_gpus
                allowed &= work[c] * slower[c] <= quota * share[c] + SLACK * max(1.0, quota)
                busy[entry.pool] += work[c] * slower[c]
                watts += work[c] * energy[c] * entry.curve.uncapped_power_w
        for p, pool in enumerate(instance.pools):
            allowed &= busy[p] <= pool.gpus * (1 + SLACK)
            watts += pool.idle_power_w * (pool.gpus - busy[p])
        if instance.power_limit_w is not None:
            limit_w = float(instance.power_limit_w[t])
            allowed &= watts <= limit_w + SLACK * max(1.0, limit_w)
        price = float(instance.intensity_g_per_kwh[t])
        price += 0.0 if instance.price_g_per_kwh is None else float(instance.price_g_per_kwh[t])
        grams += float(instance.pue[t]) * price * watts / 1000
        if instance.hall is not None and heat is not None:
            hall = instance.hall
            heat = hall.keep * heat + (1 - hall.keep) * (float(hall.ambient_c[t]) + hall.rise_c_per_w * watts / gpus)
            allowed &= heat <= hall.most_c + SLACK * max(1.0, abs(hall.most_c))
    return grams, bool(allowed)
