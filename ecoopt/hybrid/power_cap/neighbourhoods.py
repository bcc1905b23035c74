"""Large neighbourhoods: the strong model freed in a window of hours or in one class, solved by HiGHS."""

from typing import Annotated, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.formulations.power_cap.mixed import mixed
from ecoopt.formulations.power_cap.strong_model import StrongModel, strong_model
from ecoopt.heuristics.power_cap.local_search import anneal_plan, first_plan
from ecoopt.heuristics.power_cap.plans import Planner, offer_start
from ecoopt.hybrid.lns import LnsSettings, search_neighbourhoods
from ecoopt.hybrid.power_cap.lagrangian import EVALUATIONS, ROUNDS, best_prices, polish
from ecoopt.instances.power_cap import PowerCapInstance, PowerCapSchedule
from ecoopt.instances.power_cap.tables import cap_tables

Count: TypeAlias = Annotated[int, Field(ge=1, le=10**6)]

_ONE_CLASS = 0.3


def lns(
    instance: PowerCapInstance, run: Run, *, seed: int, start: PowerCapSchedule | None, columns: Count = 400,
    nodes: Count = 20, patience: Count = 40,
) -> Outcome:
    """Anneal from the plans of the prices, then let HiGHS choose caps anew in windows of hours and in single classes.

    Work is free in every hour. The prices' bound is proven on the way. With mixed caps allowed the linear program is
    solved, which is exact. An iteration is an evaluation of prices, a round of annealing, or a neighbourhood.

    Parameters
    ----------
    columns : int
        Caps and transitions that the first neighbourhood frees.
    nodes : int
        Branch-and-bound nodes per neighbourhood.
    patience : int
        Neighbourhoods in a row without gain that end the search.
    """
    if instance.mixed:
        return mixed(instance, run, seed=seed, start=start)
    planner = Planner(cap_tables(instance))
    offer_start(planner, run, start)
    found = best_prices(planner, run, EVALUATIONS, run.part())
    plan = first_plan(planner, run, start) if found is None else found.plan
    if run.stop() is None:
        anneal_plan(planner, run, plan, np.random.default_rng(seed), ROUNDS)
        polish(planner, run)
    schedule = run.schedule()
    if not isinstance(schedule, PowerCapSchedule) or run.stop() is not None:
        return run.outcome()
    model = strong_model(planner.tables)
    settings = LnsSettings(columns=columns, nodes=nodes, patience=patience)
    search_neighbourhoods(model.model, model.solution(schedule), Neighbourhoods(model).draw, model.schedule, run,
                          seed=seed, settings=settings)
    return run.outcome(run.stop() or Termination.DONE)


class Neighbourhoods:
    """Parts of the strong model to free.

    Parameters
    ----------
    model : StrongModel
        The model.
    """

    def __init__(self, model: StrongModel) -> None:
        self.model = model
        self._chosen = np.zeros(model.model.columns, dtype=bool)
        self._chosen[model.cap] = self._chosen[model.move] = True
        self._between = np.zeros(model.model.columns, dtype=bool)
        self._between[model.move] = True

    def draw(self, rng: np.random.Generator, columns: int) -> NDArray[np.bool_]:
        """Return the columns to free: all work, and the caps of a window or of a class."""
        model = self.model
        classes, hours, caps = model.cap.shape
        if rng.random() < _ONE_CLASS:
            inside = model.class_of_column == rng.integers(0, classes)
        else:
            length = max(1, columns // (classes * caps * (caps + 1)))
            begin = int(rng.integers(0, max(1, hours - length + 1)))
            hour = model.hour_of_column
            # A transition into the hour after the window leaves a cap that is free.
            last = np.where(self._between, begin + length, begin + length - 1)
            inside = (hour >= begin) & (hour <= last)
        return np.asarray(~self._chosen | inside)
