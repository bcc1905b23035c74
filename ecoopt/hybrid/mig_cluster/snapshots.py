"""Snapshots by HiGHS: the simulation of `heuristics`, each event's placement from the integer program."""

from functools import partial
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.formulations.mig_cluster.snapshot_model import Choice, Present, best_snapshot
from ecoopt.heuristics.mig_cluster.cluster import Cluster
from ecoopt.heuristics.mig_cluster.searches import HORIZON_S, POWER, Count, Power, Seconds, Tasting
from ecoopt.heuristics.mig_cluster.simulation import Simulator, offer_start
from ecoopt.heuristics.mig_cluster.snapshot import (
    LEAST_LEFT_S,
    LEAST_SHARE,
    Plan,
    carry_out,
    empty_plan,
    empty_queue,
    next_event,
)
from ecoopt.instances.mig_cluster import MigClusterInstance, MigClusterSchedule

Nodes: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]


def snapshot_milp(
    instance: MigClusterInstance, run: Run, *, seed: int, start: MigClusterSchedule | None, power: Power = POWER,
    horizon_s: Seconds = HORIZON_S, waiting: Count = 16, nodes: Nodes = 50,
) -> Outcome:
    """Place all jobs present anew at every arrival and completion, by an integer program over the whole cluster.

    Knows of jobs that have arrived, and of these the work left. Where the budget ends first, the compiled snapshots
    have already given a schedule.

    Parameters
    ----------
    power, horizon_s
        As for `snapshot`.
    waiting : int
        Most waiting jobs in the program, the heaviest.
    nodes : int
        Most nodes of each program's search.
    """
    offer_start(instance, run, start)
    if run.budget.seconds is not None:
        tasting = Tasting(instance)
        cluster = tasting.cluster(tasting.plain._replace(power=power, horizon_s=horizon_s))
        run.offer(tasting.simulator.objective(cluster), lambda: tasting.simulator.schedule(cluster))
    simulator = Simulator(instance)
    cluster = simulator.simulate(partial(
        _run, run, simulator, power=power, horizon_s=horizon_s, waiting=waiting, nodes=nodes, seed=seed))
    run.tick(1, 1)
    if np.isfinite(cluster.done_s).all():
        run.offer(simulator.objective(cluster), lambda: simulator.schedule(cluster))
    return run.outcome()


def _run(
    run: Run, simulator: Simulator, c: Cluster, *, power: float, horizon_s: float, waiting: int, nodes: int, seed: int
) -> None:
    """Run all jobs to their end, or until the budget is spent."""
    instance, jobs, cuts = simulator.instance, simulator.jobs, simulator.cuts
    plan, queue = empty_plan(c), empty_queue(c)
    while queue.number[2] < instance.jobs and (queue.number[2] == 0 or run.stop() is None):
        now_s = next_event(c, jobs, queue)
        weight = np.maximum(c.left_s, LEAST_LEFT_S) ** -power
        worth = weight[:, None] * jobs.speed
        queued = queue.jobs[:queue.number[0]]
        heaviest = queued[np.argsort(-worth[queued].max(axis=1), kind="stable")[:waiting]]
        present = np.concatenate([np.flatnonzero(c.gpu >= 0), heaviest])
        asked = _present(c, simulator, present, worth[present], horizon_s, now_s)
        chosen = best_snapshot(instance.geometry, instance.gpus, asked, nodes=nodes, seed=seed)
        _write(plan, present, chosen)
        carry_out(c, jobs, cuts, plan, queue, now_s)


def _present(
    c: Cluster, simulator: Simulator, present: np.ndarray, worth: FloatArray, horizon_s: float, now_s: float
) -> Present:
    """Return what the jobs present are worth where they are and elsewhere."""
    gpu, profile = c.gpu[present], c.profile[present]
    ran = c.started[present] | ((gpu >= 0) & (c.begin_s[present] < now_s))
    moved_s = np.maximum(
        horizon_s - np.where(ran, simulator.jobs.overhead_s[present], 0.0), LEAST_SHARE * horizon_s)
    kept_s = np.maximum(horizon_s - np.maximum(c.resume_s[present] - now_s, 0.0), 2 * LEAST_SHARE * horizon_s)
    here = worth[np.arange(len(present)), np.maximum(profile, 0)]
    return Present(gpu, profile, np.where(gpu >= 0, here * kept_s, 0.0), worth * moved_s[:, None])


def _write(plan: Plan, present: np.ndarray, chosen: Choice) -> None:
    """Write a choice as a plan."""
    plan.held[:] = 0
    for job, gpu, profile in zip(present.tolist(), chosen.gpu.tolist(), chosen.profile.tolist(), strict=True):
        if gpu >= 0:
            at = plan.held[gpu]
            plan.jobs[gpu, at], plan.profile[gpu, at] = job, profile
            plan.held[gpu] = at + 1
