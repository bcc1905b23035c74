"""Targets: the throughput asked for is raised while placements that reach it are found, and halved back where not."""

from collections.abc import Callable

from ecoopt.core.run import Run
from ecoopt.instances.layer_placement import LayerPlacementInstance, LayerPlacementSchedule, coverage, offer

Attempt = Callable[[int], LayerPlacementSchedule | None]

_CLOSE = 40


def raise_target(instance: LayerPlacementInstance, run: Run, attempt: Attempt, low: int, high: int) -> int:
    """Return the largest coverage found below `high`; each target tried is an iteration, what is found is offered.

    Attempts are taken to fail at every target above one at which they failed.

    Parameters
    ----------
    attempt : callable
        Returns a placement whose every layer takes the target, or None.
    low, high : int
        A coverage that is had, and the least target that cannot be reached or is not wanted.
    """
    while high - low > 1 and run.stop() is None:
        # Quarters, since to fail takes longer than to find; halves at the end.
        target = (low + high) // 2 if high - low < _CLOSE else low + 3 * (high - low) // 4
        schedule = attempt(target)
        run.tick(1, 1)
        if schedule is None:
            high = target
        else:
            offer(instance, run, schedule)
            low = max(target, int(coverage(instance, schedule.first, schedule.held).min()))
    return low
