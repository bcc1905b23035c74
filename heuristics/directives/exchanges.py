"""Exchanges: evaluations moved in time, and whole levels raised in one hour so that others can be lowered."""

from collections.abc import Iterator

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.heuristics.directives.pricing import Decision, Pricing
from ecoopt.instances.directives.costs import Costs, at_home

FAR_H = 6
_SLACK = 1e-9


class EvaluationMoves:
    """Moves of evaluations, for descent: one is moved by up to `FAR_H` hours, removed, or added.

    Parameters
    ----------
    pricing : Pricing
        Makes a decision of evaluations.
    decision : Decision
        To begin with.
    run : Run
        Asked whether to stop before each move.
    """

    def __init__(self, pricing: Pricing, decision: Decision, run: Run) -> None:
        self.pricing, self.run, self.decision = pricing, run, decision
        self._trial: tuple[bytes, Decision | None] = b"", None

    def moves(self) -> Iterator[IntArray]:
        """Yield other evaluations that keep the gaps, near those of now."""
        hours = self.pricing.instance.hours
        for k in range(1, hours):
            for other in self._near(k):
                if self.run.stop() is not None:
                    return
                if self._allowed(other):
                    yield other

    def _near(self, hour: int) -> Iterator[IntArray]:
        """Yield what may become of the evaluation in an hour, or one added there."""
        known = self.decision.evaluations
        if hour not in known:
            if hour % FAR_H == 0:
                yield np.sort(np.append(known, hour))
            return
        rest = known[known != hour]
        yield rest
        for by in (*range(-FAR_H, 0), *range(1, FAR_H + 1)):
            if 0 < hour + by < self.pricing.instance.hours and hour + by not in rest:
                yield np.sort(np.append(rest, hour + by))

    def _allowed(self, evaluations: IntArray) -> bool:
        judge = self.pricing.instance.evaluator
        assert judge is not None
        gaps = np.diff(np.append(evaluations, self.pricing.instance.hours))
        return bool((gaps <= judge.most_gap_h).all() and (gaps[:-1] >= judge.least_gap_h).all())

    def delta(self, move: IntArray) -> float:
        """Return the change of the objective."""
        found = self.pricing.evaluated(move, self.pricing.margin[0])
        self._trial = move.tobytes(), found
        return np.inf if found is None else found.objective - self.decision.objective

    def apply(self, move: IntArray) -> None:
        """Make the move."""
        if self._trial[0] != move.tobytes():
            self.delta(move)
        found = self._trial[1]
        assert found is not None
        self.decision = found


class LevelExchanges:
    """Exchanges of whole levels, for descent: one group gets another level, and then one other a cheaper one.

    Parameters
    ----------
    costs : Costs
        Of an instance without evaluator and fleet whose groups get one level each.
    decision : Decision
        To begin with.
    run : Run
        Asked whether to stop before each group.
    """

    def __init__(self, costs: Costs, decision: Decision, run: Run) -> None:
        self.costs, self.run = costs, run
        instance = costs.instance
        self.level = decision.share[0, :, :, 0].argmax(axis=2)
        self.grams = costs.count[0, :, :, None] * costs.home_g[0]
        self.quality = costs.quality[0]
        self.requests = instance.requests[0]
        self._held = np.array([[one.start_h <= t < one.end_h for one in instance.windows]
                               for t in range(instance.hours)], dtype=bool).reshape(instance.hours, -1)
        self._wanted = np.array([(1.0 - one.loss - _SLACK) * self.requests[one.start_h:one.end_h].sum()
                                 for one in instance.windows])
        self._settle()

    def _settle(self) -> None:
        """Work out what the levels of now leave: quality above the hours' floors and the windows' sums."""
        own = np.take_along_axis(self.quality, self.level[..., None], axis=2)[..., 0].sum(axis=1)
        self.spare = own - self.costs.floor[0] + _SLACK
        self.slack = (self._held * (self.requests * own)[:, None]).sum(axis=0) - self._wanted
        self.saved = np.take_along_axis(self.grams, self.level[..., None], axis=2) - self.grams
        self.lost = np.take_along_axis(self.quality, self.level[..., None], axis=2) - self.quality

    def moves(self) -> Iterator[tuple[int, int, int]]:
        """Yield hour, group and level of every change of one group."""
        hours, groups, levels = self.grams.shape
        for t in range(hours):
            if self.run.stop() is not None:
                return
            for c in range(groups):
                for l in range(levels):
                    if l != self.level[t, c]:
                        yield t, c, l

    def delta(self, move: tuple[int, int, int]) -> float:
        """Return the change of the objective, that of the best other group included."""
        return self._completed(move)[0]

    def _completed(self, move: tuple[int, int, int]) -> tuple[float, tuple[int, int, int] | None]:
        """Return the change of a move and of the best other group that may go with it, and that group's."""
        t, c, _ = move
        own, loss = -float(self.saved[move]), float(self.lost[move])
        slack = self.slack - self._held[t] * (loss * self.requests[t])
        spare = self.spare.copy()
        spare[t] -= loss
        room = np.where(self._held, slack, np.inf).min(axis=1, initial=np.inf)
        # What is lacking must be made up by the other group, which is then a gain in every window that lacks it.
        short = slack < 0
        gain_needed = np.where(short, -slack, 0.0).max(initial=0.0)
        able = (self.lost <= spare[:, None, None]) & (self.lost * self.requests[:, None, None] <= np.where(
            np.isfinite(room), room, np.inf)[:, None, None])
        able &= np.all(self._held[:, short], axis=1)[:, None, None]
        able[t, c] = False
        if spare[t] < 0:
            inside = np.zeros(len(spare), dtype=bool)
            inside[t] = True
            able &= inside[:, None, None]
        worth = np.where(able, self.saved, -np.inf)
        best = int(worth.argmax())
        at = np.unravel_index(best, worth.shape)
        lone = own if spare[t] >= 0 and gain_needed == 0 else np.inf
        pair = own - float(worth[at])
        if lone <= pair:
            return lone, None
        return pair, (int(at[0]), int(at[1]), int(at[2]))

    def apply(self, move: tuple[int, int, int]) -> None:
        """Make the move, the other group's included."""
        _, other = self._completed(move)
        for t, c, l in (move, *(() if other is None else (other,))):
            self.level[t, c] = l
        self._settle()

    def decision(self) -> Decision:
        """Return the decision of now."""
        share: FloatArray = np.zeros(self.grams.shape)
        np.put_along_axis(share, self.level[..., None], 1.0, axis=2)
        placed, none = at_home(share[None]), np.zeros(0, dtype=np.int64)
        return Decision(self.costs.objective(placed, none, None), placed, none, None)
