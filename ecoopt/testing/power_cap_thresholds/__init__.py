"""Thresholds under test: tiny random rows, their schedules, a plain judge and an optimum by trying all."""

from ecoopt.testing.power_cap_thresholds.oracle import best_by_enumeration, judge_plainly
from ecoopt.testing.power_cap_thresholds.strategies import (
    power_cap_thresholds_instances,
    power_cap_thresholds_schedules,
)

__all__ = ["best_by_enumeration", "judge_plainly", "power_cap_thresholds_instances", "power_cap_thresholds_schedules"]
