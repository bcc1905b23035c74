"""Mixed caps: a linear program, exact where caps may be mixed and a bound where they may not."""

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import solve_lp
from ecoopt.formulations.power_cap.plain_model import plain_model
from ecoopt.instances.power_cap import PowerCapInstance, PowerCapSchedule
from ecoopt.instances.power_cap.tables import cap_tables


def mixed(instance: PowerCapInstance, run: Run, *, seed: int, start: PowerCapSchedule | None) -> Outcome:
    """Solve the linear program in which the GPUs of a class may be under different caps.

    The optimum where the instance allows that, else a bound that is never above the optimum. Nothing is random.
    """
    tables = cap_tables(instance)
    if start is not None:
        run.offer(tables.value(start), start)
    model = plain_model(tables, integer=False)
    found = solve_lp(model.model, run, seed=seed)
    if instance.mixed and found.x is not None and found.status is Status.OPTIMAL:
        schedule = model.schedule(found.x)
        run.offer(tables.value(schedule), schedule)
    status = found.status if found.status in (Status.INFEASIBLE, Status.ERROR) else None
    return run.outcome(None if status is None else found.termination, status, **found.details())
