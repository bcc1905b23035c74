"""A cluster of MIG GPUs over time: instance, schedule, generator, the published run, and a reader of MISO's traces."""

from ecoopt.instances.mig_cluster.generate import generate
from ecoopt.instances.mig_cluster.importing import READERS
from ecoopt.instances.mig_cluster.published import PUBLISHED_WORK_S, published_instance
from ecoopt.instances.mig_cluster.schedule import MigClusterSchedule
from ecoopt.instances.mig_cluster.schema import MigClusterInstance, SpeedTable

Instance = MigClusterInstance
Schedule = MigClusterSchedule

__all__ = [
    "PUBLISHED_WORK_S", "READERS", "Instance", "MigClusterInstance", "MigClusterSchedule", "Schedule", "SpeedTable",
    "generate", "published_instance"]
