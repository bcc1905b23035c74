"""Local search: purchases shifted, moved, exchanged, split, merged, added and dropped; GPUs retired earlier."""

from collections.abc import Iterator

import numpy as np

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.engines.local_search import descend
from ecoopt.heuristics.refresh.baselines import begun, ended
from ecoopt.heuristics.refresh.greedy import greedy_plan, savings, unprofitable
from ecoopt.heuristics.refresh.plan import Change, Plan
from ecoopt.instances.refresh import RefreshInstance, RefreshSchedule

SHIFTS = (-1, 1, -2, 2, -4, 4, -8, 8)
ADDED = 20

Move = tuple[Change, ...]


class PurchaseMoves:
    """Moves of a plan's purchases.

    Parameters
    ----------
    plan : Plan
        Where to begin; replaced by each move made.
    value : float
        Its carbon.
    """

    def __init__(self, plan: Plan, value: float) -> None:
        self.plan, self.value = plan, value

    def moves(self) -> Iterator[Move]:
        """Yield what is bought, all, half or one of it, shifted, moved, exchanged or dropped; then what to add."""
        generations, sites, periods = self.plan.purchases.shape
        for g, s, t in np.argwhere(self.plan.purchases).tolist():
            bought = int(self.plan.purchases[g, s, t])
            for part in sorted({bought, bought // 2, 1} - {0}, reverse=True):
                less = (g, s, t, -part)
                yield (less,)
                for shift in SHIFTS:
                    if 0 <= t + shift < periods:
                        yield less, (g, s, t + shift, part)
                for h in range(generations):
                    if h != g:
                        share = self.plan.tables.unit_share
                        yield less, (h, s, t, max(round(part * float(np.mean(share[h, s] / share[g, s]))), 1))
                for other in range(sites):
                    if other != s:
                        yield less, (g, other, t, part)
        ratio = savings(self.plan)
        for index in np.argsort(-ratio, axis=None, kind="stable")[:ADDED].tolist():
            g, s, t = (int(i) for i in np.unravel_index(index, ratio.shape))
            for part in sorted({1, max(int(self.plan.tables.most[g, s, t]) // 20, 1)}):
                yield ((g, s, t, part),)

    def delta(self, move: Move) -> float:
        """Return by how much the carbon changes; infinite where a rule is broken."""
        changed = self._made(move)
        return np.inf if changed is None else changed.value() - self.value

    def apply(self, move: Move) -> None:
        """Make the move."""
        changed = self._made(move)
        assert changed is not None
        self.plan, self.value = changed, changed.value()

    def _made(self, move: Move) -> Plan | None:
        """Return the plan after a move, None where it buys less than nothing or more than it may."""
        plan = self.plan
        for g, s, t, more in move:
            if plan.purchases[g, s, t] + more < 0:
                return None
        room = self.plan.room() if len(move) == 1 else plan.noted(move[:1]).room()
        g, s, t, more = move[-1]
        return plan.changed(move) if more <= room[g, s, t] else None


class RetirementMoves:
    """Moves that retire GPUs earlier, of the plan that purchases are moved in.

    Parameters
    ----------
    own : PurchaseMoves
        Has the plan.
    """

    def __init__(self, own: PurchaseMoves) -> None:
        self.own = own

    def moves(self) -> Iterator[Change]:
        """Yield groups that no longer pay for their idle power: all, half or one of them."""
        for g, s, t, count in unprofitable(self.own.plan):
            for part in sorted({count, count // 2, 1} - {0}, reverse=True):
                yield g, s, t, part

    def delta(self, move: Change) -> float:
        """Return by how much the carbon changes; infinite where work is missing then."""
        return self.own.plan.retiring(move).value() - self.own.value

    def apply(self, move: Change) -> None:
        """Make the move."""
        self.own.plan = self.own.plan.retiring(move)
        self.own.value = self.own.plan.value()


def local_search(instance: RefreshInstance, run: Run, *, seed: int, start: RefreshSchedule | None) -> Outcome:
    """Improve the greedy plan, or the start. One iteration is a move made."""
    tables = begun(instance, run, start)
    if run.stop() is not None:
        return run.outcome()
    if start is not None:
        plan: Plan | None = Plan.of(tables, np.array(start.purchases), np.cumsum(start.retirements, axis=2))
    else:
        plan = greedy_plan(tables, run.part(iterations=None if run.budget.iterations is None else int(
            run.iterations_left)))
    value = np.inf if plan is None else plan.offer(run)
    if plan is None or not np.isfinite(value):
        return ended(run)
    moves = PurchaseMoves(plan, value)
    found = descend([moves, RetirementMoves(moves)], value, snapshot=lambda: moves.plan, run=run, decode=Plan.schedule,
                    tolerance=1e-9 * abs(value))
    return run.outcome(found.termination)
