"""Graphs cut for several devices: instance, schedule, generator, readers, and what follows from an instance."""

from ecoopt.instances.graph_partition.adjacency import Adjacency, adjacency
from ecoopt.instances.graph_partition.devices import DeviceCount, balanced_capacity, least_devices, scan_devices
from ecoopt.instances.graph_partition.edges import merged_edges
from ecoopt.instances.graph_partition.from_networkx import from_networkx
from ecoopt.instances.graph_partition.generate import generate
from ecoopt.instances.graph_partition.importing import READERS, read_edge_list
from ecoopt.instances.graph_partition.reference import read_reference
from ecoopt.instances.graph_partition.resources import Resources, resources
from ecoopt.instances.graph_partition.schedule import GraphPartitionSchedule
from ecoopt.instances.graph_partition.schema import SLACK, GraphPartitionInstance, Memory, Synchronisation
from ecoopt.instances.graph_partition.shortage import shortages

Instance = GraphPartitionInstance
Schedule = GraphPartitionSchedule

__all__ = [
    "READERS", "SLACK", "Adjacency", "DeviceCount", "GraphPartitionInstance", "GraphPartitionSchedule", "Instance",
    "Memory", "Resources", "Schedule", "Synchronisation", "adjacency", "balanced_capacity", "from_networkx", "generate",
    "least_devices", "merged_edges", "read_edge_list", "read_reference", "resources", "scan_devices", "shortages"]
