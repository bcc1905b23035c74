"""Assertions about methods of any family, for the tests of those who write them."""

from typing import Any

import numpy as np

from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.outcome import Outcome
from ecoopt.core.record import Record
from ecoopt.core.score import Score
from ecoopt.core.status import Sense
from ecoopt.evaluate import evaluate

_SHOWN = 10


def assert_feasible(instance: Instance, schedule: Schedule | None) -> Score:
    """Fail unless the referee finds the schedule feasible; return its score.

    The message lists the violations: what, where, by how much.
    """
    assert schedule is not None, f"{instance.name}: there is no schedule"
    score = evaluate(instance, schedule)
    lines = [f"  {v.what}: {v.where}, by {v.by:g} {v.unit}".rstrip() for v in score.violations[:_SHOWN]]
    if len(score.violations) > _SHOWN:
        lines.append(f"  and {len(score.violations) - _SHOWN} more")
    assert score.feasible, "\n".join([f"{instance.name}: the schedule is infeasible", *lines])
    return score


def assert_bound_holds(
    instance: Instance, outcome: Outcome, *, known: Schedule | None = None, sense: Sense = Sense.MIN,
    relative: float = 1e-6,
) -> None:
    """Fail unless an outcome's figures can be believed.

    The method's own objective is the referee's; its bound is finite and no feasible schedule beats it, neither its own
    nor one that is known.

    Parameters
    ----------
    instance : Instance
        What was asked.
    outcome : Outcome
        What the method returned; a missing bound or schedule is not checked, but both missing fails.
    known : Schedule, optional
        Another feasible schedule, an optimal one say.
    sense : Sense
        Direction of the family's objective.
    relative : float
        Rounding to allow, relative to the objective.
    """
    assert outcome.bound is not None or outcome.schedule is not None, f"{instance.name}: neither bound nor schedule"
    for schedule in (outcome.schedule, known):
        if schedule is None:
            continue
        objective = assert_feasible(instance, schedule).objective
        slack = relative * max(abs(objective), 1e-9)
        if schedule is outcome.schedule:
            assert outcome.objective is not None, f"{instance.name}: a schedule without objective"
            assert abs(outcome.objective - objective) <= slack, (
                f"{instance.name}: the method says {outcome.objective!r}, the referee {objective!r}")
        if outcome.bound is not None:
            beaten = outcome.bound - objective if sense is Sense.MIN else objective - outcome.bound
            assert beaten <= slack, f"{instance.name}: a schedule with {objective!r} beats the bound {outcome.bound!r}"


def assert_same_bytes(first: Any, second: Any) -> None:
    """Fail unless two results are the same to the last bit.

    Records are compared field by field, arrays by type, shape and bytes. The seconds at which an outcome's trace was
    recorded and its figures whose names end in ``seconds`` or ``_s`` are left out: they are the clock's, not the
    method's.
    """
    one, other = _timeless(first), _timeless(second)
    if one != other:
        names = sorted(set(one) | set(other)) if isinstance(one, dict) and isinstance(other, dict) else []
        differ = [name for name in names if one.get(name) != other.get(name)]
        raise AssertionError(f"results differ{' in ' + ', '.join(differ) if differ else ''}")


def _timeless(value: Any) -> Any:
    """Return plain content in which equal means the same bits, times of the clock left out."""
    if isinstance(value, Outcome):
        fields = {name: _timeless(getattr(value, name)) for name in type(value).model_fields}
        fields["trace"] = [_timeless({"iteration": p.iteration, "incumbent": p.incumbent, "bound": p.bound})
                           for p in value.trace]
        fields["details"] = {name: _timeless(figure) for name, figure in value.details.items()
                             if not name.endswith(("seconds", "_s"))}
        return fields
    if isinstance(value, Record):
        return {"type": type(value).__name__} | {
            name: _timeless(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, np.ndarray):
        return [value.dtype.str, list(value.shape), np.ascontiguousarray(value).tobytes()]
    if isinstance(value, (float, np.floating)):
        return float(value).hex()
    if isinstance(value, dict):
        return {str(key): _timeless(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_timeless(entry) for entry in value]
    return value
