"""Node mix: how many nodes of which size, or parts of which kind: instance, schedule and generator."""

from ecoopt.instances.node_mix.generate import generate
from ecoopt.instances.node_mix.schedule import NodeMixSchedule
from ecoopt.instances.node_mix.schema import NodeMixInstance
from ecoopt.instances.node_mix.tables import TOLERANCE, MixTables, counts_needed, keeps_rules, mix_kg, mix_tables

Instance = NodeMixInstance
Schedule = NodeMixSchedule

__all__ = [
    "TOLERANCE", "Instance", "MixTables", "NodeMixInstance", "NodeMixSchedule", "Schedule", "counts_needed", "generate",
    "keeps_rules", "mix_kg",
    "mix_tables"]
