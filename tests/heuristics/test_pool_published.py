"""KAIROS's closed form on the artifact's figures, its picks, where it is no bound; searches that count evaluations."""

import csv
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.core.status import Status
from ecoopt.heuristics.pool.closed_form import Figures, closed_form, figures_of
from ecoopt.heuristics.pool.published import pick
from ecoopt.instances.pool.routing import route, works

TABLE = Path(__file__).with_name("kairos_profile.csv")
AUXILIARY = ("c5n.2xlarge", "r5n.large", "t3.xlarge")
BASE = {"ncf": 3445, "rm2": 60.2, "wnd": 985, "mtwnd": 669, "dien": 422}
SEARCHES = ("forecast", "kairos-plus", "random", "hill-climb", "rsm")


def profile():
    with TABLE.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    return {model: {row["type"]: row for row in rows if row["model"] == model} for model in BASE}


def published(rows):
    """Return the artifact's figures of a model."""
    cut, share, time = (np.array([most] + [float(rows[name][column]) for name in AUXILIARY])
                        for column, most in (("cut", 1e9), ("share", 1.0), ("time_share", 1.0)))
    rate = np.zeros((4, 4))
    rate[0, 0] = rows["g4dn.xlarge"]["rate"]
    for k, name in enumerate(AUXILIARY, start=1):
        rate[k, 1:] = [float(rows[name][f"at_{other.partition('.')[0]}"] or 0) for other in AUXILIARY]
    return Figures(rate, cut, share, time)


def by_the_card(rows, count):
    """Return the closed form of one composition, step by step as the artifact has it."""
    rented = [(n, rows[name]) for n, name in zip(count[1:], AUXILIARY, strict=True) if n]
    base = float(rows["g4dn.xlarge"]["rate"])
    if not rented:
        return count[0] * base
    leader = max(rented, key=lambda entry: float(entry[1]["cut"]))[1]["type"].partition(".")[0]
    small, time = (max(float(row[column]) for _, row in rented) for column in ("share", "time_share"))
    others = sum(n * float(row[f"at_{leader}"]) for n, row in rented)
    large = base * (1 - small) / (1 - time)
    if others * (1 - small) / small >= count[0] * large:
        return count[0] * large / (1 - small)
    return others / small + count[0] * base * (1 - others * (1 - small) / (small * count[0] * large))


@pytest.fixture(scope="module")
def compositions():
    box = np.array(list(product(range(6), range(7), range(18), range(16))))
    return box[(box @ [0.526, 0.432, 0.149, 0.1664] <= 2.5) & (box[:, 0] >= 1)]


@pytest.mark.parametrize("model", BASE)
def test_the_closed_form_is_the_artifacts_for_all_331_compositions(compositions, model):
    rows = profile()[model]
    assert len(compositions) == 331
    found = closed_form(published(rows), compositions)
    np.testing.assert_allclose(found, [by_the_card(rows, count) for count in compositions.tolist()], atol=5e-4)
    assert closed_form(published(rows), np.array([[4, 0, 0, 0]]))[0] == pytest.approx(BASE[model], rel=1e-3)


@pytest.mark.parametrize("model", ["rm2", "wnd"])
def test_the_picks_are_the_published_ones(compositions, model):
    found = closed_form(published(profile()[model]), compositions)
    leading = compositions[np.argsort(-found, kind="stable")[:10]]
    assert leading[pick(leading, "first")].tolist() == [1, 0, 13, 0]
    assert leading[pick(leading, "medoid")].tolist() == [1, 0, 11, 1]
    assert pick(leading, "published") == 0


def test_models_that_disagree_on_the_base_take_the_medoid():
    leading = np.array([[1, 9], [2, 5], [1, 8], [1, 7], [1, 6]])
    assert pick(leading, "published") == pick(leading, "medoid") == 3


@pytest.mark.parametrize("model", BASE)
def test_figures_made_of_latencies_are_near_the_artifacts(model):
    instance = ecoopt.generate("pool", models=[model])
    made, artifact = figures_of(instance.models[0], instance.in_time[0]), published(profile()[model])
    assert made.rate_per_s[0, 0] == pytest.approx(artifact.rate_per_s[0, 0], rel=0.02)
    np.testing.assert_allclose(made.share[1:], artifact.share[1:], atol=0.05)
    np.testing.assert_allclose(np.diag(made.rate_per_s)[1:3], np.diag(artifact.rate_per_s)[1:3], rtol=0.07)


def test_the_closed_form_overshoots_the_fluid_optimum_here_and_undershoots_it_there(compositions):
    instance = ecoopt.generate("pool", models=["rm2"])
    work = works(instance)[0]
    figures = figures_of(instance.models[0], instance.in_time[0])
    ratio = {tuple(count): route(work, np.array(count, dtype=float)).rate_per_s / closed_form(
        figures, np.array([count]))[0] for count in ([1, 0, 1, 10], [2, 2, 0, 3])}
    assert ratio[1, 0, 1, 10] < 0.9
    assert ratio[2, 2, 0, 3] > 1.01
    one_kind = compositions[(compositions[:, 1:] > 0).sum(axis=1) == 1][::7]
    served = np.array([route(work, count.astype(float)).rate_per_s for count in one_kind])
    assert (served >= closed_form(figures, one_kind) * (1 - 1e-9)).all()


@pytest.mark.parametrize(("model", "best"), [("rm2", 143.6), ("wnd", 1602.3)])
def test_kairos_and_its_successor_take_the_optimum_of_the_card(model, best):
    instance = ecoopt.generate("pool", models=[model])
    for method, most in (("kairos", 1), ("kairos-plus", 331), ("forecast", 331)):
        found = ecoopt.solve(instance, method)
        assert found.objective == pytest.approx(best, abs=0.05)
        assert found.evaluations <= most
        assert found.details["evaluations_to_best"] <= found.evaluations
    assert found.status is Status.OPTIMAL


@pytest.fixture(scope="module")
def tried():
    """A pool of two types whose trials are known: the optimum is (3, 2)."""
    instance = ecoopt.generate("pool", objective="cost", kinds=2, demand=2.5, diurnal=0.0, noise=0.0)
    counts = np.array([(a, b) for a in range(6) for b in range(7)])
    percent = np.clip(60 + 9.5 * counts[:, 0] + 5.4 * counts[:, 1], 0, 99.5) * (counts[:, 0] > 0)
    return instance.replace(trials={"count": counts, "qos_percent": percent, "least_qos_percent": 99.0})


@pytest.mark.parametrize("method", [*SEARCHES, "kairos"])
def test_searches_find_the_cheapest_composition_that_was_tried(tried, method):
    found = ecoopt.solve(tried, method, seed=1)
    assert found.notes == ()
    assert found.objective == pytest.approx(-(3 * 0.526 + 2 * 0.432))
    assert found.bound is None
    assert 0 < found.details["evaluations_to_best"] <= found.evaluations <= 42


def test_bayesian_optimisation_finds_it_too_or_says_what_to_install(tried):
    try:
        import sklearn  # noqa: F401
    except ImportError:
        with pytest.raises(InputError, match="bayes"):
            ecoopt.solve(tried, "ribbon")
        return
    found = ecoopt.solve(tried, "ribbon", seed=1)
    assert found.objective == pytest.approx(-(3 * 0.526 + 2 * 0.432))
    assert ecoopt.solve(tried, "ribbon", seed=1).schedule == found.schedule
    assert ecoopt.solve(tried, "ribbon", seed=1, options={"most": 3}).evaluations == 3
    assert ecoopt.solve(tried.replace(objective="throughput", trials=rates()), "ribbon").objective == 110.0


def rates():
    counts = np.array([(a, b) for a in range(5) for b in range(4)])
    return {"count": counts, "rate_per_s": np.minimum(20.0 * counts[:, 0] + 10.0 * counts[:, 1], 110.0)}


@pytest.mark.parametrize("method", SEARCHES)
def test_trials_of_rates_are_searched_to_the_largest(tried, method):
    found = ecoopt.solve(tried.replace(objective="throughput", trials=rates()), method)
    assert found.objective == 110.0
    assert found.notes == ()


def test_several_models_and_endless_compositions_are_refused():
    several = ecoopt.generate("pool", models=["rm2", "wnd"])
    endless = ecoopt.generate("pool", kinds=16)
    for method in ("kairos", "kairos-plus", "random", "hill-climb", "rsm", "forecast"):
        with pytest.raises(InputError, match="one model in one period"):
            ecoopt.solve(several, method)
    with pytest.raises(InputError, match="compositions to try"):
        ecoopt.solve(endless, "random")
