"""What an online policy is told, and what it answers: the past and this minute, never the future."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.keepalive.online.tariff import Quote


@dataclass(frozen=True)
class PastView:
    """One minute as a policy sees it; what was before it the policy remembers itself.

    All arrays are copies of one minute's content: nothing that is still to come can be reached through them.

    Parameters
    ----------
    minute : int
        Minutes since the horizon began.
    intensity_g_per_kwh : float
        Carbon intensity now.
    functions, counts : int arrays [n]
        Functions called in this minute, ascending, and the number of calls of each.
    supply : int array [n, G]
        Containers of each called function that may be kept on each generation.
    quote : Quote
        Costs of calls and of keep-alive at this intensity.
    """

    minute: int
    intensity_g_per_kwh: float
    functions: IntArray
    counts: IntArray
    supply: IntArray
    quote: Quote


@dataclass(frozen=True)
class Decision:
    """What happens to the containers of the functions called in a minute.

    Parameters
    ----------
    generation : int array [n]
        Where they are kept.
    keep_min : int array [n, G]
        For how long, should they be kept on that generation; 0 for not at all. Columns other than `generation` matter
        only where containers cannot be relocated.
    containers : int array [n]
        Largest number to keep.
    """

    generation: IntArray
    keep_min: IntArray
    containers: IntArray


@dataclass(frozen=True)
class Lots:
    """Waiting containers of one generation's pool, a lot per function.

    Parameters
    ----------
    generation : int
        Whose pool.
    functions, containers : int arrays [n]
        Owner and size of each lot.
    age_min, remaining_min : int arrays [n]
        Minutes since the function's call, and minutes left.
    """

    generation: int
    functions: IntArray
    containers: IntArray
    age_min: IntArray
    remaining_min: IntArray


class Policy(ABC):
    """Base of every online policy.

    Attributes
    ----------
    evaluations : int
        Evaluations of the policy's own objective so far.
    offers_to_full_pools : bool
        Whether containers refused by a full pool compete for other pools that are full too; EcoLife's do not.
    """

    evaluations: int = 0
    offers_to_full_pools: bool = False

    def learn(self, minute: int, functions: IntArray, counts: IntArray) -> None:  # noqa: B027 - most need no history
        """Take note of a minute before the horizon; `minute` is negative."""

    @abstractmethod
    def decide(self, now: PastView) -> Decision:
        """Return what to keep of the functions called now; called in every minute with calls, in order."""

    @abstractmethod
    def priority(self, now: PastView, lots: Lots) -> FloatArray:
        """Return the worth of each lot, float array [n]: when memory runs short the highest stay."""

    def settle(self, now: PastView, demand_gb: FloatArray) -> None:  # noqa: B027 - only prices need it
        """Be told the memory asked for on each generation at the end of the minute, before evictions."""
