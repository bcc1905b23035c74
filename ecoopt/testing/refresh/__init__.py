"""Hardware refresh under test: tiny random instances, schedules of any kind, and optima by enumeration."""

from ecoopt.testing.refresh.plain import plain_optimum, plain_score
from ecoopt.testing.refresh.strategies import refresh_instances, refresh_schedules

__all__ = ["plain_optimum", "plain_score", "refresh_instances", "refresh_schedules"]
