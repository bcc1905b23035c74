"""A replay in plain Python, minute by minute and container by container: slow, and easy to believe."""

from dataclasses import dataclass, field
from math import fsum

from ecoopt.instances.keepalive import KeepAliveInstance, KeepAliveSchedule
from ecoopt.testing.keepalive.arithmetic import PlainCarbon


@dataclass
class Container:
    """One container that waits, with the grams of every minute it has waited."""

    generation: int
    since: int
    keep_min: int
    minutes_g: list[tuple[float, float]] = field(default_factory=list)


@dataclass
class PlainScore:
    """What the plain replay counts; the lists are of single amounts, still to be summed.

    Parameters
    ----------
    costs, service_s : list of float
        Parts of the objective, and seconds of each call.
    execution_g, keep_g : list of (float, float)
        Embodied and operational grams of each call, and of each minute that a container waits.
    warm_calls, container_min : int
        Calls that started warm, and minutes that containers occupied memory.
    used_gb : list of list of float
        Memory of waiting containers at the end of each minute, on each generation.
    calls_off, containers_short : float
        Difference of runs and calls, and containers kept without there being one, summed over all cells.
    rows_broken : int
        Rules of rows broken: unknown cell, unknown generation, no container, too short, too long.
    """

    costs: list[float] = field(default_factory=list)
    service_s: list[float] = field(default_factory=list)
    execution_g: list[tuple[float, float]] = field(default_factory=list)
    keep_g: list[tuple[float, float]] = field(default_factory=list)
    warm_calls: int = 0
    container_min: int = 0
    used_gb: list[list[float]] = field(default_factory=list)
    calls_off: int = 0
    containers_short: int = 0
    rows_broken: int = 0

    @property
    def objective(self) -> float:
        """The objective."""
        return fsum(self.costs)


def replay_plainly(instance: KeepAliveInstance, schedule: KeepAliveSchedule) -> PlainScore:
    """Return what a schedule does, found by walking through the minutes with one object per waiting container.

    For small instances and schedules with few containers; O(T (F + containers)).
    """
    calls, carbon, score = instance.invocations, PlainCarbon(instance), PlainScore()
    boxes = range(len(instance.generations))
    rows: dict[int, list[tuple[int, int, int]]] = {}
    columns = (schedule.keep_cell, schedule.keep_generation, schedule.keep_containers, schedule.keep_min)
    for cell, generation, containers, keep_min in zip(*(column.tolist() for column in columns), strict=True):
        faults = (cell >= calls.cells, generation >= len(boxes), containers < 1, keep_min < 1,
                  keep_min > instance.max_keep_min)
        score.rows_broken += sum(faults)
        if not (faults[0] or faults[1]):
            rows.setdefault(cell, []).append((generation, containers, keep_min))
    cells = {(int(f), int(m)): c
             for c, (f, m) in enumerate(zip(calls.cell_function, calls.minutes, strict=True))}
    pools: list[list[Container]] = [[] for _ in range(calls.functions)]

    frozen = instance.accounting == "artifact"
    for minute in range(calls.horizon_min):
        used: list[list[float]] = [[] for _ in boxes]
        for function, pool in enumerate(pools):
            memory_gb = float(instance.profiles.memory_gb[instance.function_profile[function]])
            if (function, minute) in cells:
                cell = cells[function, minute]
                runs, count, kept = schedule.runs[cell].tolist(), int(calls.counts[cell]), rows.get(cell, [])
                fresh = [0] * len(runs) if schedule.fresh is None else schedule.fresh[cell].tolist()
                left = _serve(score, carbon, pool, runs, fresh, function, minute)
                wanted = [sum(n for s, n, _ in kept if s == box) for box in boxes]
                score.calls_off += abs(sum(runs) - count)
                score.containers_short += _short(instance, wanted, left, runs, count)
                pool[:] = [Container(s, minute, keep_min) for s, n, keep_min in kept for _ in range(n)]
            for container in list(pool):
                if len(container.minutes_g) == container.keep_min:
                    pool.remove(container)
                    _settle(score, carbon, function, container)
                else:
                    seen = carbon.intensity[container.since if frozen else minute]
                    container.minutes_g.append(carbon.minute_g(function, container.generation, seen))
                    score.container_min += 1
                    used[container.generation].append(memory_gb)
        score.used_gb.append([fsum(amounts) for amounts in used])
    if not frozen:
        for function, pool in enumerate(pools):
            for container in pool:
                _settle(score, carbon, function, container)
    score.used_gb = [list(column) for column in zip(*score.used_gb, strict=True)]
    return score


def _serve(
    score: PlainScore, carbon: PlainCarbon, pool: list[Container], runs: list[int], fresh: list[int], function: int,
    minute: int,
) -> list[int]:
    """Run the calls of a minute, warm where containers wait, and end all waits; return the containers left idle."""
    left = [0] * len(runs)
    for container in pool:
        left[container.generation] += 1
        _settle(score, carbon, function, container)
    for s, calls_here in enumerate(runs):
        for number in range(calls_here):
            warm = number >= fresh[s] and left[s] > 0
            left[s] -= warm
            score.warm_calls += warm
            score.service_s.append(carbon.call_s(function, s, warm))
            score.execution_g.append(carbon.call_g(function, s, warm, carbon.intensity[minute]))
            score.costs.append(carbon.call_cost(function, s, warm, minute))
    return left


def _settle(score: PlainScore, carbon: PlainCarbon, function: int, container: Container) -> None:
    """Charge a wait that is over."""
    score.keep_g += container.minutes_g
    score.costs += [carbon.keep_weight(function) * sum(grams) for grams in container.minutes_g]


def _short(instance: KeepAliveInstance, wanted: list[int], left: list[int], runs: list[int], count: int) -> int:
    """Return how many of the wanted containers there are not."""
    if instance.containers == "release":
        return max(0, sum(wanted) - count)
    if not instance.relocation:
        return sum(max(0, w - idle - ran) for w, idle, ran in zip(wanted, left, runs, strict=True))
    movable = count
    short = 0
    for w, idle in zip(wanted, left, strict=True):
        for _ in range(w - idle):
            if movable:
                movable -= 1
            else:
                short += 1
    return short
