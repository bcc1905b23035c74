"""A simulation from tables to what a run keeps: room for its stretches, its objective, its schedule."""

from collections.abc import Callable

import numpy as np

from ecoopt.core.run import Run
from ecoopt.heuristics.mig_cluster.cluster import Cluster, empty_cluster, schedule_of
from ecoopt.heuristics.mig_cluster.tables import Cuts, Jobs, cuts_of, jobs_of
from ecoopt.instances.mig_cluster import MigClusterInstance, MigClusterSchedule


class Simulator:
    """Simulates one instance under any policy.

    Parameters
    ----------
    instance : MigClusterInstance
        What is asked.
    """

    def __init__(self, instance: MigClusterInstance) -> None:
        self.instance = instance
        self.jobs: Jobs = jobs_of(instance)
        self.cuts: Cuts = cuts_of(instance.geometry)
        self.most = int(self.cuts.counts.sum(axis=1).max()) + 1
        self._rows: int | None = None

    def simulate(self, policy: Callable[[Cluster], None]) -> Cluster:
        """Return the cluster after the last completion; `policy` runs it there.

        A policy may be run twice, with more room for its stretches, so it must do the same each time.
        """
        while True:
            cluster = empty_cluster(self.jobs, self.instance.gpus, self.most, self._rows)
            policy(cluster)
            if cluster.written[0] <= len(cluster.rows):
                return cluster
            self._rows = 2 * int(cluster.written[0])

    def objective(self, cluster: Cluster) -> float:
        """Return the mean completion time of a finished simulation in seconds."""
        return float(np.mean(cluster.done_s - self.instance.arrival_s))

    def schedule(self, cluster: Cluster) -> MigClusterSchedule:
        """Return the schedule of a finished simulation."""
        return schedule_of(cluster)

    def offer(self, run: Run, policy: Callable[[Cluster], None]) -> float:
        """Simulate a policy as one iteration of a run, offer its schedule and return its objective."""
        cluster = self.simulate(policy)
        value = self.objective(cluster)
        run.tick(1, 1)
        run.offer(value, lambda: self.schedule(cluster))
        return value


def offer_start(instance: MigClusterInstance, run: Run, start: MigClusterSchedule | None) -> None:
    """Offer a run the feasible schedule it was given."""
    if start is not None:
        done_s = instance.arrival_s.copy()
        np.maximum.at(done_s, start.job, start.end_s)
        run.offer(float(np.mean(done_s - instance.arrival_s)), start)
