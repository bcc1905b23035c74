"""The referee of dispatch: what a schedule's answers in time are worth, and every broken rule.

The problem is KAIROS's query distribution (HPDC'23, arXiv:2210.05889) with all queries known.
"""

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import IntArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.score import Score, Term, Violation
from ecoopt.evaluate.violations import broken
from ecoopt.instances.dispatch import NEVER, DispatchInstance, DispatchSchedule

__all__ = ["evaluate"]

UNKNOWN_MACHINE = "a query runs on an unknown machine"
TOO_EARLY = "a query begins before it arrives"
OVERLAP = "a machine runs two queries at once"


def evaluate(instance: Instance, schedule: Schedule) -> Score:
    """Return the weight of queries on time, terms and all violations of a schedule.

    A query on an unknown machine counts as never served. O(Q log Q) for Q queries.

    Parameters
    ----------
    instance : DispatchInstance
        What is asked.
    schedule : DispatchSchedule
        What was decided.

    Raises
    ------
    InputError
        When either is of another type, or the schedule has another number of queries.
    """
    if not isinstance(instance, DispatchInstance) or not isinstance(schedule, DispatchSchedule):
        raise InputError.one("evaluate", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a DispatchInstance and a DispatchSchedule")
    if len(schedule.machine) != len(instance.arrival_tick):
        raise InputError.one("schedule", "machine", f"has {len(schedule.machine)} entries for "
                             f"{len(instance.arrival_tick)} queries", "give one per query")
    counts = [kind.count for kind in instance.types]
    kind_of = np.repeat(np.arange(len(counts)), counts)
    served = (schedule.machine != NEVER) & (schedule.machine < len(kind_of))
    kind = kind_of[np.where(served, schedule.machine, 0)]
    took = instance.service_tick[np.arange(len(kind)), kind]
    response = schedule.start_tick + took - instance.arrival_tick
    on_time = served & (response <= instance.qos_ticks)
    worth = np.ones(len(kind)) if instance.weight is None else instance.weight
    terms = {name: Term(value=value, unit=unit) for name, (value, unit) in
             {**_answers(instance, served, on_time, response), **_load(instance, served, kind, took)}.items()}
    return Score(objective=float(worth[on_time].sum()), terms=terms,
                 violations=tuple(_violations(instance, schedule, len(kind_of), served, took)))


Mask = NDArray[np.bool_]
Figures = dict[str, tuple[float, str]]


def _answers(instance: DispatchInstance, served: Mask, on_time: Mask, response: IntArray) -> Figures:
    """Return how many queries were answered, and how fast."""
    response_ms = response[served] * instance.tick_ms
    some = response_ms.size > 0
    return {
        "on_time": (float(on_time.sum()), "queries"),
        "late": (float((served & ~on_time).sum()), "queries"),
        "unserved": (float((~served).sum()), "queries"),
        "on_time_share": (float(on_time.mean()), ""),
        "mean_response_ms": (float(response_ms.mean()) if some else 0.0, "ms"),
        "p99_response_ms": (float(np.quantile(response_ms, 0.99)) if some else 0.0, "ms")}


def _load(instance: DispatchInstance, served: Mask, kind: IntArray, took: IntArray) -> Figures:
    """Return the share of time from the first arrival to the last deadline in which each type's machines are busy."""
    span = float(instance.arrival_tick[-1] - instance.arrival_tick[0] + instance.qos_ticks)
    return {f"load[{owner.name}]": (float(took[served & (kind == k)].sum()) / (span * owner.count), "")
            for k, owner in enumerate(instance.types)}


def _violations(
    instance: DispatchInstance, schedule: DispatchSchedule, machines: int, served: Mask, took: IntArray
) -> list[Violation]:
    """Return every broken rule, each at the query that begins too early or while another one runs."""
    tick_ms, machine, start = instance.tick_ms, schedule.machine, schedule.start_tick
    rows = np.flatnonzero(served)
    rows = rows[np.lexsort((rows, start[rows], machine[rows]))]
    over = np.zeros(len(machine))
    last, busy_until = -1, 0
    for q, m, begin, end in zip(rows.tolist(), machine[rows].tolist(), start[rows].tolist(),
                                (start + took)[rows].tolist(), strict=True):
        if m != last:
            last, busy_until = m, begin
        over[q] = (busy_until - begin) * tick_ms
        busy_until = max(busy_until, end)

    def place(q: int) -> str:
        return f"query {q} on machine {machine[q]} at {start[q] * tick_ms:g} ms"

    early_ms = np.where(machine != NEVER, (instance.arrival_tick - start) * tick_ms, 0.0)
    return [*broken(UNKNOWN_MACHINE, "machines", machine - (machines - 1.0), place),
            *broken(TOO_EARLY, "ms", early_ms, place), *broken(OVERLAP, "ms", over, place)]
