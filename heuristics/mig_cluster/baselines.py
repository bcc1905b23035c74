"""MISO's four policies in the authors' own loop: NoPart, OptSta, MISO and Oracle (SoCC'22, arXiv:2207.11428)."""

from functools import partial
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.mig_cluster.cluster import Cluster
from ecoopt.heuristics.mig_cluster.controller import run_controller
from ecoopt.heuristics.mig_cluster.perception import Predictor, believed_slowdown, true_slowdown
from ecoopt.heuristics.mig_cluster.simulation import Simulator, offer_start
from ecoopt.heuristics.mig_cluster.static import run_static
from ecoopt.instances.mig import maximal_layouts
from ecoopt.instances.mig_cluster import MigClusterInstance, MigClusterSchedule

Step: TypeAlias = Annotated[float, Field(ge=0, le=3600)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]


def nopart(
    instance: MigClusterInstance, run: Run, *, seed: int, start: MigClusterSchedule | None, step_s: Step = 1.0,
) -> Outcome:
    """Give each job a whole GPU, first come first served.

    Parameters
    ----------
    step_s : float
        Time between two rounds of the loop, at which arrivals and completions are seen; 0 sees them at once.
    """
    offer_start(instance, run, start)
    simulator, whole = Simulator(instance), instance.whole
    assert whole is not None
    simulator.offer(run, partial(_static, simulator, np.array([whole]), np.zeros(1, dtype=np.int64), step_s))
    return run.outcome()


def optsta(
    instance: MigClusterInstance, run: Run, *, seed: int, start: MigClusterSchedule | None, layout: str = "best",
    step_s: Step = 1.0,
) -> Outcome:
    """Cut every GPU alike and for good; jobs move up to larger instances that fall idle.

    An iteration is a simulation of one layout. It sees all jobs before it decides, as the authors' search did.

    Parameters
    ----------
    layout : str
        ``"best"`` tries one maximal layout of each kind, and keeps the best; ``"3-2-2"`` uses that one, by compute
        slices. Their scripts have 3-2-2.
    step_s : float
        As for `nopart`.
    """
    offer_start(instance, run, start)
    simulator = Simulator(instance)
    candidates = _layouts(instance, simulator)
    if layout != "best":
        if layout not in candidates:
            raise InputError.one("options of optsta", "layout", f"{layout!r} is no layout that holds every job",
                                 f"use best or one of {', '.join(candidates)}")
        candidates = {layout: candidates[layout]}
    values: dict[str, float] = {}
    for name, (profile, first) in candidates.items():
        values[name] = simulator.offer(run, partial(_static, simulator, profile, first, step_s))
        if run.stop() is not None:
            break
    return run.outcome(layouts=values)


def miso(
    instance: MigClusterInstance, run: Run, *, seed: int, start: MigClusterSchedule | None,
    predictor: Predictor = "noise", error_mean: Share = 0.016, error_sd: Share = 0.0032, alone: bool = True,
    step_s: Step = 1.0,
) -> Outcome:
    """Measure each newcomer on a shared GPU, predict speeds, cut that GPU for the least mean slowdown.

    Parameters
    ----------
    predictor : {"noise", "linear", "exact"}
        Error of the predicted times: as the authors draw it; as the linear model of `instances.mig_cluster.predictor`
        leaves it; none.
    error_mean, error_sd : float
        Of the authors' error, a normal variate with a random sign on times relative to the longest (``noise``).
    alone : bool
        Whether a newcomer is measured also on a GPU of its own: so in their simulator, not in their controller.
    step_s : float
        As for `nopart`.
    """
    offer_start(instance, run, start)
    simulator = Simulator(instance)
    slowdown = believed_slowdown(instance, predictor, error_mean, error_sd, np.random.default_rng(seed))
    simulator.offer(run, partial(_controlled, simulator, slowdown, step_s, instance.profiling_s, alone))
    return run.outcome()


def oracle(
    instance: MigClusterInstance, run: Run, *, seed: int, start: MigClusterSchedule | None, step_s: Step = 1.0,
) -> Outcome:
    """MISO's loop with true speeds and no measuring.

    Parameters
    ----------
    step_s : float
        As for `nopart`.
    """
    offer_start(instance, run, start)
    simulator = Simulator(instance)
    simulator.offer(run, partial(_controlled, simulator, true_slowdown(instance), step_s, 0.0, False))
    return run.outcome()


def _static(simulator: Simulator, profile: IntArray, first: IntArray, step_s: float, cluster: Cluster) -> None:
    run_static(cluster, simulator.jobs, simulator.cuts.sizes, profile, first, step_s)


def _controlled(
    simulator: Simulator, slowdown: FloatArray, step_s: float, profiling_s: float, alone: bool, cluster: Cluster
) -> None:
    run_controller(cluster, simulator.jobs, simulator.cuts, slowdown, step_s, profiling_s,
                   simulator.instance.shared_rate, alone)


def _layouts(instance: MigClusterInstance, simulator: Simulator) -> dict[str, tuple[IntArray, IntArray]]:
    """Return profiles and starts, largest first, of one maximal layout of each kind that can run every job."""
    found: dict[str, tuple[IntArray, IntArray]] = {}
    sizes = simulator.cuts.sizes
    for layout in maximal_layouts(instance.geometry):
        placed = sorted(layout, key=lambda placement: -sizes[placement.profile])
        profile = np.array([placement.profile for placement in placed], dtype=np.int64)
        name = "-".join(str(sizes[index]) for index in profile)
        if name not in found and (simulator.jobs.speed[:, profile].max(axis=1) > 0).all():
            found[name] = (profile, np.array([placement.start for placement in placed], dtype=np.int64))
    return found
