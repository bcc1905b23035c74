"""Shifting under test: tiny random instances, their schedules, optima and charges written out in plain Python."""

from ecoopt.testing.shifting.oracle import Option, best_schedule, charge_plainly, job_options
from ecoopt.testing.shifting.strategies import shifting_instances, shifting_schedules

__all__ = ["Option", "best_schedule", "charge_plainly", "job_options", "shifting_instances", "shifting_schedules"]
