"""Keep-alive under test: tiny random instances and schedules, a replay in plain Python, and optima by enumeration."""

from ecoopt.testing.keepalive.oracle import enumerate_optimum, enumeration_size
from ecoopt.testing.keepalive.plain import PlainScore, replay_plainly
from ecoopt.testing.keepalive.schedules import keepalive_schedules
from ecoopt.testing.keepalive.strategies import keepalive_instances

__all__ = [
    "PlainScore", "enumerate_optimum", "enumeration_size", "keepalive_instances", "keepalive_schedules",
    "replay_plainly"]
