"""Laws of spot fleets: referee, dynamic program, flow form and searches agree on random tiny instances."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

import ecoopt
from ecoopt.core.budget import Budget
from ecoopt.core.status import Status, Termination
from ecoopt.evaluate.spot_parallel import evaluate
from ecoopt.formulations.highs import solve_lp
from ecoopt.formulations.spot_parallel.flow import flow_form
from ecoopt.heuristics.spot_parallel.dynamic import ToCome
from ecoopt.heuristics.spot_parallel.paths import Borders, Path, Stretches
from ecoopt.instances.spot_parallel import SpotParallelSchedule, placing
from ecoopt.instances.spot_parallel.moving import move_order
from ecoopt.instances.spot_parallel.placing import Placement, moved_gb
from ecoopt.instances.spot_parallel.tables import tables_of
from ecoopt.testing.spot_parallel import (
    best_by_enumeration,
    judge_plainly,
    spot_parallel_instances,
    spot_parallel_schedules,
)

USUAL = settings.default.max_examples
HEURISTICS = ("greedy", "local-search", "pso", "myopic", "fixed", "rerouting", "reparallelise", "on-demand-only",
              "hysteresis", "rolling", "lagrangian")


def run(method, instance, **arguments):
    return ecoopt.families()["spot_parallel"].methods[method].run(instance, **arguments)


@settings(max_examples=3 * USUAL)
@given(data=st.data(), named=st.booleans())
def test_the_referee_says_what_a_plain_judge_says(data, named):
    instance = data.draw(spot_parallel_instances(named=named))
    schedule = data.draw(spot_parallel_schedules(instance))
    score = evaluate(instance, schedule)
    value, allowed = judge_plainly(instance, schedule)
    assert score.objective == pytest.approx(value, rel=1e-9, abs=1e-9)
    assert score.feasible == allowed


@settings(max_examples=2 * USUAL)
@given(instance=spot_parallel_instances(nodes=4))
def test_flow_form_and_bounds_agree_with_enumeration_budgets_included(instance):
    optimum, exact = best_by_enumeration(instance), [run("flow", instance), run("milp", instance)]
    priced, relaxed = run("lagrangian", instance), run("lp", instance)
    if optimum == np.inf:
        assert [found.status for found in exact] == [Status.INFEASIBLE] * 2
        assert priced.schedule is None
        return
    for found in exact:
        assert found.termination is Termination.PROOF
        assert found.objective == pytest.approx(optimum, rel=1e-7, abs=1e-7)
        assert found.bound == pytest.approx(optimum, rel=1e-7, abs=1e-7)
    for bound in (priced.bound, relaxed.bound):
        assert bound <= optimum + 1e-7 * max(1.0, abs(optimum))


@settings(max_examples=2 * USUAL)
@given(instance=spot_parallel_instances(nodes=4, budgets=False))
def test_dynamic_program_relaxation_and_enumeration_are_equal_without_budgets(instance):
    optimum, tables = best_by_enumeration(instance), tables_of(instance)
    if optimum == np.inf:
        assert run("dp", instance).status is Status.INFEASIBLE
        return
    to_come = ToCome(tables, tables.cost_usd)
    assert to_come.value == pytest.approx(optimum, rel=1e-9, abs=1e-9)
    assert tables.path_usd(to_come.best()) == pytest.approx(optimum, rel=1e-9, abs=1e-9)
    assert solve_lp(flow_form(tables).linear).objective == pytest.approx(optimum, rel=1e-7, abs=1e-7)
    assert run("dp", instance).status is Status.OPTIMAL


@given(instance=spot_parallel_instances(nodes=12, configs=8, moving=False, budgets=False))
def test_three_prices_of_change_give_what_all_pairs_give(instance):
    tables = tables_of(instance)
    values = np.where(tables.fits, tables.cost_usd, 1e3)
    later = np.flatnonzero(instance.parent >= 0)
    every = (tables.change_usd(later) + values[later][:, None, :]).min(axis=2, initial=np.inf)
    assert ToCome(tables, tables.cost_usd).entered(later, values[later]) == pytest.approx(every, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("method", HEURISTICS)
@given(instance=spot_parallel_instances(nodes=3), seed=st.integers(0, 3))
def test_a_method_claims_what_the_referee_finds_and_no_less_than_the_optimum(method, instance, seed):
    outcome = run(method, instance, seed=seed, budget=Budget(iterations=6))
    if outcome.schedule is None:
        return
    score = evaluate(instance, outcome.schedule)
    assert score.violations == ()
    assert outcome.objective == pytest.approx(score.objective, rel=1e-9, abs=1e-9)
    optimum = best_by_enumeration(instance)
    assert outcome.objective >= optimum - 1e-9 * max(1.0, abs(optimum))


@pytest.mark.parametrize("method", [*HEURISTICS, "dp", "flow", "milp"])
@settings(max_examples=USUAL // 2)
@given(instance=spot_parallel_instances(named=True))
def test_where_gpus_have_names_claims_are_the_referees_and_bounds_hold(method, instance):
    outcome = run(method, instance, budget=Budget(iterations=6))
    if outcome.schedule is None:
        return
    score = evaluate(instance, outcome.schedule)
    assert score.violations == ()
    assert outcome.objective == pytest.approx(score.objective, rel=1e-9, abs=1e-9)
    least = tables_of(instance)
    bound = ToCome(least, least.cost_usd).value
    assert bound <= outcome.objective + 1e-9 * max(1.0, abs(bound))


@pytest.mark.parametrize("method", [*HEURISTICS, "dp", "flow", "milp"])
@settings(max_examples=USUAL // 2)
@given(instance=spot_parallel_instances(), iterations=st.integers(0, 4))
def test_no_method_is_worse_than_its_start_or_spends_more_than_it_may(method, instance, iterations):
    start = run("milp", instance).schedule
    if start is None:
        return
    start = start.replace(on_demand=np.minimum(instance.gpus[start.config], instance.most_on_demand))
    if not evaluate(instance, start).feasible:
        return
    found = run(method, instance, start=start, budget=Budget(iterations=iterations))
    assert found.iterations <= iterations
    assert found.objective <= evaluate(instance, start).objective + 1e-9


@given(instance=spot_parallel_instances(nodes=8, moving=False, budgets=False), seed=st.integers(0, 99))
def test_a_move_changes_the_objective_by_its_delta(instance, seed):
    tables = tables_of(instance)
    if tables.lacking:
        return
    path = Path(tables, tables.cost_usd.argmin(axis=1))
    moves = [*Borders(path).moves(), *Stretches(path).moves()]
    move = moves[seed % len(moves)]
    change = path.delta(move)
    if np.isfinite(change):
        path.apply(move)
        assert tables.path_usd(path.config) == pytest.approx(path.value, rel=1e-9, abs=1e-9)


@settings(max_examples=3 * USUAL)
@given(instance=spot_parallel_instances(nodes=2, configs=6, named=True, budgets=False), seed=st.integers(0, 2**32 - 1))
def test_assignment_moves_no_more_than_greedy_or_any_placing(instance, seed):
    tables, rng = tables_of(instance), np.random.default_rng(seed)
    if tables.lacking or instance.nodes < 2:
        return
    old, new = (int(rng.choice(np.flatnonzero(row))) for row in tables.fits)
    placement = Placement(instance)
    extra = tables.on_demand[[0, 1], [old, new]].tolist()
    before = placement.first(0, old, extra[0])
    rng.shuffle(before[:placement.spot])
    best = placement.best(1, before, old, new, extra[1])
    for others in (_greedily(placement, before, old, new, extra[1]), placement.first(1, new, extra[1])):
        assert placement.moved_gb(before, best, old, new) <= placement.moved_gb(before, others, old, new) + 1e-9


def _greedily(placement, before, old, new, extra):
    """Give each slot in turn to the GPU that holds most of it."""
    there = [k for k in range(placement.instance.devices) if k >= placement.spot or placement.alive[1, k]]
    left = [int(placement.instance.gpus[new]) - extra, extra]
    after = np.full(placement.instance.devices, -1)
    shared = placement.slots.shared_gb(old, new)
    for slot in range(int(placement.instance.gpus[new])):
        free = [k for k in there if after[k] < 0 and left[int(k >= placement.spot)] > 0]
        best = max(free, key=lambda k: shared[before[k], slot] if before[k] >= 0 else 0.0)
        after[best] = slot
        left[int(best >= placement.spot)] -= 1
    return after


@given(instance=spot_parallel_instances(nodes=6, budgets=False), node=st.integers(0, 5), method=st.sampled_from(
    ("hysteresis", "rolling")))
def test_policies_cannot_read_the_future(instance, node, method):
    found = run(method, instance)
    if found.schedule is None or node >= instance.nodes:
        return
    after = np.arange(instance.nodes) > node
    other = instance.replace(
        spot_gpus=np.where(after, 3, instance.spot_gpus), load_rps=np.where(after, 7.0, instance.load_rps),
        spot_usd_per_gpu_h=np.where(after, 0.1, instance.spot_usd_per_gpu_h))
    again = run(method, other)
    assert (again.schedule.config[:node + 1] == found.schedule.config[:node + 1]).all()


@given(instance=spot_parallel_instances())
def test_one_more_gpu_never_costs_more(instance):
    more = instance.replace(spot_gpus=instance.spot_gpus + 1)
    one, other = run("milp", instance), run("milp", more)
    if one.schedule is not None:
        assert other.objective <= one.objective + 1e-7 * max(1.0, abs(one.objective))


def test_linear_sum_assignment_heeds_what_is_forbidden():
    rows, columns = linear_sum_assignment(np.array([[5.0, -np.inf], [9.0, 0.0]]), maximize=True)
    assert columns.tolist() == [0, 1]
    assert rows.tolist() == [0, 1]


@settings(max_examples=USUAL // 2)
@given(instance=spot_parallel_instances(nodes=2, configs=3, moving=True, named=True, budgets=False))
def test_where_gpus_have_names_no_schedule_of_two_nodes_beats_the_bound(instance):
    tables = tables_of(instance)
    if tables.lacking or instance.nodes < 2 or instance.parent[1] < 0:
        return
    bound, placement, best = ToCome(tables, tables.cost_usd).value, Placement(instance), np.inf
    there = [np.append(np.flatnonzero(row), np.arange(3, instance.devices)) for row in instance.alive]
    for old, new in np.argwhere(tables.fits[0][:, None] & tables.fits[1]).tolist():
        sizes = instance.gpus[[old, new]].tolist()
        for one in range(max(sizes[0] - len(there[0]) + instance.most_on_demand, 0),
                         min(sizes[0], instance.most_on_demand) + 1):
            for other in range(max(sizes[1] - len(there[1]) + instance.most_on_demand, 0),
                               min(sizes[1], instance.most_on_demand) + 1):
                for used in permutations(there[0].tolist(), sizes[0]):
                    if sum(k >= 3 for k in used) != one:
                        continue
                    before = np.full(instance.devices, -1)
                    before[list(used)] = np.arange(sizes[0])
                    after = placement.best(1, before, old, new, other)
                    best = min(best, tables.schedule_usd(SpotParallelSchedule(
                        config=[old, new], on_demand=[one, other], slot=np.array([before, after]))))
    assert bound <= best + 1e-9 * max(1.0, abs(best))
    assert run("dp", instance).objective >= best - 1e-9 * max(1.0, abs(best))


@given(instance=spot_parallel_instances(nodes=4, configs=6, moving=True, named=True, budgets=False))
def test_layers_in_order_move_what_is_counted_and_need_no_more_memory_than_all_at_once(instance):
    found = run("greedy", instance).schedule
    if found is None:
        return
    for node, moved in enumerate(moved_gb(instance, found).tolist()):
        if instance.parent[node] < 0:
            continue
        order = move_order(instance, found, node)
        assert order.lacking_gb.sum() == pytest.approx(moved, rel=1e-9, abs=1e-9)
        assert sorted(order.layers.tolist()) == list(range(len(order.layers)))
        assert order.peak_gb <= (order.held_gb[0] + order.lacking_gb.sum(axis=0)).max() + 1e-9
        used = found.slot[node] >= 0
        assert (order.held_gb[-1][~used] == pytest.approx(0.0, abs=1e-9))
        old, new = found.config[instance.parent[node]], found.config[node]
        needed = placing.Slots(instance).needed_gb(int(old), int(new))
        assert order.held_gb[-1][used] == pytest.approx(needed[found.slot[node][used]], rel=1e-9)
