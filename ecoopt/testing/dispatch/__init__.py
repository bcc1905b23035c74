"""Dispatch under test: tiny random instances, their schedules, a plain judge and an optimum by enumeration."""

from ecoopt.testing.dispatch.oracle import best_by_enumeration
from ecoopt.testing.dispatch.plain import judge_plainly
from ecoopt.testing.dispatch.strategies import dispatch_instances, dispatch_schedules

__all__ = ["best_by_enumeration", "dispatch_instances", "dispatch_schedules", "judge_plainly"]
