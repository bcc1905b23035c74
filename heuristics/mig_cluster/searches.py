"""Methods on top of snapshots: one online, and three that search the weights they go by, seeing all jobs."""

from functools import partial
from itertools import product
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, minimise
from ecoopt.heuristics.mig_cluster.cluster import Cluster
from ecoopt.heuristics.mig_cluster.simulation import Simulator, offer_start
from ecoopt.heuristics.mig_cluster.snapshot import Taste, empty_plan, empty_queue, run_snapshots
from ecoopt.instances.mig_cluster import MigClusterInstance, MigClusterSchedule

POWER, HORIZON_S, WAITING = 0.35, 40.0, 32
POWERS, HORIZONS_S = (POWER, 0.2, 0.5, 0.75, 1.0), (HORIZON_S, 20.0, 80.0)

Power: TypeAlias = Annotated[float, Field(ge=0, le=4)]
Seconds: TypeAlias = Annotated[float, Field(gt=0, le=1e6)]
Count: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]

_SPREAD = 2.0
_STEP, _MOST_CHANGED = 0.5, 4


def snapshot(
    instance: MigClusterInstance, run: Run, *, seed: int, start: MigClusterSchedule | None, power: Power = POWER,
    horizon_s: Seconds = HORIZON_S, waiting: Count = WAITING, everywhere: bool = False,
) -> Outcome:
    """Place all jobs present anew at every arrival and completion, as far as that pays for the moves.

    Knows of jobs that have arrived, and of these the work left. Nothing is drawn at random.

    Parameters
    ----------
    power : float
        A job weighs its work left to minus this power: 0 asks for throughput and needs no runtimes, 1 weighs by the
        share of its work.
    horizon_s : float
        Seconds that a placement is judged by; the longer, the more moves pay.
    waiting : int
        Most waiting jobs looked at, the heaviest.
    everywhere : bool
        Whether every GPU is looked at, not only those an event touches.
    """
    offer_start(instance, run, start)
    taste = Taste(np.ones(instance.jobs), power, horizon_s, waiting, everywhere)
    Tasting(instance).offer(run, taste)
    return run.outcome()


def greedy(instance: MigClusterInstance, run: Run, *, seed: int, start: MigClusterSchedule | None) -> Outcome:
    """Take the best of fifteen snapshot rules, by how they weigh short jobs and how far they look.

    An iteration is a simulation. Nothing is drawn at random.
    """
    offer_start(instance, run, start)
    _best_rule(Tasting(instance), run)
    return run.outcome()


def local_search(
    instance: MigClusterInstance, run: Run, *, seed: int, start: MigClusterSchedule | None, patience: Count = 400,
) -> Outcome:
    """Change the weights of a few jobs at a time, and keep what is no worse.

    From the best of the greedy's rules on, each iteration multiplies the factors of up to four jobs, drawn at random,
    by lognormal numbers, and simulates.

    Parameters
    ----------
    patience : int
        Iterations in a row without gain that end the search.
    """
    offer_start(instance, run, start)
    rng, tasting = np.random.default_rng(seed), Tasting(instance)
    value, taste = _best_rule(tasting, run)
    idle, termination = 0, run.stop()
    while termination is None and idle < patience:
        factor = taste.factor.copy()
        changed = rng.integers(0, instance.jobs, rng.integers(1, _MOST_CHANGED + 1))
        factor[changed] *= np.exp(_STEP * rng.standard_normal(len(changed)))
        trial = taste._replace(factor=factor)
        found = tasting.offer(run, trial)
        idle = 0 if found < value else idle + 1
        if found <= value:
            value, taste = found, trial
        termination = run.stop()
    return run.outcome(termination or Termination.STALLED)


def pso(
    instance: MigClusterInstance, run: Run, *, seed: int, start: MigClusterSchedule | None, swarm_size: Count = 20,
    patience: Count = 60,
) -> Outcome:
    """Search the factors of all jobs' weights with the extended swarm; each position is one simulation.

    The rule is the snapshot's, the logarithms of the factors are the dimensions, in -2..2, and the first particle
    begins at 0.

    Parameters
    ----------
    swarm_size : int
        Number of particles.
    patience : int
        Iterations in a row without improvement that end the search.
    """
    offer_start(instance, run, start)
    tasting, limit = Tasting(instance), np.full(instance.jobs, _SPREAD)
    minimise(tasting.values, SearchSpace(-limit, limit), rng=np.random.default_rng(seed), run=run,
             settings=PsoSettings.constricted(swarm_size=swarm_size), decode=tasting.schedule,
             start=np.zeros((1, instance.jobs)), patience=patience)
    return run.outcome()


class Tasting:
    """Simulations of one instance under different tastes.

    Parameters
    ----------
    instance : MigClusterInstance
        What is asked.
    """

    def __init__(self, instance: MigClusterInstance) -> None:
        self.simulator = Simulator(instance)
        self.plain = Taste(np.ones(instance.jobs), POWER, HORIZON_S, WAITING, False)

    def offer(self, run: Run, taste: Taste) -> float:
        """Simulate a taste as one iteration of a run, and return its objective."""
        return self.simulator.offer(run, partial(self._run, taste))

    def values(self, positions: FloatArray) -> FloatArray:
        """Return the objective of rows of logarithms of factors, float array [rows]."""
        return np.array([self.simulator.objective(self._at(row)) for row in positions])

    def schedule(self, position: FloatArray) -> MigClusterSchedule:
        """Return the schedule of a row of logarithms of factors."""
        return self.simulator.schedule(self._at(position))

    def cluster(self, taste: Taste) -> Cluster:
        """Return the cluster after a simulation of a taste."""
        return self.simulator.simulate(partial(self._run, taste))

    def _at(self, position: FloatArray) -> Cluster:
        return self.cluster(self.plain._replace(factor=np.exp(position)))

    def _run(self, taste: Taste, cluster: Cluster) -> None:
        run_snapshots(cluster, self.simulator.jobs, self.simulator.cuts, taste, empty_plan(cluster),
                      empty_queue(cluster))


def _best_rule(tasting: Tasting, run: Run) -> tuple[float, Taste]:
    """Simulate rules until the run stops, at least one, and return the best value and its taste."""
    best: tuple[float, Taste] | None = None
    for horizon_s, power in product(HORIZONS_S, POWERS):
        taste = tasting.plain._replace(power=power, horizon_s=horizon_s)
        value = tasting.offer(run, taste)
        if best is None or value < best[0]:
            best = value, taste
        if run.stop() is not None:
            break
    assert best is not None
    return best
