"""What the search engines ask of a neighbourhood: moves, what each would change, and the move itself.

A neighbourhood holds the family's state and changes it in place. The engines never see the state, only moves, so a
move may be anything: a tuple, an index, an object.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from ecoopt.core.status import Termination

M = TypeVar("M")
M_contra = TypeVar("M_contra", contravariant=True)
S = TypeVar("S")


class Evaluated(Protocol[M_contra]):
    """Moves that can be evaluated and made."""

    def delta(self, move: M_contra) -> float:
        """Return by how much the objective (minimised) would change; infinite for a move that cannot be made."""

    def apply(self, move: M_contra) -> None:
        """Make the move."""


class Neighbourhood(Evaluated[M], Protocol[M]):
    """Moves drawn at random, for annealing."""

    def propose(self, rng: np.random.Generator) -> M | None:
        """Return a random move of the state of now, or None when none was found."""


class ListedNeighbourhood(Evaluated[M], Protocol[M]):
    """Moves listed in a fixed order, for descent."""

    def moves(self) -> Iterable[M]:
        """Return every move of the state of now.

        A first-improvement search makes moves while it iterates, and goes on; a move listed before that no longer
        makes sense has an infinite `delta`.
        """


class MarkedNeighbourhood(Evaluated[M], Protocol[M]):
    """Moves grouped by the element they begin at, for don't-look marks."""

    @property
    def elements(self) -> int:
        """Number of elements, constant."""

    def moves_of(self, element: int) -> Iterable[M]:
        """Return every move of the state of now that begins at `element`, iterated as `ListedNeighbourhood.moves`."""

    def touched(self, move: M) -> Iterable[int]:
        """Return the elements whose moves may change their delta when `move` is made; asked before it is made."""


@dataclass(frozen=True, eq=False)
class SearchResult(Generic[S]):
    """What a search found.

    Parameters
    ----------
    best : S
        Snapshot of the best state.
    value : float
        Its objective: the value at the start plus the changes of the moves made since.
    evaluations, iterations : int
        What the search spent: moves evaluated, and iterations as the engine counts them.
    termination : Termination
        Why it ended.
    """

    best: S
    value: float
    evaluations: int
    iterations: int
    termination: Termination
