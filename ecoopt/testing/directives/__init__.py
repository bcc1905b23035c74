"""Generation directives under test: tiny random instances, schedules of any kind, and optima found plainly."""

from ecoopt.testing.directives.plain import plain_optimum, plain_score
from ecoopt.testing.directives.plain_fleet import plain_fleet_optimum
from ecoopt.testing.directives.strategies import directives_instances, directives_schedules

__all__ = ["directives_instances", "directives_schedules", "plain_fleet_optimum", "plain_optimum", "plain_score"]
