"""The referee of power caps: replays a schedule hour by hour and scores it, from its instance alone."""

from ecoopt.core.score import Score, Term
from ecoopt.evaluate.power_cap.replay import replay
from ecoopt.evaluate.power_cap.rules import violations
from ecoopt.instances.power_cap import PowerCapInstance, PowerCapSchedule


def evaluate(instance: PowerCapInstance, schedule: PowerCapSchedule) -> Score:
    """Return objective, terms and every broken rule of a schedule.

    The objective is the grams of all power drawn, idle power included, and what waiting work, work left in the end and
    changes of caps count. The rules: the shares of a class's GPUs add up to 1, one cap holds at a time unless caps may
    be mixed, no cap does more work than its GPUs can, classes keep within their pools, nobody works on what has not
    come, and limits on waiting work, power and temperature are kept.

    Parameters
    ----------
    instance : PowerCapInstance
        What was asked.
    schedule : PowerCapSchedule
        What was decided.
    """
    outcome = replay(instance, schedule)
    intensity = instance.intensity_g_per_kwh
    grams = float((instance.pue * intensity * outcome.power_w).sum()) / 1000.0
    paid = 0.0
    if instance.price_g_per_kwh is not None:
        paid = float((instance.pue * instance.price_g_per_kwh * outcome.power_w).sum()) / 1000.0
    waiting = float(outcome.backlog_gpu_h.sum())
    final = float(outcome.backlog_gpu_h[:, -1].sum())
    terms = {
        "operational": Term(value=grams, unit="g"), "electricity": Term(value=paid, unit="g"),
        "backlog": Term(value=instance.backlog_g_per_gpu_h * waiting, unit="g"),
        "final_backlog": Term(value=instance.final_backlog_g_per_gpu_h * final, unit="g"),
        "changes": Term(value=instance.change_g * outcome.changes, unit="g"),
        "energy": Term(value=float((instance.pue * outcome.power_w).sum()) / 1000.0, unit="kWh"),
        "work": Term(value=float(schedule.work_gpu_h.sum()), unit="GPU-h"),
        "rebound_work": Term(value=outcome.rebound_gpu_h, unit="GPU-h"),
        "mean_backlog": Term(value=waiting / instance.hours, unit="GPU-h"),
        "peak_power": Term(value=float(outcome.power_w.max()), unit="W")}
    objective = sum(terms[name].value for name in ("operational", "electricity", "backlog", "final_backlog", "changes"))
    return Score(objective=objective, terms=terms, violations=tuple(violations(instance, schedule, outcome)))
