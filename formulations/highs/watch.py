"""Watch: the callbacks of one HiGHS solve, which feed the run's ledger and stop the solver when the run must stop.

Three traps of HiGHS's callbacks are kept out of the ledger (seen on 1.12 to 1.15): while a start is completed, the
bounds reported are those of a restricted problem, so bounds count only once the log says how the start fared; clocks
restart per phase, so the run's own clock is used; and a bound better than the final one is taken back at the end.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import highspy
import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.instance import Schedule
from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Termination
from ecoopt.formulations.highs.linear_model import LinearModel
from ecoopt.formulations.highs.solver import cost_scale

_START_ACCEPTED = "MIP start solution is feasible"
_START_REFUSED = ("cannot yield feasible solution", "MIP start solution is infeasible")
TOLERANCE = 1e-6


class Watch:
    """What is seen of one solve.

    Parameters
    ----------
    model : LinearModel
        The model solved.
    run : Run
        Told of every incumbent and bound.
    schedule_of : callable, optional
        Turns a solution into a schedule; without it the run is told of bounds alone.
    start : array of float, optional
        The complete start given to the solver; offered at once when it is feasible.
    restricted : bool
        Whether the model restricts the run's problem, so that its bounds and nodes are none of the run's.
    """

    def __init__(
        self, model: LinearModel, run: Run, schedule_of: Callable[[FloatArray], Schedule] | None,
        start: FloatArray | None, restricted: bool,
    ) -> None:
        self.model = model
        self.run = run
        self.schedule_of = schedule_of
        self.start = start
        self.restricted = restricted
        self.start_accepted: bool | None = None if start is None else False
        self.stopped: Termination | None = None
        self.error: BaseException | None = None
        self.lines: list[str] = []
        self._nodes = 0
        self._scale = cost_scale(model)
        self._bounds_count = start is None
        self._before = run.bound
        self._trace_length = len(run.trace)
        if start is not None and model.violation(start) <= TOLERANCE:
            self.offer(start)

    def attach(self, solver: highspy.Highs) -> None:
        """Subscribe to the solver's events."""
        solver.cbLogging.subscribe(self._kept(self._on_log))
        if self.model.is_mip:
            solver.cbMipImprovingSolution.subscribe(self._kept(self._on_incumbent))
            solver.cbMipInterrupt.subscribe(self._kept(self._on_mip_progress))
            solver.cbMipLogging.subscribe(self._kept(self._on_mip_progress))
        else:
            solver.cbSimplexInterrupt.subscribe(self._kept(self._stop_if_asked))
            solver.cbIpmInterrupt.subscribe(self._kept(self._stop_if_asked))

    def reraise(self) -> None:
        """Raise what an observer has raised during the solve."""
        if self.error is not None:
            raise self.error

    @property
    def log(self) -> str:
        """All that HiGHS printed."""
        return "".join(self.lines)

    def offer(self, x: FloatArray) -> None:
        """Offer a feasible solution with whole columns whole to the run."""
        if self.schedule_of is not None:
            self.run.offer(self.model.objective(x), partial(self.schedule_of, x))

    def count_nodes(self, nodes: int) -> None:
        """Count nodes (iterations of an LP) not counted yet."""
        if nodes > self._nodes and not self.restricted:
            self.run.tick(int(nodes) - self._nodes)
            self._nodes = int(nodes)

    def settle_bound(self, final: float | None) -> None:
        """Make the ledger agree with the final bound: take back better ones, then prove it.

        Parameters
        ----------
        final : float, optional
            The solver's bound when it ended; None when it proved none.
        """
        run = self.run
        if self.restricted:
            return
        known = [bound for bound in (self._before, final) if bound is not None]
        if run.bound is not None and run.bound not in known:
            best = max(known, default=None) if run.sense is Sense.MIN else min(known, default=None)
            if best is None or self._passes(run.bound, best):
                run.bound = best
                run.trace[self._trace_length:] = [
                    point.replace(bound=best) if point.bound is not None and self._passes(point.bound, best) else point
                    for point in run.trace[self._trace_length:]]
        if final is not None:
            run.prove(final)

    def _passes(self, bound: float, best: float | None) -> bool:
        """Return whether a bound claims more than the best one that is proven."""
        if best is None:
            return True
        ahead = bound - best if self.run.sense is Sense.MIN else best - bound
        return ahead > 0

    def _kept(self, handler: Callable[[Any], None]) -> Callable[[Any], None]:
        """Return a handler whose first exception is kept for `reraise`: HiGHS 1.16 swallows what a callback raises."""

        def handle(event: Any) -> None:
            try:
                handler(event)
            except BaseException as error:
                self.error = self.error or error

        return handle

    def _on_log(self, event: Any) -> None:
        self.lines.append(event.message)
        if not self._bounds_count:
            if _START_ACCEPTED in event.message:
                self.start_accepted = self._bounds_count = True
            elif any(text in event.message for text in _START_REFUSED):
                self._bounds_count = True

    def _on_incumbent(self, event: Any) -> None:
        if self.schedule_of is None:
            return
        x = self.model.rounded(np.array(event.data_out.mip_solution, dtype=np.float64))
        if self.model.violation(x) <= TOLERANCE:
            self.offer(x)

    def _on_mip_progress(self, event: Any) -> None:
        seen = event.data_out
        # A gap of exactly 0 while the search goes on is a sub-problem's, not the model's.
        if (self._bounds_count and not self.restricted and np.isfinite(seen.mip_dual_bound)
                and seen.mip_dual_bound != seen.mip_primal_bound):
            self.run.prove(seen.mip_dual_bound / self._scale)
        self.count_nodes(seen.mip_node_count)
        self._stop_if_asked(event)

    def _stop_if_asked(self, event: Any) -> None:
        if self.stopped is None:
            self.stopped = self.run.stop()
        if self.stopped is not None or self.error is not None:
            event.interrupt()
