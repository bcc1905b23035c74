"""Local search from the greedy's configurations or the start."""

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.engines.local_search import descend
from ecoopt.heuristics.spot_parallel.baselines import greedy
from ecoopt.heuristics.spot_parallel.paths import Borders, Path, Stretches
from ecoopt.heuristics.spot_parallel.plans import Start
from ecoopt.instances.spot_parallel import SpotParallelInstance, SpotParallelSchedule
from ecoopt.instances.spot_parallel.tables import tables_of


def local_search(instance: SpotParallelInstance, run: Run, *, seed: int, start: Start) -> Outcome:
    """Move borders of stretches, then whole stretches and single nodes, until nothing improves.

    Begins from the better of the start and the greedy. An iteration is a price of the greedy or a move made. Ignores
    `seed`.
    """
    outcome = greedy(instance, run, seed=seed, start=start)
    best = run.schedule()
    if run.stop() is not None or not isinstance(best, SpotParallelSchedule):
        return outcome
    tables = tables_of(instance)
    path = Path(tables, best.config)
    found = descend([Borders(path), Stretches(path)], path.value, snapshot=path.snapshot, run=run,
                    decode=tables.schedule, tolerance=1e-9 * max(1.0, abs(path.value)))
    return run.outcome(found.termination)
