"""Node mixes under test: tiny random instances, and their optimum by trying all counts before the referee."""

from ecoopt.testing.node_mix.oracle import best_by_referee
from ecoopt.testing.node_mix.strategies import node_mix_instances

__all__ = ["best_by_referee", "node_mix_instances"]
