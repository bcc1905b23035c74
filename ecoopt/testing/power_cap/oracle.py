"""The optimum of tiny power-cap instances: every plan of caps, and the best work under it by a linear program."""

from itertools import product

import numpy as np
from scipy.optimize import linprog

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.power_cap import PowerCapInstance


def enumerated_optimum(instance: PowerCapInstance) -> float | None:
    """Return the least objective without mixed caps, None when there is no schedule."""
    hours = instance.hours
    choices = [list(product(range(len(entry.cap_w)), repeat=hours)) for entry in instance.classes]
    values = [value for plan in product(*choices) if (value := _best_work(instance, np.array(plan))) is not None]
    return min(values, default=None)


def _best_work(instance: PowerCapInstance, plan: np.ndarray) -> float | None:
    """Return the least objective of caps [K, T]; variables are the work of each class and hour."""
    classes, hours = plan.shape
    rows: list[FloatArray] = []
    right: list[float] = []
    price = instance.intensity_g_per_kwh + (0 if instance.price_g_per_kwh is None else instance.price_g_per_kwh)
    cost, constant = np.zeros((classes, hours)), 0.0
    upper = np.zeros((classes, hours))
    watts, busy = np.zeros((classes, hours)), np.zeros((classes, hours))
    weight = instance.pue * price / 1000
    for k, entry in enumerate(instance.classes):
        cap_w = entry.cap_w[plan[k]]
        sigma, energy = entry.curve.time_at(cap_w), entry.curve.energy_at(cap_w)
        idle_w = instance.pools[entry.pool].idle_power_w
        watts[k], busy[k] = energy * entry.curve.uncapped_power_w - sigma * idle_w, sigma
        upper[k] = entry.quota_gpus / sigma
        initial = 1.0 if entry.initial_cap is None else float(entry.curve.time_at(entry.cap_w[entry.initial_cap]))
        felt = np.append(initial, sigma[:-1])
        came = entry.submitted_gpu_h * (1 + entry.rebound * (felt - 1))
        there = entry.initial_backlog_gpu_h + np.cumsum(came)
        rates = np.full(hours, instance.backlog_g_per_gpu_h)
        rates[-1] += instance.final_backlog_g_per_gpu_h
        constant += float(rates @ there)
        cost[k] -= np.cumsum(rates[::-1])[::-1]
        before = plan[k][0] if entry.initial_cap is None else entry.initial_cap
        constant += instance.change_g * float((np.diff(np.append(before, plan[k])) != 0).sum())
        for t in range(hours):
            done = np.zeros((classes, hours))
            done[k, : t + 1] = 1.0
            rows.append(done)
            right.append(float(there[t]))
            if entry.most_backlog_gpu_h is not None:
                rows.append(-done)
                right.append(entry.most_backlog_gpu_h - float(there[t]))
    base_w = sum(pool.idle_power_w * pool.gpus for pool in instance.pools)
    constant += base_w * float(weight.sum())
    cost += watts * weight
    for t in range(hours):
        now = np.zeros((classes, hours))
        now[:, t] = 1.0
        for p, pool in enumerate(instance.pools):
            mine = np.array([entry.pool == p for entry in instance.classes])
            rows.append(now * busy * mine[:, None])
            right.append(float(pool.gpus))
        if instance.power_limit_w is not None:
            rows.append(now * watts)
            right.append(float(instance.power_limit_w[t]) - base_w)
        if instance.hall is not None:
            fade = np.array([instance.hall.keep ** (t - s) if s <= t else 0.0 for s in range(hours)])
            gain = (1 - instance.hall.keep) * instance.hall.rise_c_per_w / instance.gpus
            base_c = instance.hall.keep ** (t + 1) * instance.hall.start_c + float(
                (fade * (1 - instance.hall.keep)) @ instance.hall.ambient_c) + gain * base_w * float(fade.sum())
            rows.append(gain * fade * watts)
            right.append(instance.hall.most_c - base_c)
    found = linprog(cost.ravel(), A_ub=np.array(rows).reshape(len(rows), -1), b_ub=np.array(right),
                    bounds=[(0.0, most) for most in upper.ravel().tolist()], method="highs")
    return constant + float(cost.ravel() @ found.x) if found.status == 0 and found.x is not None else None
