"""Phase splits under test: tiny random instances, and their optimum by trying all machines before the referee."""

from ecoopt.testing.phase_split.oracle import best_by_referee
from ecoopt.testing.phase_split.strategies import phase_split_instances

__all__ = ["best_by_referee", "phase_split_instances"]
