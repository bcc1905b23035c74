"""Admission under KV-cache memory: instance, schedule, generator, readers, and what a stretch takes."""

from ecoopt.instances.kv_admission.generate import generate
from ecoopt.instances.kv_admission.importing import READERS
from ecoopt.instances.kv_admission.schedule import KvAdmissionSchedule
from ecoopt.instances.kv_admission.schema import Energy, Fairness, KvAdmissionInstance

Instance = KvAdmissionInstance
Schedule = KvAdmissionSchedule

__all__ = [
    "READERS", "Energy", "Fairness", "Instance", "KvAdmissionInstance", "KvAdmissionSchedule", "Schedule", "generate"]
