"""Pools of rented machines (KAIROS, Ribbon): instance, schedule, generator, readers."""

from ecoopt.instances.pool.generate import generate
from ecoopt.instances.pool.importing import READERS
from ecoopt.instances.pool.schedule import PoolSchedule, Rented, Routing
from ecoopt.instances.pool.schema import InstanceType, PoolInstance, ServedModel, Trials

Instance, Schedule = PoolInstance, PoolSchedule

__all__ = [
    "READERS", "Instance", "InstanceType", "PoolInstance", "PoolSchedule", "Rented", "Routing", "Schedule",
    "ServedModel", "Trials", "generate"]
