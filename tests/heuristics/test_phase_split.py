"""Phase-split heuristics: what is their own beyond the laws of every method."""

import numpy as np
import pytest

from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.evaluate.phase_split import evaluate
from ecoopt.heuristics.phase_split.ground import Ground
from ecoopt.heuristics.phase_split.online import Past, online
from ecoopt.instances.phase_split import generate
from ecoopt.instances.phase_split.routing import arrays_of
from ecoopt.registry import method


def run(instance, name, **options):
    return method("phase_split", name).run(instance, options=options)


@pytest.fixture(scope="module")
def day():
    return generate(hours=6, machines=["a100", "h100"], buckets=4, rate_per_s=20.0, start_min=30.0, objective="carbon",
                    seed=1)


@pytest.mark.parametrize("name", ["reactive", "rolling"])
def test_an_autoscaler_cannot_see_what_is_to_come(day, name):
    later = day.rate_per_s.copy()
    later[4:] *= 3
    one, other = (run(instance, name).schedule for instance in (day, day.replace(rate_per_s=later)))
    assert np.array_equal(one.machines[:4], other.machines[:4])
    assert not np.array_equal(one.machines[4:], other.machines[4:])


def test_a_policy_is_given_the_past_alone(day):
    seen = []

    def policy(past: Past):
        seen.append(past)

    online(day, Run(Budget()), None, policy)
    assert [len(past.rates) for past in seen] == list(range(6))
    assert [len(past.units) for past in seen] == list(range(6))


def test_machines_that_idle_stay_on_until_they_have_cost_a_start():
    rates = np.repeat([[30.0], [5.0], [5.0], [5.0], [30.0]], 4, axis=1) / 4
    base = generate(hours=5, machines=["h100"], buckets=4, rate_per_s=20.0, objective="cost", seed=1)
    starts = {}
    for cost in (0.0, 100.0, 1e4):
        kinds = tuple(kind.replace(start_cost=cost) for kind in base.types)
        found = run(base.replace(rate_per_s=rates, types=kinds), "rolling")
        starts[cost] = found.schedule.machines.sum(axis=(1, 2, 3)).tolist()
    assert starts[0.0][2] == starts[0.0][3] < starts[100.0][2]
    assert min(starts[1e4]) >= starts[1e4][0]


def test_local_search_keeps_machines_on_where_a_start_costs_more(day):
    greedy, better = run(day, "greedy"), run(day, "local-search")
    assert better.objective < greedy.objective
    assert np.isclose(evaluate(day, better.schedule).objective, better.objective)


def test_one_type_alone_is_one_type_alone(day):
    assert run(day, "homogeneous", machine="h100").schedule.machines[..., 0].sum() == 0
    best = run(day, "homogeneous")
    assert best.objective == min(run(day, "homogeneous", machine=name).objective for name in ("a100", "h100"))
    assert "there is no type" in run(day, "homogeneous", machine="v100").details["reason"]


def test_machines_of_the_peak_are_on_in_every_hour(day):
    units, _ = arrays_of(run(day, "peak").schedule)
    assert (units == units[0]).all()
    assert run(day, "peak").objective > run(day, "greedy").objective


def test_colocated_needs_pools_of_both(day):
    assert "no pools" in run(day, "colocated").details["reason"]
    both = generate(mode="mixed", rate_per_s=20.0)
    assert run(both, "colocated").schedule.machines[:, :2].sum() == 0


def test_nothing_is_found_where_the_inventory_is_too_small():
    small = generate(inventory=1, rate_per_s=50.0)
    for name in ("greedy", "local-search", "pso", "enumerate", "proportional", "homogeneous", "peak", "reactive",
                 "rolling"):
        found = run(small, name)
        assert found.schedule is None
        assert found.details["reason"]


def test_proportional_pools_are_in_the_ratio_of_their_loads():
    instance = generate(workload="code", rate_per_s=200.0, machines=["h100"])
    prompts, tokens = run(instance, "proportional").schedule.machines[0, :, 0, 0]
    loads = [float(instance.rate_per_s[0] @ table[0]) for table in (instance.prefill_s, instance.decode_s)]
    assert abs(prompts - (prompts + tokens) * loads[0] / sum(loads)) <= 1


def test_units_are_added_with_what_is_given_kept():
    instance = generate(rate_per_s=20.0)
    ground = Ground(instance)
    base = np.zeros(ground.pools, dtype=np.int64)
    base[1] = 4
    units = ground.cover(ground.needs[0], ground.cost[0], None, base)
    assert units is not None
    assert units[1] >= 4
    assert ground.can(ground.needs[0], units)
