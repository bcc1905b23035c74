"""Thresholds of an oversubscribed row of servers: instance, schedule, generator, and tables of losses and trips."""

from ecoopt.instances.power_cap_thresholds.generate import generate
from ecoopt.instances.power_cap_thresholds.schedule import PowerCapThresholdsSchedule
from ecoopt.instances.power_cap_thresholds.schema import ROUNDING, PowerCapThresholdsInstance

Instance = PowerCapThresholdsInstance
Schedule = PowerCapThresholdsSchedule

__all__ = ["ROUNDING", "Instance", "PowerCapThresholdsInstance", "PowerCapThresholdsSchedule", "Schedule", "generate"]
