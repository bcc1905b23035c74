"""Sharing GPUs by MIG at one moment: instance, schedule, generator, reader, classes of jobs and the decoder."""

from ecoopt.instances.mig_partition.classes import JobClasses, Slots, job_classes, slots
from ecoopt.instances.mig_partition.decode import Cuts, Placed, cuts_for_counts, cuts_of, fill, joined, slot_of_job
from ecoopt.instances.mig_partition.generate import generate
from ecoopt.instances.mig_partition.importing import READERS
from ecoopt.instances.mig_partition.residency import Residency, residency
from ecoopt.instances.mig_partition.schedule import MigPartitionSchedule
from ecoopt.instances.mig_partition.schema import GpuBlock, MigPartitionInstance, Running
from ecoopt.instances.mig_partition.worth import disturbance_cost, gained, schedule_worth

Instance = MigPartitionInstance
Schedule = MigPartitionSchedule

__all__ = [
    "READERS", "Cuts", "GpuBlock", "Instance", "JobClasses", "MigPartitionInstance", "MigPartitionSchedule", "Placed",
    "Residency", "Running", "Schedule", "Slots", "cuts_for_counts", "cuts_of", "disturbance_cost", "fill", "gained",
    "generate", "job_classes", "joined", "residency", "schedule_worth", "slot_of_job", "slots",
]
