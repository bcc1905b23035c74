"""Large-neighbourhood search: jobs that run in a window of slots, and some others, freed together for HiGHS."""

from typing import Annotated, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.power_cap_jobs.program import Program
from ecoopt.hybrid.lns import LnsSettings, search_neighbourhoods
from ecoopt.hybrid.power_cap_jobs.core import Core, begin, core_of, warm
from ecoopt.instances.power_cap_jobs import PowerCapJobsInstance, PowerCapJobsSchedule
from ecoopt.instances.power_cap_jobs.options import options_of

Count: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]


def lns(
    instance: PowerCapJobsInstance, run: Run, *, seed: int, start: PowerCapJobsSchedule | None, patience: Count = 60,
) -> Outcome:
    """Improve the best of start, greedy and a short local search, one set of jobs at a time.

    Options that prices rule out are left out. Iterations are the greedy's orders, those of the local search, and
    neighbourhoods.

    Parameters
    ----------
    patience : int
        Neighbourhoods in a row without gain that end the search.
    """
    options = options_of(instance)
    if options.impossible:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    begin(options, run, start)
    if run.stop() is not None:
        return run.outcome()
    core = core_of(options, run)
    rng = np.random.default_rng(seed)
    warm(core, run, rng, patience=20, seconds=None)
    if run.objective is None or run.stop() is not None:
        return run.outcome()
    improve(core, run, seed=seed, patience=patience)
    return run.outcome()


def improve(core: Core, run: Run, *, seed: int, patience: int, columns: int = 250) -> None:
    """Search neighbourhoods of a run's incumbent until the run or the patience ends."""
    best = run.schedule()
    assert isinstance(best, PowerCapJobsSchedule)
    program = core.program(run.objective, best)
    x = program.solution(best)
    assert x is not None
    search_neighbourhoods(program.linear, x, _Windows(core, program, run), program.schedule, run, seed=seed,
                          settings=LnsSettings(columns=columns, patience=patience))


class _Windows:
    """Draws sets of jobs around the run's incumbent."""

    def __init__(self, core: Core, program: Program, run: Run) -> None:
        self.options, self.program, self.run = core.options, program, run
        self.job = core.options.job[program.kept]
        self.sizes = np.bincount(self.job, minlength=core.options.jobs)

    def __call__(self, rng: np.random.Generator, columns: int) -> NDArray[np.bool_]:
        """Return the columns of jobs that run near a random slot, until there are so many."""
        best = self.run.schedule()
        assert isinstance(best, PowerCapJobsSchedule)
        options, jobs = self.options, np.arange(self.options.jobs)
        held = options.slots[jobs, best.cap]
        slot = rng.integers(0, options.horizon)
        away = np.maximum(np.maximum(best.start_slot - slot, slot - best.start_slot - held + 1), 0)
        noise = rng.random(len(jobs)) * rng.choice([1.0, 4.0, options.horizon])
        order = np.argsort(away + noise, kind="stable")
        chosen = order[:max(int(np.searchsorted(np.cumsum(self.sizes[order]), columns)), 1)]
        free = np.ones(self.program.linear.columns, dtype=bool)
        free[:len(self.job)] = np.isin(self.job, chosen)
        return free
