"""The online methods: each makes a policy, lets it walk through the instance, and offers the schedule."""

from collections.abc import Callable
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.errors import InputError
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.engines.pso_settings import PsoSettings
from ecoopt.heuristics.keepalive.online.cost import schedule_cost
from ecoopt.heuristics.keepalive.online.expected import ExpectedCost
from ecoopt.heuristics.keepalive.online.fitness import ExactFitness
from ecoopt.heuristics.keepalive.online.fixed import FixedTime
from ecoopt.heuristics.keepalive.online.histogram import HybridHistogram
from ecoopt.heuristics.keepalive.online.price import PriceDirected
from ecoopt.heuristics.keepalive.online.recent import MAX_WINDOW_MIN
from ecoopt.heuristics.keepalive.online.swarm import Swarms
from ecoopt.heuristics.keepalive.online.tariff import Tariff
from ecoopt.heuristics.keepalive.online.view import Policy
from ecoopt.heuristics.keepalive.online.walk import walk
from ecoopt.instances.keepalive.schedule import KeepAliveSchedule
from ecoopt.instances.keepalive.schema import KeepAliveInstance

WindowMin = Annotated[int, Field(ge=1, le=MAX_WINDOW_MIN)]
Minutes = Annotated[int, Field(ge=0, le=1440)]
Share = Annotated[float, Field(ge=0, le=1)]
Percentile = Annotated[float, Field(ge=0, le=100)]
NonNegative = Annotated[float, Field(ge=0, le=1e9)]
Start: TypeAlias = KeepAliveSchedule | None


def ecolife(
    instance: KeepAliveInstance, run: Run, *, seed: int = 0, start: Start = None, window_min: WindowMin = 20,
    swarm_size: Annotated[int, Field(ge=1, le=10_000)] = 15, dynamic: bool = True, adjust: bool = True,
) -> Outcome:
    """Run EcoLife as published: a dynamic swarm per function, and the warm-pool adjustment.

    Parameters
    ----------
    instance, run, seed, start
        See `ecoopt.core.method.Method`.
    window_min : int
        Look-back window for gaps.
    swarm_size : int
        Particles per function.
    dynamic : bool
        Without it (an ablation) swarms perceive no change: constant inertia and pulls, velocities that live on.
    adjust : bool
        Without it (an ablation) containers that do not fit into a pool are dropped in order of function.
    """
    settings = PsoSettings.published(swarm_size=swarm_size)
    if not dynamic:
        settings = PsoSettings.published(
            swarm_size=swarm_size, scattered_share=0.0, inertia_max=0.5, pull_min=1.0, velocities="kept")
    return _online(instance, run, start, lambda tariff: Swarms(tariff, settings, window_min, seed), adjust=adjust)


def ecolife_exact(
    instance: KeepAliveInstance, run: Run, *, seed: int = 0, start: Start = None, window_min: WindowMin = 20,
    adjust: bool = True,
) -> Outcome:
    """Run EcoLife with its fitness minimised exactly; options as in `ecolife`."""
    return _online(instance, run, start, lambda tariff: ExactFitness(tariff, window_min), adjust=adjust)


def eco_new(
    instance: KeepAliveInstance, run: Run, *, seed: int = 0, start: Start = None, window_min: WindowMin = 20
) -> Outcome:
    """Run `ecolife_exact` with the last generation alone."""
    newest = len(instance.generations) - 1
    return _online(instance, run, start, lambda tariff: ExactFitness(tariff, window_min), only=newest)


def eco_old(
    instance: KeepAliveInstance, run: Run, *, seed: int = 0, start: Start = None, window_min: WindowMin = 20
) -> Outcome:
    """Run `ecolife_exact` with the first generation alone."""
    return _online(instance, run, start, lambda tariff: ExactFitness(tariff, window_min), only=0)


def fixed(
    instance: KeepAliveInstance, run: Run, *, seed: int = 0, start: Start = None, minutes: Minutes = 10,
    generation: str | int = "new",
) -> Outcome:
    """Keep every container for the same time on one generation; calls run wherever placement is best.

    Parameters
    ----------
    instance, run, seed, start
        See `ecoopt.core.method.Method`.
    minutes : int
        Keep-alive time; the longest on the instance's menu if that is shorter.
    generation : str or int
        Name or number of a generation, ``"old"`` for the first or ``"new"`` for the last.

    Raises
    ------
    InputError
        For a generation that the instance does not have.
    """
    where, capped = _generation(instance, generation), min(minutes, instance.max_keep_min)
    return _online(instance, run, start, lambda tariff: FixedTime(tariff, capped, where))


def new_only(
    instance: KeepAliveInstance, run: Run, *, seed: int = 0, start: Start = None, minutes: Minutes = 10
) -> Outcome:
    """Run and keep everything on the last generation, for `minutes` or the longest time on the menu if shorter."""
    newest = len(instance.generations) - 1
    capped = min(minutes, instance.max_keep_min)
    return _online(instance, run, start, lambda tariff: FixedTime(tariff, capped, 0), only=newest)


def old_only(
    instance: KeepAliveInstance, run: Run, *, seed: int = 0, start: Start = None, minutes: Minutes = 10
) -> Outcome:
    """Run and keep everything on the first generation, for `minutes` or the longest time on the menu if shorter."""
    capped = min(minutes, instance.max_keep_min)
    return _online(instance, run, start, lambda tariff: FixedTime(tariff, capped, 0), only=0)


def no_keep(instance: KeepAliveInstance, run: Run, *, seed: int = 0, start: Start = None) -> Outcome:
    """Keep nothing: every call starts cold on the generation of the best score."""
    return _online(instance, run, start, lambda tariff: FixedTime(tariff, 0, 0))


def histogram(
    instance: KeepAliveInstance, run: Run, *, seed: int = 0, start: Start = None, head: Percentile = 5.0,
    tail: Percentile = 99.0, cv: NonNegative = 2.0, out_of_bounds: Share = 0.5, margin: Share = 0.1,
    standard_min: Minutes = 10,
) -> Outcome:
    """Run Azure's hybrid histogram policy; the options are those of `HybridHistogram`."""
    def policy(tariff: Tariff) -> Policy:
        return HybridHistogram(tariff, head, tail, cv, out_of_bounds, margin, standard_min)

    return _online(instance, run, start, policy)


def expected(
    instance: KeepAliveInstance, run: Run, *, seed: int = 0, start: Start = None, prior: NonNegative = 1.0,
    choose_containers: bool = False,
) -> Outcome:
    """Minimise the correctly specified expected cost; the options are those of `ExpectedCost`."""
    return _online(instance, run, start, lambda tariff: ExpectedCost(tariff, prior, choose_containers))


def price_directed(
    instance: KeepAliveInstance, run: Run, *, seed: int = 0, start: Start = None, prior: NonNegative = 1.0,
    choose_containers: bool = True, step: NonNegative = 0.05, smoothing: Share = 0.3, target: NonNegative = 1.1,
) -> Outcome:
    """Minimise expected cost with learnt memory prices; the options are those of `PriceDirected`."""
    def policy(tariff: Tariff) -> Policy:
        return PriceDirected(tariff, prior, choose_containers, step=step, smoothing=smoothing, target=target)

    return _online(instance, run, start, policy)


def _online(
    instance: KeepAliveInstance, run: Run, start: Start, make: Callable[[Tariff], Policy], *, adjust: bool = True,
    only: int | None = None,
) -> Outcome:
    """Walk through the instance with a new policy, with one generation `only` if so asked, and close the run."""
    if start is not None:
        run.offer(schedule_cost(instance, start).objective, start)
    seen = instance if only is None else _with_one_generation(instance, only)
    tariff = Tariff(seen)
    schedule, details = walk(seen, make(tariff), tariff, run, adjust=adjust)
    if only is not None:
        schedule = _among_all(schedule, only, len(instance.generations))
    cost = schedule_cost(instance, schedule)
    run.offer(cost.objective, schedule)
    return run.outcome(None, None, **details, policy_objective=cost.objective)


def _with_one_generation(instance: KeepAliveInstance, s: int) -> KeepAliveInstance:
    """Return the instance with generation `s` alone."""
    tables = {name: getattr(instance.profiles, name)[:, [s]] for name in (
        "warm_s", "cold_start_s", "warm_cpu_j", "warm_dram_j", "cold_start_cpu_j", "cold_start_dram_j")}
    alone: KeepAliveInstance = instance.replace(
        generations=(instance.generations[s],), pool_memory_gb=instance.pool_memory_gb[[s]],
        profiles=instance.profiles.replace(**tables))
    return alone


def _among_all(schedule: KeepAliveSchedule, s: int, generations: int) -> KeepAliveSchedule:
    """Return a schedule for one generation as a schedule for all of them."""
    runs = np.zeros((len(schedule.runs), generations), np.int32)
    runs[:, s] = schedule.runs[:, 0]
    wide: KeepAliveSchedule = schedule.replace(runs=runs, keep_generation=np.full_like(schedule.keep_generation, s))
    return wide


def _generation(instance: KeepAliveInstance, generation: str | int) -> int:
    names = [box.name for box in instance.generations]
    known = {"old": 0, "new": len(names) - 1} | {str(s): s for s in range(len(names))}
    known |= {name: s for s, name in enumerate(names)}
    if str(generation) not in known:
        raise InputError.one("options of fixed", "generation", f"{generation!r} is none of the instance's",
                             f"give old, new, a number or one of {', '.join(names)}")
    return known[str(generation)]
