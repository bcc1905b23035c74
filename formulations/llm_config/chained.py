"""Chained periods: starts priced give a bound by periods apart, their solutions a sequence with starts paid."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.dual.chain import ChainAnswer, ChainDual, maximise_chain
from ecoopt.formulations.highs import HighsResult, solve_lp
from ecoopt.formulations.llm_config.apart import Pieces, Relaxed
from ecoopt.instances.llm_config import LlmConfigSchedule
from ecoopt.instances.llm_config.paths import cheapest_path
from ecoopt.instances.llm_config.terms import Terms

SHARE, LEAST_GAP = 0.1, 1e-6
"""Gap of a period as a part of the target gap, and without a target."""

LARGE, LARGE_GAP = 20_000, 2e-3
"""Columns of a model beyond which periods are not solved more precisely than this."""

FORWARD_SHARE, FORWARD_GAP = 0.45, 2e-3
"""Part of the seconds for the pass forward, and gap of its periods."""

WIDTH, NEAR, EVALUATIONS = 0.006, 2, 12
"""Width of a period's first core as a part of the relaxation; periods around whose fleets it tries; most ascents."""


@dataclass(eq=False)
class Chained:
    """The bound and the sequences. T periods, S places that may start, J items.

    Parameters
    ----------
    pieces : Pieces
        The periods.
    run : Run
        Told of bounds and schedules.
    """

    pieces: Pieces
    run: Run
    known: list[dict[bytes, tuple[float, IntArray]]] = field(init=False)
    infeasible: bool = False

    def __post_init__(self) -> None:
        self.known = [{} for _ in self.pieces.parts]
        self.starts: list[FloatArray | None] = [None] * len(self.pieces.parts)

    @property
    def terms(self) -> Terms:
        """The tables."""
        return self.pieces.model.terms

    def search(self) -> Status | None:
        """Ascend, and offer sequences; return the status of an infeasible instance."""
        model, terms = self.pieces.model, self.terms
        relaxed = solve_lp(model.linear, self.run.part(), seed=self.pieces.seed)
        if relaxed.status is Status.INFEASIBLE:
            return Status.INFEASIBLE
        if relaxed.bound is None or relaxed.row_dual is None:
            return None
        self.run.prove(relaxed.bound)
        site, placement = model.start_at
        upper = terms.start_g[:, site, placement].copy()
        initial = np.zeros(len(site))
        if terms.before is None:
            upper[0] = 0.0
        else:
            initial = terms.before[site, placement].astype(np.float64)
        price = np.clip(-self._row_prices(relaxed.row_dual), 0.0, upper)
        self._forward(np.append(price[1:], np.zeros_like(price[:1]), axis=0))
        if self.run.stop() is not None:
            return None
        maximise_chain(ChainDual(np.zeros_like(upper), upper, initial), self._solved, price, self.run,
                       tolerance=LEAST_GAP, after=self.sequence, most=EVALUATIONS)
        return Status.INFEASIBLE if self.infeasible else None

    def sequence(self) -> None:
        """Offer the cheapest sequence through what is known."""
        terms, periods = self.terms, len(self.known)
        pool: list[list[tuple[float, IntArray]]] = []
        for t in range(periods):
            around = range(max(t - NEAR, 0), min(t + NEAR + 1, periods))
            for other in (s for s in around if s != t):
                for _, count in list(self.known[other].values())[-2:]:
                    if count.tobytes() not in self.known[t] and (cost := terms.period_g(t, count)) is not None:
                        self.known[t][count.tobytes()] = (cost, count)
            pool.append(list(self.known[t].values()))
        if terms.averaged or not all(pool):
            return
        counts = cheapest_path(terms, pool)
        schedule = terms.routed_schedule(counts)
        if schedule is not None:
            self.run.offer(terms.value(schedule), schedule)

    def _solved(self, prices: FloatArray) -> ChainAnswer | None:
        """Solve all periods at prices on the replicas of places."""
        terms, run, periods = self.terms, self.run, len(self.known)
        places = len(self.pieces.model.start_at[0])
        bounds, values, points = np.zeros(periods), np.zeros(periods), np.zeros((periods, places))
        for t in range(periods):
            if run.stop() is not None:
                return None
            relaxed = self.pieces.relaxed(t, self.pieces.priced(t, prices[t, self._of_item]))
            self.infeasible |= relaxed.bound == np.inf
            if not np.isfinite(relaxed.bound):
                return None
            found, bounds[t] = self._piece(t, relaxed, run.seconds_left / 2 / (periods - t))
            if found.x is None:
                self.infeasible |= found.status is Status.INFEASIBLE
                return None
            self.starts[t] = found.x
            count = self.pieces.counts(t, found.x)
            values[t] = self.pieces.parts[t].objective(found.x)
            points[t] = np.bincount(self._of_item, weights=count, minlength=places)
            cost = None if terms.averaged else terms.period_g(t, count)
            self.known[t][count.tobytes()] = (values[t] if cost is None else cost, count)
        return ChainAnswer(bounds, values, points)

    @cached_property
    def _of_item(self) -> IntArray:
        """Place of each item, int array [J]."""
        model, terms = self.pieces.model, self.terms
        site, k = terms.items
        places = model.start_at[0] * terms.placements + model.start_at[1]
        return np.searchsorted(places, site * terms.placements + terms.placement[k])

    def _forward(self, worth: FloatArray) -> None:
        """Solve period after period, starts from the one before paid, replicas worth their price in the next one.

        Parameters
        ----------
        worth : float array [T, S]
            What replicas of places are worth to the next period, at the prices of the relaxation.
        """
        model, terms = self.pieces.model, self.terms
        site, placement = model.start_at
        first = None if terms.before is None else terms.before[site, placement]
        best = self.run.schedule()
        known = model.solution(best) if isinstance(best, LlmConfigSchedule) else None
        seconds, begun = FORWARD_SHARE * self.run.seconds_left, self.run.seconds
        flows = []
        for t in range(len(self.known)):
            if self.run.stop() is not None:
                return
            free = t == 0 and first is None
            before = np.zeros(len(site), dtype=np.int64) if first is None else first
            start_g = terms.start_g[t, site, placement] * (not free)
            part = self.pieces.following(t, -worth[t, self._of_item], before, self._of_item, start_g)
            relaxed = self.pieces.relaxed(t, part)
            left = max(seconds - (self.run.seconds - begun), 0.0)
            found, _ = self.pieces.solve(t, relaxed, self.run, gap=FORWARD_GAP, width=WIDTH * abs(relaxed.bound),
                                         seconds=3 * left / (len(self.known) - t + 2))
            own = None if found.x is None else found.x[:self.pieces.parts[t].columns]
            if own is None:
                if known is None:
                    return
                own = known[self.pieces.columns[t]]  # Time has run out: as in the best schedule.
            flows.append(own)
            count = self.pieces.counts(t, own)
            first = np.bincount(self._of_item, weights=count, minlength=len(site)).astype(np.int64)
            cost = None if terms.averaged else terms.period_g(t, count)
            value = self.pieces.parts[t].objective(own) if cost is None else cost
            self.known[t][count.tobytes()] = (value, count)
        self._offer(flows)

    def _offer(self, solutions: list[FloatArray]) -> None:
        """Offer solutions of all periods side by side."""
        model, x = self.pieces.model, np.zeros(self.pieces.model.linear.columns)
        for columns, own in zip(self.pieces.columns, solutions, strict=True):
            x[columns] = own
        schedule = model.schedule(x)
        self.run.offer(self.terms.value(schedule), schedule)

    def _piece(self, t: int, relaxed: Relaxed, seconds: float) -> tuple[HighsResult, float]:
        """Solve a period in its core, and where that says too little in wider ones."""
        budget_gap, start = self.run.budget.gap, self.starts[t]
        least = LEAST_GAP if self.pieces.model.linear.columns <= LARGE else LARGE_GAP
        gap = least if budget_gap is None else max(SHARE * budget_gap, least)
        width: float | None = WIDTH * abs(relaxed.bound)
        if start is not None:
            width = max(relaxed.part.objective(start) - relaxed.bound, 0.0) * (1 + LEAST_GAP)
        found, bound = self.pieces.solve(t, relaxed, self.run, gap=gap, seconds=seconds, start=start, width=width)
        if found.x is None or (found.objective is not None and found.objective - bound > 2 * gap * abs(found.objective)
                               and found.objective > relaxed.bound + (width or 0.0)):
            if found.x is not None and found.objective is not None:
                width, start = (found.objective - relaxed.bound) * (1 + LEAST_GAP), found.x
            else:
                width = None
            again, other = self.pieces.solve(t, relaxed, self.run, gap=gap, seconds=seconds, start=start, width=width)
            return (found if again.x is None and found.x is not None else again), max(bound, other)
        return found, bound

    def _row_prices(self, row_dual: FloatArray) -> FloatArray:
        """Return the duals of the rows of starts, float array [T, S]; 0 where there is no row."""
        model = self.pieces.model
        matrix = model.linear.matrix.tocsc()
        duals = np.zeros(model.start.shape)
        for index, column in np.ndenumerate(model.start):
            rows = matrix.indices[matrix.indptr[column]:matrix.indptr[column + 1]]
            duals[index] = row_dual[rows].sum()
        return duals
