"""Generation directives under test: tiny random instances, schedules of any kind, and optima found plainly."""

from ecoopt.testing.directives.plain import plain_optimum, plain_score
from ecoopt.testing.directives.strategies import directives_instances, directives_schedules

__all__ = ["directives_instances", "directives_schedules", "plain_optimum", "plain_score"]
