"""PairProblem: which nodes lie in the same part, some merged, some apart; devices that differ are nodes, too."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.graph_partition import GraphPartitionInstance, resources


@dataclass(frozen=True, eq=False)
class PairProblem:
    """Maximise ``constant + sum_{u < v} weight[u, v] Z[u, v]`` over partitions of N nodes into at most K parts.

    Z is 1 where two nodes lie in the same part. Where devices differ, the first K nodes are the devices themselves, no
    two in one part, and every other node lies in the part of one of them.

    Parameters
    ----------
    weight : float array [N, N]
        Symmetric, 0 on the diagonal.
    need : float array [N, D]
        What each node takes of each resource.
    room : float array [K, D]
        What each part has; rows are equal where devices are no nodes.
    anchors : int
        Number of nodes that are devices: K or 0.
    apart : int array [P, 2]
        Pairs that must not be in one part, the smaller node first.
    constant : float
        Weight within nodes.
    label : int array [N0]
        Node of each node of the problem at first.
    """

    weight: FloatArray
    need: FloatArray
    room: FloatArray
    anchors: int
    apart: IntArray
    constant: float
    label: IntArray

    @property
    def nodes(self) -> int:
        """Number of nodes N."""
        return len(self.weight)

    @property
    def parts(self) -> int:
        """Number of parts K."""
        return len(self.room)

    def merged(self, first: int, second: int) -> Self:
        """Return the problem with two nodes in the same part, which become one; the first is the smaller."""
        label = np.arange(self.nodes)
        label[second] = first
        label[label > second] -= 1
        return self.relabelled(label)

    def relabelled(self, label: IntArray) -> Self:
        """Return the problem with nodes of one label, int array [N], as one node."""
        groups = membership(label)
        weight = groups.T @ self.weight @ groups
        inner = float(np.trace(weight)) / 2
        np.fill_diagonal(weight, 0.0)
        apart = np.unique(np.sort(label[self.apart], axis=1), axis=0).reshape(-1, 2)
        return replace(self, weight=weight, need=groups.T @ self.need, apart=apart,
                       constant=self.constant + inner, label=label[self.label])

    def separated(self, first: int, second: int) -> Self:
        """Return the problem with two nodes in different parts; the first is the smaller."""
        return replace(self, apart=np.concatenate([self.apart, [[first, second]]]))

    def decided(self) -> np.ndarray:
        """Return which pairs are known to be apart, bool array [N, N], and the diagonal."""
        known = np.eye(self.nodes, dtype=bool)
        known[self.apart[:, 0], self.apart[:, 1]] = known[self.apart[:, 1], self.apart[:, 0]] = True
        return known

    def impossible(self) -> bool:
        """Return whether it is plain that there is no partition: a node too large, or one apart from itself."""
        if (self.apart[:, 0] == self.apart[:, 1]).any():
            return True
        own = self.need[:self.anchors] > self.room[:self.anchors]
        others = self.need[self.anchors:] > self.room.max(axis=0)
        return bool(own.any() or others.any() or (self.need.sum(axis=0) > self.room.sum(axis=0)).any())


def membership(label: IntArray) -> FloatArray:
    """Return 1 where a node has a label, float array [N, labels]."""
    groups = np.zeros((len(label), int(label.max()) + 1))
    groups[np.arange(len(label)), label] = 1.0
    return groups


def interchangeable(instance: GraphPartitionInstance) -> bool:
    """Return whether all devices are alike, so that only the partition matters and not who has which part."""
    limits = resources(instance)
    return not (len(instance.forced_entity) or len(instance.forbidden_entity) or np.ptp(limits.room, axis=0).any())


def pair_problem(instance: GraphPartitionInstance) -> PairProblem:
    """Return the problem of the homes of one epoch; edges have their weights, copies are not thought of."""
    limits = resources(instance)
    n, devices = instance.entities, instance.devices
    anchors = 0 if interchangeable(instance) else devices
    weight = np.zeros((anchors + n, anchors + n))
    weight[anchors + instance.edge_u, anchors + instance.edge_v] = instance.edge_weight
    weight += weight.T
    need = np.concatenate([np.zeros((anchors, limits.need.shape[1])), limits.need])
    whole = (limits.need == np.floor(limits.need)).all(axis=0)
    room = np.where(whole, np.floor(limits.room), limits.room)
    first, second = np.triu_indices(anchors, 1)
    forbidden = np.stack([instance.forbidden_device, anchors + instance.forbidden_entity], axis=1)
    apart = np.concatenate([np.stack([first, second], axis=1), forbidden[:len(forbidden) if anchors else 0]])
    root = PairProblem(weight, need, room, anchors, np.unique(apart, axis=0).reshape(-1, 2), 0.0,
                       np.arange(anchors + n))
    if not len(instance.forced_entity):
        return root
    label = np.arange(anchors + n)
    label[anchors + instance.forced_entity] = instance.forced_device
    return root.relabelled(np.unique(label, return_inverse=True)[1])
