"""MIG snapshots under test: tiny random instances, and optima by enumeration."""

from ecoopt.testing.mig_partition.oracle import enumerate_optimum
from ecoopt.testing.mig_partition.strategies import mig_partition_instances

__all__ = ["enumerate_optimum", "mig_partition_instances"]
