"""Layer placements: speeds from measured times, the generator, the referee by hand, wrong input, five fleets."""

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.evaluate.layer_placement import BEYOND, SHORT, TOO_MANY, evaluate
from ecoopt.formulations.layer_placement import explain
from ecoopt.instances.layer_placement import (
    LayerPlacementInstance,
    LayerPlacementSchedule,
    Links,
    MachineType,
    compute_bound,
    generate,
    placement_value,
    throughput,
)
from ecoopt.instances.layer_placement.speeds import Service, batch_and_speed, best_degree, most_layers
from ecoopt.instances.llm.helix import MODELS, layer_machines, layer_ms

FLEETS = (((2, 0, 0, 0, 0, 2, 0), 24), ((2, 0, 0, 2, 0, 2, 0), 36), ((4, 0, 0, 2, 0, 2, 0), 60),
          ((4, 0, 4, 0, 4, 0, 0), 60), ((4, 0, 8, 0, 12, 0, 0), 80))
HAND = LayerPlacementInstance(
    name="hand", layers=4, kind=[0, 1, 1], intensity_g_per_kwh=500.0, pue=2.0, types=(
        MachineType(name="fast", tokens_per_s=[10, 6, 5], price_per_h=3.0, power_w=300.0, embodied_g_per_h=10.0),
        MachineType(name="slow", tokens_per_s=[4, 3, 2, 1], price_per_h=1.0, power_w=100.0)))


def _placed(first: list[int], held: list[int]) -> LayerPlacementSchedule:
    return LayerPlacementSchedule(first=first, held=held)


def test_layers_that_fit_are_the_published_ones() -> None:
    found = {name: most_layers(Service(), name) for name in layer_machines()}
    assert found == {"A100": 12, "V100": 4, "L4": 7, "L4x2": 14, "T4": 4, "T4x2": 9, "T4x4": 18}


@pytest.mark.parametrize("service", [Service(), Service(token_ms=500.0), Service(prefill=True),
                                     Service("llama1-30b"), Service(network_gbit_per_s=0.5)])
def test_the_batch_is_the_best_that_fits_and_speeds_never_rise(service: Service) -> None:
    model = MODELS[service.model]
    for name, machine in layer_machines().items():
        batch, speed = batch_and_speed(service, name)
        assert (np.diff(speed) <= 0).all()
        tokens, taken_ms = layer_ms(service.model, name, "decode")
        context = service.prompt_tokens + service.output_tokens / 2
        for k, (b, t) in enumerate(zip(batch.tolist(), speed.tolist(), strict=True), 1):
            layer = float(np.interp(b, tokens, taken_ms))
            assert b * k * context * model.kv_kb <= machine.memory_gb / 2 * 1e6
            assert service.token_ms is None or layer * model.layers <= service.token_ms
            assert t <= service.network_gbit_per_s * 1e9 / 8 / model.activation_bytes
            assert service.prefill or t <= 1000 * b / (k * layer)


def test_a_tighter_latency_never_serves_more_and_prompts_cost() -> None:
    free, tight, tighter = (batch_and_speed(Service(token_ms=limit), "A100")[1] for limit in (None, 300.0, 150.0))
    assert (free >= tight).all()
    assert (tight[:len(tighter)] >= tighter).all()
    assert (free > batch_and_speed(Service(prefill=True), "A100")[1]).all()
    assert batch_and_speed(Service(token_ms=1.0), "A100")[1].size == 0


def test_the_degree_chosen_serves_most_per_device() -> None:
    for service in (Service(), Service(token_ms=400.0)):
        for device in ("A100", "L4", "T4"):
            chosen = best_degree(service, device)
            worth = {}
            for name, each in layer_machines().items():
                _, speed = batch_and_speed(service, name)
                if name.split("x")[0] == device:
                    worth[name] = (speed * np.arange(1, len(speed) + 1)).max(initial=0) / each.devices
            assert worth[chosen] == max(worth.values())


def test_regrouped_fleets_have_the_same_gpus_and_compute_no_less() -> None:
    for token_ms in (None, 400.0):
        counts = [1, 0, 4, 2, 8, 2, 0]
        given, anew = (generate(counts=counts, regroup=regroup, token_ms=token_ms) for regroup in (False, True))
        gpus = [sum(layer_machines()[each.types[q].name].devices for q in each.kind) for each in (given, anew)]
        assert gpus[0] <= gpus[1] == 21  # singles that are not in time are left out
        assert compute_bound(anew) >= compute_bound(given)


def test_the_same_arguments_give_the_same_bytes_and_sites_bind() -> None:
    assert generate(seed=3).digest == generate(seed=3).digest
    apart = generate(machines=8, layers=24, sites=2, site_mbit_per_s=50.0, seed=1)
    together = apart.replace(links=None)
    schedule = ecoopt.solve(together, "greedy").schedule
    assert throughput(apart, schedule.first, schedule.held) <= throughput(together, schedule.first, schedule.held)
    assert {each.name[-4:] for each in apart.types} == {"at 1", "at 2"}


def test_wrong_arguments_are_named_together() -> None:
    with pytest.raises(InputError) as caught:
        generate(objective="speed", model="gpt", layers=0, machines=0, counts=[1], spread=-1, prefill=1,  # type: ignore[arg-type]
                 output_tokens=0, sites=0, demand=0, pue=0, name="")
    for field in ("objective", "model", "layers", "machines", "counts", "spread", "prefill", "output_tokens", "sites",
                  "demand", "pue", "name"):
        assert f"generate layer_placement: {field}:" in str(caught.value)
    with pytest.raises(InputError, match="leave no machine that can hold a layer"):
        generate(token_ms=0.001)


def test_the_referee_adds_up_by_hand() -> None:
    # Layers 0 to 1 on both slow machines, 1 to 3 on the fast one too: 6, 11, 5, 5.
    score = evaluate(HAND, _placed([1, 0, 0], [3, 2, 2]))
    assert score.objective == 5
    assert score.feasible
    assert {name: term.value for name, term in score.terms.items()} == pytest.approx(
        {"throughput_tokens_per_s": 5, "machines": 3, "price_per_h": 5, "carbon_g_per_h": 510, "power_w": 500})
    cost, carbon = (evaluate(HAND.replace(objective=each, demand_tokens_per_s=5), _placed([1, 0, 0], [3, 2, 2]))
                    for each in ("cost", "carbon"))
    assert (cost.objective, carbon.objective) == (-5, -510)


def test_tokens_enter_a_machine_in_its_middle() -> None:
    # One slow machine hands over to the fast one in the middle of its layers.
    assert evaluate(HAND, _placed([1, 0, 0], [3, 2, 0])).objective == 3


def test_links_bind_as_written() -> None:
    links = Links(between=[[0, 0], [2, 0]], entry=[0, 9], leaving=[9, 0])
    assert evaluate(HAND.replace(links=links), _placed([1, 0, 0], [3, 1, 1])).objective == 4
    assert placement_value(HAND.replace(links=links), np.array([1, 0, 0]), np.array([3, 1, 1])) == 4


@pytest.mark.parametrize(("first", "held", "what"), [
    ([0, 0, 0], [4, 0, 0], {TOO_MANY: 1.0, SHORT: 2.0}), ([2, 0, 0], [3, 2, 0], {BEYOND: 1.0, SHORT: 2.0}),
    ([0, 0, 0], [0, 4, 0], {SHORT: 1.0})])
def test_the_referee_names_every_broken_rule(first: list[int], held: list[int], what: dict[str, float]) -> None:
    score = evaluate(HAND.replace(objective="cost", demand_tokens_per_s=2), _placed(first, held))
    assert {violation.what: violation.by for violation in score.violations} == what


def test_wrong_instances_and_schedules_are_refused() -> None:
    content = {name: getattr(HAND, name) for name in type(HAND).model_fields}
    for changes, message in (
            ({"kind": [0, 2]}, "kind names type 2; name 0 to 1"), ({"kind": []}, "kind has 0 machines"),
            ({"types": ()}, "0 types"), ({"types": (HAND.types[0],) * 2}, "types share a name"),
            ({"demand_tokens_per_s": 5}, "belongs to the objectives cost and carbon"),
            ({"objective": "cost"}, "belongs to the objectives cost and carbon"),
            ({"links": {"between": [[1]], "entry": [1, 1], "leaving": [1]}}, r"links.between has shape \[1, 1\]")):
        with pytest.raises(InputError, match=message):
            LayerPlacementInstance.from_content(content | changes, "instance")
    with pytest.raises(InputError, match="rises from 1 to 2 layers"):
        MachineType.from_content({"name": "odd", "tokens_per_s": [1, 2]}, "type")
    with pytest.raises(InputError, match="first has 1 entries, held 2"):
        LayerPlacementSchedule.from_content({"first": [0], "held": [1, 1]}, "schedule")
    with pytest.raises(InputError, match="has 1 entries for 3 machines"):
        evaluate(HAND, _placed([0], [1]))
    with pytest.raises(InputError, match="give a LayerPlacementInstance and a LayerPlacementSchedule"):
        evaluate(HAND, HAND)  # type: ignore[arg-type]


def test_a_demand_that_cannot_be_reached_is_explained() -> None:
    asked = HAND.replace(objective="cost", demand_tokens_per_s=5)
    assert explain(HAND) == explain(asked) == []
    assert explain(asked.replace(demand_tokens_per_s=9)) == [
        "all machines together compute for 6 tokens per second, the demand is 9"]
    assert "filled with what the machines can take" in explain(asked.replace(kind=[0, 0, 1], demand_tokens_per_s=9))[0]
    assert explain(asked.replace(kind=[0])) == ["all machines together hold 3 of 4 layers"]
    cut = asked.replace(demand_tokens_per_s=4, links=Links(between=[[0, 0], [0, 0]], entry=[9, 9], leaving=[9, 9]))
    assert explain(cut) == ["each bound allows it, but no placement of the machines reaches 4 tokens per second"]


@pytest.mark.parametrize(("counts", "layers"), FLEETS)
def test_five_fleets_are_proven_optimal_and_one_chain_is_no_better(counts: tuple[int, ...], layers: int) -> None:
    instance = generate(counts=list(counts), layers=layers)
    best = ecoopt.solve(instance, "milp", time_limit=60)
    assert best.status == "optimal"
    assert best.objective >= 0.9 * compute_bound(instance)
    assert ecoopt.solve(instance, "beam").objective == best.objective
    chain, groups = (ecoopt.solve(instance, name).objective for name in ("bisection", "chain-groups"))
    assert chain <= groups <= best.objective


def test_methods_say_why_they_have_no_schedule() -> None:
    short = generate(counts=[0, 0, 0, 0, 3, 0, 0], layers=20, objective="cost", demand=0.1)
    assert ecoopt.solve(short, "bisection").details["reason"] == "the machines together cannot hold all layers"
    assert ecoopt.solve(short, "greedy").details["reason"] == "no placement found reaches the demand"
    many = generate(machines=300, sites=2, objective="cost", demand=0.01, seed=1)
    assert "too many for the flow form" in ecoopt.solve(many, "helix", time_limit=60).details["reason"]
