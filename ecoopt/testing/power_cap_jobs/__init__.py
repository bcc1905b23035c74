"""Capped jobs under test: tiny random instances, their schedules, a plain judge and an optimum by enumeration."""

from ecoopt.testing.power_cap_jobs.oracle import best_by_enumeration, judge_plainly
from ecoopt.testing.power_cap_jobs.strategies import power_cap_jobs_instances, power_cap_jobs_schedules

__all__ = ["best_by_enumeration", "judge_plainly", "power_cap_jobs_instances", "power_cap_jobs_schedules"]
