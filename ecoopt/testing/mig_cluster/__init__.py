"""A MIG cluster under test: tiny random instances, their schedules, and a replay in plain Python."""

from ecoopt.testing.mig_cluster.plain import replay_plainly
from ecoopt.testing.mig_cluster.strategies import mig_cluster_instances, mig_cluster_schedules

__all__ = ["mig_cluster_instances", "mig_cluster_schedules", "replay_plainly"]
