"""The referee of a MIG cluster: completion times of a schedule, replayed stretch by stretch, and every broken rule.

The problem is MISO's (SoCC'22, arXiv:2207.11428), its time model that of the authors' simulator; instances must form a
legal layout of each GPU at every moment, by NVIDIA's placement rules.
"""

import numpy as np

from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.score import Score, Term
from ecoopt.evaluate.mig_cluster.replay import Replay, replay
from ecoopt.evaluate.mig_cluster.rules import violations
from ecoopt.instances.mig_cluster import MigClusterInstance, MigClusterSchedule

__all__ = ["evaluate"]


def evaluate(instance: Instance, schedule: Schedule) -> Score:
    """Return mean completion time, terms and all violations of a schedule.

    What is written is replayed, allowed or not: a stretch outside any GPU or profile makes no progress, one of an
    unknown job does nothing. Work a job lacks counts as done on a whole GPU right after its last stretch, or from its
    arrival on where it has none. O(S log S) for S stretches.

    Parameters
    ----------
    instance : MigClusterInstance
        What is asked.
    schedule : MigClusterSchedule
        What was decided.

    Raises
    ------
    InputError
        When either is of another type.
    """
    if not isinstance(instance, MigClusterInstance) or not isinstance(schedule, MigClusterSchedule):
        raise InputError.one("evaluate", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a MigClusterInstance and a MigClusterSchedule")
    outcome = replay(instance, schedule)
    terms = {name: Term(value=value, unit=unit) for name, (value, unit) in _figures(instance, outcome).items()}
    return Score(objective=float(np.mean(outcome.completion_s - instance.arrival_s)), terms=terms,
                 violations=tuple(violations(instance, schedule, outcome)))


def _figures(instance: MigClusterInstance, outcome: Replay) -> dict[str, tuple[float, str]]:
    """Return the figures people report; means are per job."""
    jct_s = outcome.completion_s - instance.arrival_s
    makespan_s = float(outcome.completion_s.max())
    return {
        "mean_jct_s": (float(jct_s.mean()), "s"),
        "mean_queueing_s": (float((outcome.first_s - instance.arrival_s).mean()), "s"),
        "mean_running_s": (float((outcome.completion_s - outcome.first_s).mean()), "s"),
        "p95_jct_s": (float(np.quantile(jct_s, 0.95)), "s"),
        "mean_slowdown": (float((jct_s / instance.work_s).mean()), ""),
        "makespan_s": (makespan_s, "s"),
        "mean_stp": (float(instance.work_s.sum() / makespan_s), ""),
        "migrations_per_job": (float(np.maximum(outcome.stretches - 1, 0).mean()), ""),
        "mean_overhead_s": (float(outcome.overhead_s.mean()), "s"),
        "mean_shared_s": (float(outcome.shared_s.mean()), "s")}
