"""MIG serving: model variants on MIG slices, period by period: instance, schedule, generator and readers."""

from ecoopt.instances.mig_serving.catalogue import clover_services, clover_variants
from ecoopt.instances.mig_serving.generate import generate
from ecoopt.instances.mig_serving.importing import READERS
from ecoopt.instances.mig_serving.schedule import MigServingSchedule
from ecoopt.instances.mig_serving.schema import MigServingInstance, Service

Instance = MigServingInstance
Schedule = MigServingSchedule

__all__ = [
    "READERS", "Instance", "MigServingInstance", "MigServingSchedule", "Schedule", "Service", "clover_services",
    "clover_variants", "generate",
]
