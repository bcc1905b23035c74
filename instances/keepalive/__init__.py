"""Serverless keep-alive: instance, schedule, generator and readers."""

from ecoopt.instances.keepalive.catalogue import APPS, TRACE_ROWS, profiles_for
from ecoopt.instances.keepalive.from_trace import instance_from_trace
from ecoopt.instances.keepalive.generate import generate
from ecoopt.instances.keepalive.importing import READERS
from ecoopt.instances.keepalive.invocations import Invocations
from ecoopt.instances.keepalive.measured import measured_profiles
from ecoopt.instances.keepalive.pools import shared_pools_gb, warm_memory_gb
from ecoopt.instances.keepalive.readers import read_azure_2019, read_counts_npz, read_ecolife
from ecoopt.instances.keepalive.schedule import KeepAliveSchedule
from ecoopt.instances.keepalive.schema import FunctionProfiles, KeepAliveInstance, Weights
from ecoopt.instances.keepalive.statistics import TraceStatistics, trace_statistics
from ecoopt.instances.keepalive.trace import Trace

Instance = KeepAliveInstance
Schedule = KeepAliveSchedule

__all__ = [
    "APPS", "READERS", "TRACE_ROWS", "FunctionProfiles", "Instance", "Invocations", "KeepAliveInstance",
    "KeepAliveSchedule", "Schedule", "Trace",
    "TraceStatistics", "Weights", "generate", "instance_from_trace", "measured_profiles", "profiles_for",
    "read_azure_2019", "read_counts_npz", "read_ecolife", "shared_pools_gb", "trace_statistics", "warm_memory_gb",
]
