"""The referee of configurations: carbon of a schedule, figures of interest, and every broken rule.

The problem is that of Samsi et al., From Words to Watts (HPEC'23, arXiv:2310.03003), over sites and periods.
"""

import math

from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.score import Score, Term
from ecoopt.evaluate.llm_config.charges import Charges, charges
from ecoopt.evaluate.llm_config.rules import violations
from ecoopt.instances.llm_config import LlmConfigInstance, LlmConfigSchedule

__all__ = ["evaluate"]

_J_PER_KWH, _HOUR_S = 3.6e6, 3600.0


def evaluate(instance: Instance, schedule: Schedule) -> Score:
    """Return carbon, terms and all violations of a schedule. O(T Q Z K).

    Parameters
    ----------
    instance : LlmConfigInstance
        What is asked.
    schedule : LlmConfigSchedule
        What was decided.

    Raises
    ------
    InputError
        When either is of another type, or the schedule has another shape.
    """
    if not isinstance(instance, LlmConfigInstance) or not isinstance(schedule, LlmConfigSchedule):
        raise InputError.one("evaluate", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give an LlmConfigInstance and an LlmConfigSchedule")
    periods, sites, kinds = instance.replica_shape
    wanted = (periods, len(instance.classes), sites, kinds)
    if schedule.tokens_per_s.shape != wanted:
        raise InputError.one("schedule", "tokens_per_s", f"has shape {list(schedule.tokens_per_s.shape)}, the instance "
                             f"{list(wanted)}", "give periods, classes, sites and configurations of it")
    charged = charges(instance, schedule)
    figures = _figures(instance, schedule, charged)
    terms = {name: Term(value=value, unit=unit) for name, (value, unit) in figures.items()}
    return Score(objective=figures["carbon_g"][0], terms=terms,
                 violations=tuple(violations(instance, schedule, charged)))


def _figures(
    instance: LlmConfigInstance, schedule: LlmConfigSchedule, charged: Charges
) -> dict[str, tuple[float, str]]:
    """Return the objective and the figures people report."""
    grams = {name: math.fsum(getattr(charged, name).ravel().tolist())
             for name in ("idle_g", "serving_g", "start_g", "embodied_g")}
    joules = charged.idle_j + charged.serving_j + charged.start_j
    it_j = math.fsum(joules.ravel().tolist())
    all_j = math.fsum((joules * [site.pue for site in instance.sites]).ravel().tolist())
    made = schedule.tokens_per_s.sum(axis=(0, 1, 2))
    tokens_per_s = math.fsum(made.tolist())
    latency = math.fsum(float(made[k]) * one.latency_s for k, one in enumerate(instance.configurations))
    tokens = tokens_per_s * instance.period_s
    return {"carbon_g": (math.fsum(grams.values()), "g")} | {name: (value, "g") for name, value in grams.items()} | {
        "energy_kwh": (all_j / _J_PER_KWH, "kWh"),
        "j_per_token": (it_j / tokens if tokens > 0 else 0.0, "J"),
        "mean_latency_s": (latency / tokens_per_s if tokens_per_s > 0 else 0.0, "s"),
        "mean_power_w": (it_j / (instance.periods * instance.period_s), "W"),
        "gpu_h": (float(charged.gpus.sum()) * instance.period_s / _HOUR_S, "GPU h"),
        "most_gpus": (float(charged.gpus.sum(axis=(1, 2)).max(initial=0)), "GPUs"),
        "starts": (float(charged.starts.sum()), "starts"),
        "tokens": (tokens, "tokens")}
