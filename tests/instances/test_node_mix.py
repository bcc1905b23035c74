"""Node mixes: the paper's conclusions on node sizes, the generator, wrong instances, the referee's rules by hand."""

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.evaluate.node_mix import ABOVE, BELOW, NONE_CHOSEN, SEVERAL, SHORT, TOO_MANY, evaluate
from ecoopt.formulations.node_mix import explain
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.hardware import SUPERCOMPUTERS, component, embodied_by_kind_kg
from ecoopt.instances.node_mix import NodeMixInstance, NodeMixSchedule, generate, mix_tables
from ecoopt.instances.node_mix.sizes import BENCHMARKS, TIME_BY_SIZE, relative_time_and_energy

PAPER = {"workloads": 3, "spread": 0.0, "mean_gpus": 1000.0, "budget": None}
HAND = NodeMixInstance(
    name="hand", groups=("work", "parts"), choice=[True, False], demand=[10.0, 0.0], options=("small", "large", "disk"),
    group=[0, 0, 1], delivers=[2.0, 5.0, 0.0], embodied_kg=[100.0, 200.0, 50.0], power_w=[0.0, 0.0, 10.0],
    energy_kwh=[1000.0, 1200.0, 0.0], most=[9, 9, 4], floors=("space",), floor=[3.0], provides=[[0.0, 0.0, 1.0]],
    ceilings=("units",), ceiling=[9.0], uses=[[1.0, 2.0, 1.0]],
    carbon=CarbonTrace(zone="z", start_utc="2024-01-01T00:00:00Z", step_s=86400, intensity_g_per_kwh=[100.0] * 365),
    start_utc="2024-01-01T00:00:00Z", horizon_h=8760.0, pue=2.0, lifetime_h=17520.0)


def _taken(instance: NodeMixInstance) -> list[str]:
    found = ecoopt.solve(instance, "milp")
    assert found.status == "optimal"
    return [instance.options[o] for o in np.flatnonzero(found.schedule.count)]


@pytest.mark.parametrize("intensity", [20.0, 400.0])
def test_small_nodes_lose_and_cv_prefers_two_gpus(intensity: float) -> None:
    assert _taken(generate(**PAPER, intensity_g_per_kwh=intensity)) == ["V100x4", "V100x2", "V100x4"]


def test_nodes_of_one_gpu_embody_most_for_any_work_and_four_gpus_emit_most_for_cv_at_much_carbon() -> None:
    embodied, dirty = (mix_tables(generate(**PAPER, intensity_g_per_kwh=level)).total_kg.reshape(3, 3)
                       for level in (0.0, 400.0))
    assert embodied.argmax(axis=1).tolist() == [0, 0, 0]
    assert dirty[1].argmax() == 2


def test_the_speed_up_is_the_true_one() -> None:
    found = {name: (1 / times[1], 1 / times[2]) for name, times in TIME_BY_SIZE.items()}
    assert found == {"nlp": pytest.approx((1.75, 3.26), abs=0.005), "cv": pytest.approx((1.60, 2.03), abs=0.005),
                     "candle": pytest.approx((1.35, 2.71), abs=0.005)}
    assert all(relative_time_and_energy("P100", name) > (1.0, 1.0) > relative_time_and_energy("A100", name)
               for name in BENCHMARKS)


def test_a_machine_keeps_its_own_floors_and_other_parts_emit_less() -> None:
    instance = generate(problem="parts", machine="Frontier", scale=1.0, spread=0.0)
    own = SUPERCOMPUTERS["Frontier"]
    schedule = NodeMixSchedule(count=[own.get(name, 0) for name in instance.options])
    score = evaluate(instance, schedule)
    assert score.feasible
    assert score.terms["embodied_kg"].value == pytest.approx(sum(embodied_by_kind_kg(own).values()), rel=1e-12)
    best = ecoopt.solve(instance, "milp", start=schedule)
    assert best.objective < score.objective


def test_the_same_arguments_give_the_same_bytes_and_budgets_lie_between_thrifty_and_cheapest() -> None:
    assert generate(seed=3).digest == generate(seed=3).digest
    tight, loose, free = (ecoopt.solve(generate(workloads=30, budget=share, seed=3), "milp").objective
                          for share in (0.0, 1.0, None))
    assert tight > loose == pytest.approx(free)


def test_wrong_arguments_are_named_together() -> None:
    with pytest.raises(InputError) as caught:
        generate(problem="racks", workloads=0, benchmarks=["nlp", "nlp"], generations=["H100"], sizes=[3], usage=0,
                 budget=-1, machine="Summit", amortisation="never", name="")  # type: ignore[arg-type]
    for field in ("problem", "workloads", "benchmarks", "generations", "sizes", "usage", "budget", "machine",
                  "amortisation", "name"):
        assert f"generate node_mix: {field}:" in str(caught.value)


def test_the_referee_adds_up_by_hand() -> None:
    score = evaluate(HAND, NodeMixSchedule(count=[0, 2, 3]))
    # Half of 550 kg, and at 0.2 kg/kWh 1,200 kWh of work and 30 W for a year.
    assert score.objective == pytest.approx(275 + 0.2 * (1200 + 262.8))
    assert score.feasible
    assert {name: term.value for name, term in score.terms.items()} == pytest.approx(
        {"charged_kg": 275, "operational_kg": 292.56, "embodied_kg": 550, "energy_kwh": 1462.8, "machines": 5})
    rules = {"at-purchase": 1.0, "straight-line": 0.5, "double-declining": 1.0, "sunk": 0.0}
    for rule, share in rules.items():
        charged = evaluate(HAND.replace(amortisation=rule), NodeMixSchedule(count=[0, 2, 3])).terms["charged_kg"].value
        assert charged == pytest.approx(550 * share)


@pytest.mark.parametrize(("count", "what"), [
    ([0, 1, 3], {SHORT: 5.0}), ([0, 0, 3], {SHORT: 10.0, NONE_CHOSEN: 1.0}), ([5, 2, 3], {SEVERAL: 1.0, ABOVE: 3.0}),
    ([0, 2, 5], {TOO_MANY: 1.0}), ([0, 2, 1], {BELOW: 2.0}), ([8, 0, 3], {ABOVE: 2.0})])
def test_the_referee_names_every_broken_rule(count: list[int], what: dict[str, float]) -> None:
    score = evaluate(HAND, NodeMixSchedule(count=count))
    assert {violation.what: violation.by for violation in score.violations} == what


def test_wrong_instances_and_schedules_are_refused() -> None:
    content = {name: getattr(HAND, name) for name in type(HAND).model_fields}
    for changes, message in (
            ({"group": [0, 1, 0]}, "group is no rising list"), ({"demand": [1.0]}, "demand has 1 entries for 2 groups"),
            ({"choice": [True, True], "group": [0, 0, 0]}, "group parts has no option to choose"),
            ({"energy_kwh": [0.0, 0.0, 5.0]}, "energy_kwh of option disk is not 0"),
            ({"floor": [0.0]}, "floor has an entry of 0"), ({"provides": [[1.0]]}, "provides has shape"),
            ({"groups": ("work", "work")}, "groups are not distinct"), ({"most": [9, 9, 10**10]}, "most has an entry"),
            ({"embodied_kg": [1e16, 1.0, 1.0]}, "embodied_kg has an entry above"),
            ({"horizon_h": 9000.0}, "does not cover")):
        with pytest.raises(InputError, match=message):
            NodeMixInstance.from_content(content | changes, "instance")
    with pytest.raises(InputError, match="has 1 entries for 3 options"):
        evaluate(HAND, NodeMixSchedule(count=[1]))
    with pytest.raises(InputError, match="give a NodeMixInstance and a NodeMixSchedule"):
        evaluate(HAND, HAND)  # type: ignore[arg-type]


def test_an_infeasible_instance_is_explained() -> None:
    assert explain(HAND) == []
    assert explain(HAND.replace(most=[4, 1, 4])) == [
        "group work: no option meets its demand of 10 alone within the most machines and every ceiling"]
    assert explain(HAND.replace(most=[9, 9, 2])) == ["floor space: as many machines as there may be provide 2 of 3"]
    two = generate(workloads=2, budget=0.0, seed=1)
    assert explain(two.replace(ceiling=two.ceiling * 0.9))[0].startswith(
        "ceiling embodied carbon (kg): the choices that use least take")
    together = HAND.replace(ceiling=[6.0])
    assert explain(together) == ["demands, floors and ceilings can each be kept, not all at once: space, units"]
    parts = HAND.replace(demand=[10.0, 5.0])
    assert explain(parts) == ["group parts: as many machines as there may be deliver 0 of 5"]


def test_methods_say_why_they_have_no_schedule() -> None:
    tight, parts = generate(workloads=4, budget=0.0, seed=1), generate(problem="parts", scale=0.001)
    assert "embodied carbon" in ecoopt.solve(tight, "largest").details["reason"]
    few = ecoopt.solve(generate(workloads=12), "dp", options={"most_states": 1})
    assert "raise most_states" in few.details["reason"]
    assert "a bound, no schedule" in ecoopt.solve(parts, "dp").details["reason"]
    assert "mixes were tried" in ecoopt.solve(parts, "enumeration", iterations=1).details["reason"]


def test_parts_are_those_of_the_component_table() -> None:
    instance = generate(problem="parts", scale=0.01)
    assert instance.embodied_kg.tolist() == [component(name).embodied_kg for name in instance.options]


def test_two_budgets_are_solved_alike_by_both_exact_methods_and_no_start_is_lost() -> None:
    instance = generate(workloads=40, generations=["P100", "V100"], second_budget=0.5, seed=1)
    best = ecoopt.solve(instance, "milp")
    assert ecoopt.solve(instance, "dp").objective == pytest.approx(best.objective, rel=1e-9)
    greedy = ecoopt.solve(instance, "greedy")
    assert best.objective <= ecoopt.solve(instance, "local-search").objective <= greedy.objective
    for method in ("milp", "dp", "lp", "local-search", "rationed", "largest"):
        again = ecoopt.solve(instance, method, start=best.schedule, iterations=5)
        assert again.objective == pytest.approx(best.objective, rel=1e-9)
    assert ecoopt.solve(instance, "dp", options={"most_states": 1}).status == "none"
