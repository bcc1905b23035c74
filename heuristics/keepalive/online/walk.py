"""The walk: minute by minute, calls are placed, a policy decides what stays warm, and memory is enforced."""


from ecoopt.core.run import Run
from ecoopt.heuristics.keepalive.online.arrivals import ArrivalStream
from ecoopt.heuristics.keepalive.online.cost import cheapest_cold
from ecoopt.heuristics.keepalive.online.eviction import enforce_memory
from ecoopt.heuristics.keepalive.online.pool import CONTAINERS, Pool
from ecoopt.heuristics.keepalive.online.tariff import Tariff
from ecoopt.heuristics.keepalive.online.view import PastView, Policy
from ecoopt.instances.keepalive.schedule import KeepAliveSchedule
from ecoopt.instances.keepalive.schema import KeepAliveInstance


def walk(
    instance: KeepAliveInstance, policy: Policy, tariff: Tariff, run: Run, *, adjust: bool = True
) -> tuple[KeepAliveSchedule, dict[str, int]]:
    """Return the schedule a policy makes of an instance, and counts of what happened.

    An iteration of the run is a minute. When the run must stop, the calls of the minutes not walked start cold where
    that is cheapest, and nothing is kept after them. O(C G + T F G) besides the policy's own work.

    Parameters
    ----------
    instance : KeepAliveInstance
        Calls and carbon are handed to the policy minute by minute, those of `history` first.
    policy : Policy
        Decides.
    tariff : Tariff
        The instance's static part.
    run : Run
        Ledger and stopping rules.
    adjust : bool
        Whether the warm-pool adjustment acts on overflow; see `enforce_memory`.
    """
    calls, intensity = instance.invocations, instance.intensity_g_per_kwh
    pool, stream = Pool(tariff, calls.cells), ArrivalStream(calls)
    if instance.history is not None:
        length = instance.history.horizon_min
        for minute, _, functions, counts in ArrivalStream(instance.history):
            if len(functions):
                policy.learn(minute - length, functions, counts)
    evicted = minutes = spent = 0
    for minute, cells, functions, counts in stream:
        if run.stop():
            break
        if len(functions):
            now = float(intensity[minute])
            quote = tariff.at(now)
            supply = pool.execute(minute, cells, functions, counts, quote)
            view = PastView(minute, now, functions, counts, supply, quote)
            pool.admit(minute, cells, functions, supply, policy.decide(view))
            used = pool.expire(minute)
            policy.settle(view, used)
            evicted += enforce_memory(pool, policy, view, used, adjust=adjust)
        minutes = minute + 1
        run.tick(1, policy.evaluations - spent)
        spent = policy.evaluations
    later = stream.cells_from(minutes)
    if len(later):
        pool.runs[later, cheapest_cold(instance, later)] = calls.counts[later]
    rows = pool.rows[:pool.size]
    rows = rows[rows[:, CONTAINERS] > 0]
    schedule = KeepAliveSchedule(
        runs=pool.runs, keep_cell=rows[:, 0].copy(), keep_generation=rows[:, 1].copy(),
        keep_containers=rows[:, 2].copy(), keep_min=rows[:, 3].copy())
    return schedule, {"minutes": minutes, "evicted_containers": evicted, "keeps": len(rows)}
