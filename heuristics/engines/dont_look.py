"""Don't-look marks: list the moves of those elements only in whose surroundings something has changed.

Bentley (ORSA Journal on Computing 4(4), 1992): an element whose moves were all refused is not looked at again before a
move touches it.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, Generic

from ecoopt.core.errors import InputError
from ecoopt.heuristics.engines.neighbourhood import M, MarkedNeighbourhood


class DontLook(Generic[M]):
    """A marked neighbourhood as a listed one, for first-improvement descent.

    All elements are awake at first. A pass looks at the awake ones in the order in which they woke and lets each fall
    asleep; a move wakes the elements it touches. When none is awake, no move improves, provided that `touched` tells
    of every element whose moves have changed.

    Whoever changes the state otherwise (a perturbation, say) makes moves through `apply`, or calls `wake`.

    Parameters
    ----------
    neighbourhood : MarkedNeighbourhood
        Moves by element.
    """

    def __init__(self, neighbourhood: MarkedNeighbourhood[M]) -> None:
        self.neighbourhood = neighbourhood
        self._linked: tuple[DontLook[Any], ...] = (self,)
        self._awake: deque[int] = deque()
        self._queued = bytearray(neighbourhood.elements)
        self._looked_at: int | None = None
        self.delta = neighbourhood.delta
        self.wake()

    def link(self, *others: "DontLook[Any]") -> None:
        """Let a move of any of these wake its elements in all of them.

        For neighbourhoods of one state with the same elements, whose `touched` speaks for all of them. Without a link,
        a move of one wakes all elements of the others.

        Raises
        ------
        InputError
            When the numbers of elements differ.
        """
        together = (self, *others)
        if len({len(each._queued) for each in together}) > 1:
            raise InputError.one("don't-look marks", "elements", "the neighbourhoods differ in number of elements",
                                 "link those with the same elements only")
        for each in together:
            each._linked = together

    def moves(self) -> Iterator[M]:
        """Yield the moves of every awake element until none is awake."""
        while self._awake:
            element = self._looked_at = self._awake[0]
            self._queued[element] = False
            yield from self.neighbourhood.moves_of(element)
            self._awake.popleft()
            self._looked_at = None

    def apply(self, move: M) -> None:
        """Make the move and wake what it touches, and the element being looked at."""
        touched = list(self.neighbourhood.touched(move))
        self.neighbourhood.apply(move)
        for each in self._linked:
            each.wake(touched)
        if self._looked_at is not None:
            self.wake((self._looked_at,))

    def wake(self, elements: Iterable[int] | None = None) -> None:
        """Wake these elements, by default all."""
        for element in range(len(self._queued)) if elements is None else elements:
            if not self._queued[element]:
                self._queued[element] = True
                self._awake.append(element)

    def moved_elsewhere(self, neighbourhood: object) -> None:
        """Take note of a move made in another neighbourhood: wake all, unless that one is linked and has told."""
        if not any(neighbourhood is each for each in self._linked):
            self.wake()
