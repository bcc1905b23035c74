"""Configurations under test: tiny random instances, any schedules of them, and optima by enumeration."""

from ecoopt.testing.llm_config.oracle import best_by_enumeration, frontier_by_enumeration
from ecoopt.testing.llm_config.strategies import llm_config_instances, llm_config_schedules

__all__ = ["best_by_enumeration", "frontier_by_enumeration", "llm_config_instances", "llm_config_schedules"]
