"""MIG serving under test: tiny random instances, and optima by enumeration in plain Python."""

from ecoopt.testing.mig_serving.oracle import enumerate_optimum
from ecoopt.testing.mig_serving.routing import least_cost
from ecoopt.testing.mig_serving.strategies import mig_serving_instances

__all__ = ["enumerate_optimum", "least_cost", "mig_serving_instances"]
