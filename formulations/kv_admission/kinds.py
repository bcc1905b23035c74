"""Kinds: requests that differ in their arrival alone, so that a program counts them and does not tell them apart."""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.instances.kv_admission import KvAdmissionInstance


@dataclass(frozen=True, eq=False)
class Kinds:
    """K kinds of N requests.

    Parameters
    ----------
    instance : KvAdmissionInstance
        Whose requests they are.
    of : int array [N]
        Kind of each request.
    member : int array [N]
        Requests by kind, then by arrival.
    first : int array [K + 1]
        Where each kind begins in `member`.
    """

    instance: KvAdmissionInstance
    of: IntArray
    member: IntArray
    first: IntArray

    @property
    def count(self) -> int:
        """Number of kinds K."""
        return len(self.first) - 1

    @property
    def one(self) -> IntArray:
        """The first request of each kind to arrive, int array [K]."""
        return self.member[self.first[:-1]]

    @property
    def size(self) -> IntArray:
        """Requests of each kind, int array [K]."""
        return np.diff(self.first)


def kinds_of(instance: KvAdmissionInstance) -> Kinds:
    """Return the kinds of an instance.

    Requests of a kind take the same tokens, weigh the same and are due in the same round; whoever of them comes first
    may as well begin first. Where requests may be refused they arrive together too, and where clients are compared each
    is a kind of its own.
    """
    columns = [instance.prompt_tokens, instance.output_tokens, instance.weight, instance.first_token_round]
    if instance.refusal_price is not None:
        columns += [instance.refusal_price, instance.arrival_round]
    if instance.fairness is not None:
        columns.append(np.arange(instance.requests))
    table = np.column_stack([column.astype(np.float64) for column in columns])
    of = np.unique(table, axis=0, return_inverse=True)[1].ravel()
    member = np.lexsort((instance.arrival_round, of))
    return Kinds(instance, of, member, np.searchsorted(of[member], np.arange(of.max() + 2)))
