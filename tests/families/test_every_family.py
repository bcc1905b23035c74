"""What holds for every family of ours: its rooms are there, and every method of it keeps the promises of a method."""

from functools import cache
from importlib.util import find_spec
from math import inf
from pathlib import Path

import pytest
from small_families import SMALL

import ecoopt
from ecoopt.core.method import Kind
from ecoopt.core.status import Sense, Status
from ecoopt.documents import read_instance, read_result, write_instance, write_result
from ecoopt.registry import BUILTIN, family, methods

DOCS = Path(__file__).parents[2] / "docs"
# Not traced: a family's functions are compiled here, which takes longer when traced, and its own tests reach the rest.
pytestmark = pytest.mark.no_cover
EVERY = [(owner.name, name) for owner in BUILTIN for name in methods(owner.name)]


@cache
def first(owner, method):
    """Return a small instance and what a method finds on it: one run, held against all laws."""
    instance = ecoopt.generate(owner, **SMALL[owner])
    return instance, ecoopt.solve(instance, method, iterations=4, seed=5)


@pytest.fixture(scope="module", params=[owner.name for owner in BUILTIN])
def name(request):
    return request.param


def test_every_family_of_ours_has_a_small_instance():
    assert set(SMALL) == {owner.name for owner in BUILTIN}


def test_every_floor_has_a_room_of_the_family(name):
    for house in ("instances", "evaluate", "formulations", "heuristics", "testing"):
        assert find_spec(f"ecoopt.{house}.{name}"), house
    assert {Kind.EXACT, Kind.BOUND, Kind.HEURISTIC} <= {method.kind for method in methods(name).values()}


@pytest.mark.skipif(not DOCS.is_dir(), reason="a wheel has no pages")
def test_every_family_has_its_page_that_lists_its_methods(name):
    assert f".. methods:: {name}" in (DOCS / "families" / f"{name}.rst").read_text()


def test_the_same_options_give_the_same_instance_and_another_seed_another(name):
    one, again = (ecoopt.generate(name, **SMALL[name]) for _ in range(2))
    assert one.digest == again.digest
    assert ecoopt.generate(name, **SMALL[name] | {"seed": 77}).digest != one.digest


@pytest.mark.parametrize(("owner", "method"), EVERY)
def test_a_method_is_repeatable_honest_and_read_back_from_its_file(owner, method, tmp_path):
    instance, found = first(owner, method)
    again = ecoopt.solve(instance, method, iterations=4, seed=5)
    assert found.status is not Status.ERROR, found.details
    assert found.notes == ()
    assert found.iterations <= 4
    assert (found.objective, found.bound, found.schedule) == (again.objective, again.bound, again.schedule)
    assert [(p.iteration, p.incumbent, p.bound) for p in found.trace] == [
        (p.iteration, p.incumbent, p.bound) for p in again.trace]
    if found.schedule is not None:
        assert ecoopt.evaluate(instance, found.schedule) == found.score
        assert found.score.feasible
    if found.schedule is not None and found.bound is not None:
        least, most = (found.bound, found.objective)[::1 if family(owner).sense is Sense.MIN else -1]
        assert least <= most + 1e-7 * max(1.0, abs(most))
    write_instance(instance, tmp_path / "i.json")
    write_result(found, tmp_path / "r.json")
    assert read_instance(tmp_path / "i.json").digest == instance.digest
    assert read_result(tmp_path / "r.json") == found


@pytest.mark.parametrize("owner", SMALL)
def test_no_bound_is_beyond_the_best_schedule_of_all_methods(owner):
    way = 1 if family(owner).sense is Sense.MIN else -1
    found = [first(owner, method)[1] for method in methods(owner)]
    best = min((way * each.objective for each in found if each.schedule is not None), default=inf)
    bounds = [(each.method, way * each.bound) for each in found if each.bound is not None]
    assert bounds
    assert [(method, bound) for method, bound in bounds if bound > best + 1e-7 * max(1.0, abs(best))] == []


@pytest.mark.parametrize("name", sorted(SMALL))
def test_an_instance_is_explained_as_often_as_it_is_asked(name):
    """A module of the function's name would take its place in the package after the first call."""
    instance = ecoopt.generate(name, **SMALL[name])
    first, again = family(name).explain()(instance), family(name).explain()(instance)
    assert first == again
