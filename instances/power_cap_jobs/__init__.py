"""Jobs under power caps on a shared cluster: instance, schedule, generator, and the options of each job."""

from ecoopt.instances.power_cap_jobs.generate import generate
from ecoopt.instances.power_cap_jobs.schedule import PowerCapJobsSchedule
from ecoopt.instances.power_cap_jobs.schema import ROUNDING_SLOTS, PowerCapJobsInstance

Instance = PowerCapJobsInstance
Schedule = PowerCapJobsSchedule

__all__ = ["ROUNDING_SLOTS", "Instance", "PowerCapJobsInstance", "PowerCapJobsSchedule", "Schedule", "generate"]
