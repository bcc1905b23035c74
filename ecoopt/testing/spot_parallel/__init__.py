"""Spot fleets under test: tiny random instances, their schedules, a plain judge and an optimum by trying all."""

from ecoopt.testing.spot_parallel.plain import best_by_enumeration, judge_plainly
from ecoopt.testing.spot_parallel.strategies import spot_parallel_instances, spot_parallel_schedules

__all__ = ["best_by_enumeration", "judge_plainly", "spot_parallel_instances", "spot_parallel_schedules"]
