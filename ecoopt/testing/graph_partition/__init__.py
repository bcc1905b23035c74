"""Graph partition under test: tiny random instances, and optima by enumeration."""

from ecoopt.testing.graph_partition.enumeration import enumerate_optimum
from ecoopt.testing.graph_partition.strategies import graph_partition_instances, graph_partition_schedules

__all__ = ["enumerate_optimum", "graph_partition_instances", "graph_partition_schedules"]
