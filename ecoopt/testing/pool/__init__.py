"""Pools under test: tiny random instances, their schedules, and an optimum by enumeration."""

from ecoopt.testing.pool.oracle import best_by_enumeration
from ecoopt.testing.pool.strategies import pool_instances, pool_schedules

__all__ = ["best_by_enumeration", "pool_instances", "pool_schedules"]
