"""How many devices: capacities by speed, the least number that memory allows, and a scan over numbers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.instances.graph_partition.schedule import GraphPartitionSchedule
from ecoopt.instances.graph_partition.schema import GraphPartitionInstance


@dataclass(frozen=True)
class DeviceCount:
    """What a number of devices gives.

    Parameters
    ----------
    devices : int
        The number K.
    epoch_s : float
        Time of an epoch: most load / speed, and synchronisation.
    kept_share : float
        Share of the co-engagement weight that is kept.
    schedule : GraphPartitionSchedule, optional
        The partition; None where none was found, with infinite time and share 0.
    """

    devices: int
    epoch_s: float
    kept_share: float
    schedule: GraphPartitionSchedule | None


def balanced_capacity(load: FloatArray, speed: FloatArray, slack: float) -> FloatArray:
    """Return (1 + slack) times each device's share of the load by its speed, float array [K]."""
    capacity: FloatArray = (1 + slack) * load.sum() * speed / speed.sum()
    return capacity


def least_devices(instance: GraphPartitionInstance) -> int:
    """Return the least number of devices, all like the first, whose memory holds the graph with all concepts on each.

    ``K >= ceil((F n + B L + B m) / (M - F J))``; 1 where there is no memory limit.

    Raises
    ------
    InputError
        When the concepts alone fill a device.
    """
    if (memory := instance.memory) is None:
        return 1
    free_gb = float(memory.device_gb[0]) - memory.node_gb * instance.concepts
    needed_gb = memory.node_gb * instance.entities + memory.edge_gb * (instance.links + instance.edges)
    if free_gb <= 0 < needed_gb:
        raise InputError.one("least_devices", "memory", "the concepts alone fill a device",
                             "use larger devices, or replication 'selective'")
    return max(1, int(np.ceil(needed_gb / free_gb * (1 - 1e-12)))) if needed_gb else 1


def scan_devices(
    instance: GraphPartitionInstance, numbers: Iterable[int], slack: float,
    partition: Callable[[GraphPartitionInstance], GraphPartitionSchedule | None],
) -> tuple[DeviceCount, ...]:
    """Return what each number of devices gives; more devices are quicker and keep less.

    Parameters
    ----------
    instance : GraphPartitionInstance
        The graph; its devices are replaced by K like the first. Forced and forbidden pairs must name none beyond.
    numbers : iterable of int
        The numbers K.
    slack : float
        Capacities are (1 + slack) times the mean load.
    partition : callable
        Finds a schedule of an instance, None where it finds none; as in
        ``lambda instance: ecoopt.solve(instance, "multilevel").schedule``.

    Raises
    ------
    InputError
        When a number of devices is not possible for the instance.
    """
    found = []
    for number in numbers:
        speed = np.full(number, instance.speed[0])
        changes: dict[str, object] = {"speed": speed, "capacity": balanced_capacity(instance.load, speed, slack)}
        if instance.memory is not None:
            changes["memory"] = instance.memory.replace(device_gb=np.full(number, instance.memory.device_gb[0]))
        sized: GraphPartitionInstance = GraphPartitionInstance.from_content(
            {name: getattr(instance, name) for name in GraphPartitionInstance.model_fields} | changes,
            f"scan_devices, {number} devices")
        schedule = partition(sized)
        found.append(_outcome(sized, schedule))
    return tuple(found)


def synchronisation_s(instance: GraphPartitionInstance, shared: float = 1.0) -> float:
    """Return the seconds that a ring all-reduce takes: 2 (K - 1) / K times the size over the bandwidth.

    Parameters
    ----------
    shared : float
        Share of the state that several devices have.
    """
    if instance.synchronisation is None:
        return 0.0
    sync = instance.synchronisation
    return 2 * (instance.devices - 1) / instance.devices * shared * sync.exchanged_gb / sync.bandwidth_gb_per_s


def _outcome(instance: GraphPartitionInstance, schedule: GraphPartitionSchedule | None) -> DeviceCount:
    """Return the figures of a partition; the first epoch's where there are several."""
    if schedule is None:
        return DeviceCount(instance.devices, float("inf"), 0.0, None)
    home = schedule.home[0]
    busy_s = np.bincount(home, instance.load, instance.devices) / instance.speed
    kept = float(instance.edge_weight[home[instance.edge_u] == home[instance.edge_v]].sum())
    return DeviceCount(instance.devices, float(busy_s.max()) + synchronisation_s(instance),
                       kept / instance.total_weight if instance.edges else 1.0, schedule)
