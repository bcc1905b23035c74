"""Power caps under test: tiny random instances, an optimum by enumeration, schedules right and wrong."""

from ecoopt.testing.power_cap.oracle import enumerated_optimum
from ecoopt.testing.power_cap.plain import score_plainly
from ecoopt.testing.power_cap.strategies import power_cap_instances, power_cap_schedules, random_power_cap

__all__ = [
    "enumerated_optimum", "power_cap_instances", "power_cap_schedules", "random_power_cap", "score_plainly",
]
