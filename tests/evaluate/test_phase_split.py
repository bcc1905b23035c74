"""The referee of phase splits: an objective worked out by hand, and every rule broken once."""

import numpy as np
import pytest

from ecoopt.core.errors import InputError
from ecoopt.evaluate.phase_split import evaluate
from ecoopt.evaluate.phase_split.waiting import waits_longer
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.phase_split import MachineType, PhaseSplitInstance, PhaseSplitSchedule, WaitRule

START = "2024-01-01T00:00:00Z"


def instance(**changes):
    """Return one class, one type, two regions, two hours: a machine does half a request's prompt per second."""
    fields = {
        "name": "hand", "pools": ("prefill", "decode"), "classes": ("k",), "prompt_tokens": [10.0],
        "output_tokens": [5.0], "origin": [0], "first_token_limit_s": [1.0], "token_limit_s": [0.1],
        "rate_per_s": [[1.0], [2.0]],
        "regions": ("here", "there"), "latency_s": [[0.0, 0.2], [0.2, 0.0]],
        "carbon": tuple(CarbonTrace(zone=zone, start_utc=START, step_s=3600, intensity_g_per_kwh=[100.0, 200.0])
                        for zone in ("here", "there")),
        "start_utc": START, "price_per_kwh": [[0.1, 0.1], [0.2, 0.2]], "pue": [1.5, 1.5],
        "types": (MachineType(
            name="h", prefill_w=1000.0, decode_w=500.0, whole_w=800.0, rent_per_h=3.0, embodied_kg=100.0,
            lifetime_h=1000.0, start_kwh=0.5, start_cost=2.0, link_gb_per_s=4.0),),
        "inventory": [[9], [9]], "first_token_s": [[0.9]], "prefill_s": [[0.5]], "token_s": [[0.1]],
        "decode_s": [[0.25]], "whole_token_s": [[0.1]], "whole_s": [[0.75]], "kv_gb_per_token": 0.1, "utilisation": 0.5}
    return PhaseSplitInstance(**(fields | changes))


def schedule(prompts=((1, 0), (2, 0)), tokens=((1, 0), (1, 0)), share=((1.0, 0.0), (1.0, 0.0)), token_share=None):
    """Return machines and shares by hour and region."""
    machines = np.array([prompts, tokens]).transpose(1, 0, 2)[..., None]
    both = np.array([share, share if token_share is None else token_share]).transpose(1, 0, 2)
    return PhaseSplitSchedule(machines=machines, share=both[:, :, None, :, None])


def told(found):
    return {violation.what for violation in found.violations}


def test_carbon_is_electricity_embodied_share_and_starts():
    found = evaluate(instance(), schedule())
    assert found.feasible
    kwh = 1.5 * np.array([1.5, 2.5 + 0.5])
    assert found.objective == pytest.approx((kwh * [0.1, 0.2]).sum() + 0.1 * (2 + 3))
    assert found.terms["energy_kwh"].value == pytest.approx(kwh.sum())
    assert found.terms["machine_hours"].value == 5


def test_cost_is_electricity_rent_and_starts():
    found = evaluate(instance(objective="cost"), schedule())
    assert found.objective == pytest.approx(1.5 * (1.5 * 0.1 + 3.0 * 0.2) + 3.0 * 5 + 2.0)


def test_machines_bought_are_charged_for_all_hours():
    once = evaluate(instance(objective="cost", owned=True), schedule())
    assert once.terms["rent_cost"].value == pytest.approx(3.0 * 3 * 2)


def test_scenarios_are_expected_and_none_starts_machines_in_its_first_hour():
    two = instance(probability=[0.25, 0.75], rate_per_s=[[1.0], [2.0], [1.0], [2.0]])
    one = schedule()
    both = PhaseSplitSchedule(machines=np.tile(one.machines, (2, 1, 1, 1)), share=np.tile(one.share, (2, 1, 1, 1, 1)))
    assert evaluate(two, both).objective == pytest.approx(evaluate(instance(), one).objective)


@pytest.mark.parametrize(("broken", "changes", "what"), [
    ({"share": ((0.5, 0.0), (1.0, 0.0))}, {}, "the shares of a class's prompts are not its requests"),
    ({"token_share": ((0.0, 1.0), (1.0, 0.0)), "tokens": ((1, 1), (1, 0))}, {},
     "prompts and tokens of a class are not in the same region"),
    ({"share": ((0.0, 1.0), (1.0, 0.0)), "prompts": ((0, 1), (2, 0)), "tokens": ((0, 1), (1, 0))}, {},
     "the first token comes too late"),
    ({}, {"token_limit_s": [0.09]}, "tokens come too slowly"),
    ({"prompts": ((1, 0), (1, 0))}, {}, "a pool has more to do than it safely can"),
    ({}, {"wait": WaitRule(probability=0.3)}, "requests wait too often"),
    ({}, {"kv_gb_per_token": 0.5}, "prompts are sent on faster than the links can"),
    ({}, {"inventory": [[2], [9]]}, "there are more machines than the inventory has"),
    ({}, {"power_limit_w": [3000.0, 3000.0]}, "a region draws more than its power limit"),
])
def test_every_rule_is_told_when_it_is_broken(broken, changes, what):
    assert told(evaluate(instance(**changes), schedule(**broken))) == {what}


def test_a_node_is_several_machines_with_a_load_of_each_kind():
    kind = instance().types[0].replace(node_prefills=1, node_decodes=2)
    nodes = instance(pools=("node",), types=(kind,), rate_per_s=[[1.0], [1.0]], inventory=[[3], [0]])
    good = PhaseSplitSchedule(machines=np.array([[[[1], [0]]]] * 2), share=np.array([[[[[1.0], [0.0]]]]] * 2))
    found = evaluate(nodes, good)
    assert found.feasible
    assert found.terms["machine_hours"].value == 6
    assert told(evaluate(nodes.replace(decode_s=[[1.1]]), good)) == {"a pool has more to do than it safely can"}


def test_a_machine_that_does_both_has_one_load():
    both = instance(pools=("whole",), rate_per_s=[[0.6], [0.6]])
    good = PhaseSplitSchedule(machines=np.array([[[[1], [0]]]] * 2), share=np.array([[[[[1.0], [0.0]]]]] * 2))
    assert evaluate(both, good).feasible
    assert not evaluate(both.replace(rate_per_s=np.array([[0.7], [0.7]])), good).feasible


def test_one_server_waits_with_the_probability_of_its_load():
    assert waits_longer(np.array([1.0, 1.0, 2.0]), np.array([0.3, 1.0, 1.0]), 0.0) == pytest.approx([0.3, 1.0, 1 / 3])
    assert waits_longer(np.array([2.0]), np.array([1.0]), 1.0) == pytest.approx([np.exp(-1) / 3])


def test_wrong_things_are_refused():
    with pytest.raises(InputError, match="give a PhaseSplitInstance"):
        evaluate(schedule(), instance())
    with pytest.raises(InputError, match="machines: has shape"):
        evaluate(instance(), PhaseSplitSchedule(machines=np.zeros((1, 1, 1, 1), int), share=np.zeros((1, 1, 1, 1, 1))))
