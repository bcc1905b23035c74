"""Significance: which differences between methods are more than chance, and which are not."""

from collections.abc import Sequence
from dataclasses import dataclass

from ecoopt.metrics.paired import PairTest, paired_tests
from ecoopt.metrics.ranks import RankTest, friedman
from ecoopt.metrics.tally import Tally, tally
from ecoopt.report.overview import Overview

LEVEL = 0.05
"""Level of significance."""

LEAST_INSTANCES = 5
"""Fewer instances tell nothing."""


@dataclass(frozen=True, eq=False)
class Significance:
    """Tests of the methods of a family on the instances that all of them ran on.

    Parameters
    ----------
    names : tuple of str [M]
        Methods that give schedules.
    instances : int
        Number of instances.
    tally : Tally
        Wins, ties and losses of each pair.
    ranks : RankTest, optional
        Friedman's test; None with fewer than three methods.
    best : int
        Method of the least mean rank, without ranks of the most wins.
    pairs : tuple of PairTest
        The best against each other method, in the order of the methods; none where the instances are so few that even
        a method that is better on all of them could not be told from the others.
    """

    names: tuple[str, ...]
    instances: int
    tally: Tally
    ranks: RankTest | None
    best: int
    pairs: tuple[PairTest, ...]

    @property
    def equals(self) -> tuple[str, ...]:
        """Methods that cannot be told from the best."""
        return tuple(self.names[self._other(pair)] for pair in self.pairs if pair.holm_p_value >= LEVEL)

    @property
    def better(self) -> tuple[str, ...]:
        """Methods that the signed ranks favour significantly over the one of the best mean rank."""
        return tuple(self.names[pair.favours] for pair in self.pairs
                     if pair.holm_p_value < LEVEL and pair.favours not in (None, self.best))

    @property
    def behind(self) -> tuple[str, ...]:
        """Methods whose mean rank differs significantly from that of the best."""
        if self.ranks is None or self.ranks.p_value >= LEVEL:
            return ()
        apart = self.ranks.mean_ranks - self.ranks.mean_ranks[self.best]
        return tuple(name for name, by in zip(self.names, apart, strict=True) if by >= self.ranks.critical_difference)

    def pair(self, method: int) -> PairTest | None:
        """Return the test of the best against a method, None without one."""
        return next((pair for pair in self.pairs if method in (pair.first, pair.second)), None)

    def _other(self, pair: PairTest) -> int:
        return pair.second if pair.first == self.best else pair.first


def significance(overview: Overview) -> Significance | None:
    """Return the tests of a family's methods, None where methods or instances are too few."""
    names = tuple(method.method for method in overview.searchers)
    values = overview.ranked(names)
    if len(names) < 2 or len(values) < LEAST_INSTANCES:
        return None
    counts = tally(values)
    ranks = friedman(values, LEVEL) if len(names) > 2 else None
    best = int((-counts.wins.sum(axis=1) if ranks is None else ranks.mean_ranks).argmin())
    pairs = paired_tests(values, against=best) if _can_tell(len(values), len(names)) else ()
    return Significance(names, len(values), counts, ranks, best, tuple(pairs))


def _can_tell(instances: int, methods: int) -> bool:
    """Return whether the best of some methods can be told from the others: if it wins on every instance, say.

    The signed-rank test then has a probability of 2^(1 - I), which Holm's correction multiplies by M - 1 for the least.
    """
    return 2.0 ** (1 - instances) * (methods - 1) < LEVEL


def statement(found: Significance) -> str:
    """Return what the tests say, in a sentence."""
    best, equals = found.names[found.best], found.equals
    if not found.pairs:
        text = (f"{best} ranks best; {found.instances} instances are too few to tell {len(found.names)} methods apart "
                f"by Wilcoxon's signed-rank test with Holm's correction at level {LEVEL:g}")
        return f"{text}, by mean rank it is told from {listed(found.behind)} (Nemenyi)." if found.behind else f"{text}."
    test = f"Wilcoxon's signed-rank test over {found.instances} instances, Holm's correction, level {LEVEL:g}"
    if found.better:
        return f"{best} ranks best on average, although the signed ranks favour {listed(found.better)} ({test})."
    if not equals:
        return f"{best} ranks best, and differs significantly from every other method ({test})."
    others = "any other method" if len(equals) == len(found.pairs) else listed(equals)
    return f"{best} ranks best; it cannot be told from {others} ({test})."


def listed(names: Sequence[str]) -> str:
    """Return names as words."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
