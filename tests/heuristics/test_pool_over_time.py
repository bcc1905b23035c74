"""Pools over time: paths are the best ones, machines are kept where starts are dear, money moves between models."""

from itertools import product

import numpy as np
import pytest

import ecoopt
from ecoopt.core.run import Run
from ecoopt.core.status import Sense
from ecoopt.heuristics.pool.cover import cover
from ecoopt.heuristics.pool.ground import Ground
from ecoopt.instances.pool.path import best_path

OURS = ("greedy", "local-search", "pso")


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("start_share", [0.0, 0.5])
def test_the_path_is_the_best_of_all_sequences(seed, start_share):
    rng = np.random.default_rng(seed)
    periods, kinds = 3, 2
    pool = np.unique(rng.integers(0, 4, (5, kinds)), axis=0)
    values = np.where(rng.random((periods, len(pool))) < 0.2, -np.inf, rng.uniform(-3, 3, (periods, len(pool))))
    price, starting = rng.uniform(0, 1, (periods, kinds)), rng.choice([0.0, 0.7], (periods, kinds))
    money, most = rng.choice([3.0, np.inf], periods), rng.integers(2, 5, (periods, kinds))
    before = rng.integers(0, 2, kinds)
    value, chosen = best_path(values, pool, before, starting, price, start_share, money, most)
    best = -np.inf
    for sequence in product(range(len(pool)), repeat=periods):
        machines = pool[list(sequence)]
        begun = np.maximum(np.diff(machines, axis=0, prepend=before[None]), 0)
        paid = (price * (machines + start_share * begun)).sum(axis=1)
        if (machines <= most).all() and (paid <= money).all():
            total = values[range(periods), list(sequence)].sum() - (begun * starting).sum()
            best = max(best, total)
    assert value == pytest.approx(best)
    if np.isfinite(best):
        begun = np.maximum(np.diff(pool[chosen], axis=0, prepend=before[None]), 0)
        assert values[range(periods), chosen].sum() - (begun * starting).sum() == pytest.approx(best)


def machines(instance, schedule):
    counts = np.zeros((instance.periods, len(instance.models), len(instance.types)), dtype=np.int64)
    rented = schedule.rented
    np.add.at(counts, (rented.period, rented.model, rented.kind), rented.count)
    return counts


@pytest.mark.parametrize("start_h", [0.0, 20.0])
def test_machines_are_kept_through_a_valley_only_where_starts_are_dear(start_h):
    instance = ecoopt.generate("pool", objective="cost", kinds=3, hours=6, diurnal=0.0, noise=0.0, start_h=start_h)
    demand = np.array([40.0, 40.0, 10.0, 10.0, 40.0, 40.0])
    instance = instance.replace(models=(instance.models[0].replace(demand_per_s=demand),))
    found = ecoopt.solve(instance, "local-search")
    total = machines(instance, found.schedule).sum(axis=(1, 2))
    assert (total[2] < total[1]) == (start_h == 0.0)
    if start_h:
        assert found.score.terms["starts"].value == total[0]


@pytest.mark.parametrize("options", [
    {"objective": "cost", "hours": 4, "spot": 0.3, "start_h": 0.4, "queueing": "erlang"},
    {"objective": "carbon", "hours": 4, "start_h": 1.0, "models": ["rm2", "wnd"]},
    {"objective": "throughput", "hours": 3, "spot": 0.3, "start_h": 0.4, "models": ["rm2", "dien"], "demand": 4.0},
    {"objective": "cost", "kinds": 8, "models": ["rm2", "mtwnd"], "budget_per_h": 9.0, "late_share": 0.01},
])
def test_search_does_no_worse_than_greedy_and_the_referee_agrees(options):
    instance = ecoopt.generate("pool", **options)
    greedy, search, swarm = (ecoopt.solve(instance, name, iterations=12, seed=2) for name in OURS)
    for found in (greedy, search, swarm):
        assert found.notes == ()
        assert found.score.feasible
        assert found.details["evaluations_to_best"] <= found.evaluations
    assert search.objective >= greedy.objective - 1e-9 * abs(greedy.objective)
    assert swarm.objective >= greedy.objective - 1e-9 * abs(greedy.objective)


def test_money_goes_to_the_model_whose_queries_are_worth_more():
    instance = ecoopt.generate("pool", models=["rm2", "dien"], kinds=3)
    heavy, light = instance.models[0].replace(weight=100.0), instance.models[1]
    found = ecoopt.solve(instance.replace(models=(heavy, light)), "greedy")
    rates = found.schedule.rate_per_s[0]
    assert rates[0] * 100 > rates[1]
    assert found.objective == pytest.approx(rates @ [100.0, 1.0])


def test_local_search_moves_money_from_a_start_that_gave_it_to_the_wrong_model():
    instance = ecoopt.generate("pool", models=["rm2", "dien"], kinds=3, hours=2)
    light, heavy = (instance.models[0], instance.models[1].replace(weight=100.0))
    begin = ecoopt.solve(instance.replace(models=(light.replace(weight=1e5), heavy)), "greedy")
    instance = instance.replace(models=(light, heavy))
    wrong = ecoopt.evaluate(instance, begin.schedule).objective
    found = ecoopt.solve(instance, "local-search", start=begin, seed=1)
    assert found.objective >= 0.98 * ecoopt.solve(instance, "greedy").objective > 2 * wrong


def test_loads_below_the_number_of_machines_do_not_lead_beyond_the_budget():
    instance = ecoopt.generate("pool", models=["rm2", "wnd"], kinds=2, hours=2, start_h=2.0, budget_per_h=1.6)
    load = np.arange(20) * np.full((2, 1), 0.5)
    instance = instance.replace(models=tuple(model.replace(load=load) for model in instance.models))
    for name in OURS:
        found = ecoopt.solve(instance, name, iterations=5)
        assert found.notes == ()
        assert found.score.feasible


def test_a_cover_serves_the_demand_and_gives_back_what_is_not_missed():
    instance = ecoopt.generate("pool", objective="cost", kinds=4, demand=5.0)
    ground = Ground(instance, Run(sense=Sense.MAX))
    count = cover(ground, 0, ground.before, np.ones((1, 4)))
    assert ground.meets(0, 0, count[0])
    for k in np.flatnonzero(count[0]):
        less = count[0].copy()
        less[k] -= 1
        assert not ground.meets(0, 0, less)
