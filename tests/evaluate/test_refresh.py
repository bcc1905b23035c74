"""The referee of hardware refresh tells every broken rule: what, where and by how much."""

import numpy as np
import pytest

from ecoopt.core.errors import InputError
from ecoopt.evaluate.refresh import evaluate, rules
from ecoopt.instances.refresh import Generation, RefreshInstance, RefreshSchedule, Site, Stock, Workload

HOURS = 720.0


def instance(**changes):
    """Two generations and two sites over three periods; a unit takes one GPU for one period."""
    content = {
        "name": "two and two", "horizon_end": "charge", "budget": [10.0, 0.0, 0.0],
        "generations": (Generation(name="A", embodied_g=1000.0, idle_w=100.0, life_periods=2, price=4.0),
                        Generation(name="B", embodied_g=3000.0, idle_w=50.0, life_periods=3, price=1.0, first_period=1,
                                   second_life=0.5)),
        "sites": (Site(name="x", intensity_g_per_kwh=[100.0, 100.0, 100.0], pue=2.0, most_purchases=[2, 2, 2]),
                  Site(name="y", intensity_g_per_kwh=[10.0, 10.0, 10.0])),
        "workloads": (Workload(name="w", energy_kwh=[144.0, 72.0], gpu_h=[HOURS, HOURS], demand=[1.0, 1.0, 1.0],
                               home="x"),),
        "stock": (Stock(generation="A", site="x", count=1, age_periods=0),)}
    return RefreshInstance.from_content(content | changes, "test")


def schedule(purchases=(), retirements=(), work=((0, 0, 0, 1.0), (0, 0, 1, 1.0), (1, 0, 2, 1.0))):
    bought, gone, served = np.zeros((2, 2, 3), np.int64), np.zeros((2, 2, 3), np.int64), np.zeros((2, 2, 1, 3))
    for table, entries in ((bought, purchases), (gone, retirements)):
        for g, s, t, count in entries:
            table[g, s, t] += count
    for g, s, t, units in work:
        served[g, s, 0, t] += units
    return RefreshSchedule(purchases=bought, retirements=gone, work=served)


GOOD = {"purchases": ((1, 0, 2, 1),), "retirements": ((0, 0, 2, 1),)}


def test_a_schedule_by_hand_is_charged_by_hand():
    score = evaluate(instance(), schedule(**GOOD))
    assert score.feasible
    assert {name: term.value for name, term in score.terms.items() if name.endswith("_g")} == pytest.approx({
        "carbon_g": 3000.0 + 200.0 * (144.0 + 144.0 + 72.0), "embodied_g": 3000.0,
        "work_g": 200.0 * (144.0 + 144.0 + 72.0), "idle_g": 0.0, "moving_g": 0.0, "second_life_g": 0.0})
    assert score.terms["spent"].value == 1.0


def test_idling_second_lives_and_the_horizons_end_are_charged_by_hand():
    early = schedule(purchases=((1, 1, 1, 2),), retirements=((0, 0, 2, 1), (1, 1, 2, 1)))
    score = evaluate(instance(horizon_end="credit"), early)
    # Two of B for two of three periods; one of them idles on, one is in its second life; work of the last is missing.
    assert score.terms["embodied_g"].value == pytest.approx(2 * 3000.0 * 2 / 3)
    assert score.terms["idle_g"].value == pytest.approx(10.0 * 0.05 * HOURS * 3)
    assert score.terms["second_life_g"].value == pytest.approx(-0.5 * 1000.0)


@pytest.mark.parametrize(("changes", "plan", "what", "where", "by"), [
    ({}, GOOD | {"retirements": ((0, 0, 2, 2),)}, rules.NOT_THERE, "A at x, period 2", 1),
    ({}, GOOD | {"retirements": ()}, rules.TOO_OLD, "A at x, period 2", 1),
    ({}, {"purchases": ((1, 0, 0, 1),), "retirements": ((0, 0, 2, 1),)}, rules.NOT_SOLD, "B at x, period 0", 1),
    ({}, GOOD | {"purchases": ((1, 0, 2, 3),)}, rules.TOO_MANY, "site x, period 2", 1),
    ({"budget": [0.0, 0.0, 0.5]}, GOOD, rules.TOO_DEAR, "period 2", 0.5),
    ({}, GOOD | {"work": ((0, 0, 0, 1.0), (0, 0, 1, 0.75), (1, 0, 2, 1.0))}, rules.NOT_SERVED, "workload w, period 1",
     0.25),
    ({}, GOOD | {"purchases": ((1, 0, 2, 2),), "work": ((0, 0, 0, 1.0), (0, 0, 1, 1.0), (1, 0, 2, 1.5))},
     rules.SERVED_TWICE, "workload w, period 2", 0.5),
    ({}, {"purchases": ((1, 1, 2, 1),), "retirements": ((0, 0, 2, 1),),
          "work": ((0, 0, 0, 1.0), (0, 0, 1, 1.0), (1, 1, 2, 1.0))}, rules.AWAY, "workload w, period 2", 1.0),
    ({}, {"retirements": ((0, 0, 2, 1),)}, rules.TOO_BUSY, "B at x, period 2", 1.0),
    ({"operational_cap_g": [28_800.0, 28_000.0, 28_800.0]}, GOOD, rules.TOO_DIRTY, "period 1", 800.0),
])
def test_every_rule_that_is_broken_is_told(changes, plan, what, where, by):
    violations = evaluate(instance(**changes), schedule(**plan)).violations
    assert [(one.what, one.where, pytest.approx(one.by)) for one in violations] == [(what, where, by)]


def test_a_schedule_of_another_shape_is_refused():
    with pytest.raises(InputError, match="has shape"):
        evaluate(instance(), RefreshSchedule(purchases=np.zeros((1, 1, 1), np.int64), work=np.zeros((1, 1, 1, 1)),
                                             retirements=np.zeros((1, 1, 1), np.int64)))
