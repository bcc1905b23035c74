"""Layer placements under test: tiny random instances, and their optimum by trying every placement."""

from ecoopt.testing.layer_placement.oracle import best_chain_plain, best_placement
from ecoopt.testing.layer_placement.strategies import layer_placement_instances, layer_placement_schedules

__all__ = ["best_chain_plain", "best_placement", "layer_placement_instances", "layer_placement_schedules"]
