"""The registry: our families and third parties', found through entry points."""

import subprocess
import sys
import textwrap
from importlib import metadata
from types import SimpleNamespace

import pytest

import ecoopt
from ecoopt import registry
from ecoopt.core.errors import InputError
from ecoopt.core.method import Kind, Method
from ecoopt.family_class import Family
from ecoopt.readers import find_reader, readers
from ecoopt.registry import EntryPointWarning


def script(code):
    """Return what a fresh process prints."""
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def entry_points(monkeypatch, **groups):
    """Let the registry find the given objects; a callable without name is loaded by calling it."""

    class Point:
        def __init__(self, name, entry):
            self.name, self.value, self.entry = name, f"package:{name}", entry
            self.dist = SimpleNamespace(name="package", version="1.2")

        def load(self):
            if isinstance(self.entry, Exception):
                raise self.entry
            return self.entry

    def find(*, group):
        return [Point(name, entry) for name, entry in groups.get(group.partition(".")[2], {}).items()]

    monkeypatch.setattr(metadata, "entry_points", find)
    registry.refresh()
    monkeypatch.setattr(registry, "metadata", metadata)


@pytest.fixture
def clean():
    yield
    registry.refresh()


def a_method(name="m", family="keepalive"):
    return Method(family, name, Kind.HEURISTIC, "title", "source", "module:function")


def test_a_method_says_which_package_it_comes_from(clean, monkeypatch):
    entry_points(monkeypatch, methods={"m": a_method()})
    assert registry.provider(registry.method("keepalive", "m")) == "package 1.2"
    assert registry.provider(registry.method("keepalive", "greedy")) == ""


def test_importing_ecoopt_is_quick_and_loads_nothing_heavy():
    loaded = script("""
        import sys, ecoopt
        dir(ecoopt), ecoopt.__version__
        heavy = ("pyomo", "numba", "matplotlib", "scipy", "highspy", "numpy", "pydantic")
        print(*[m for m in heavy if m in sys.modules])
    """)
    assert loaded == []


def test_listing_families_and_methods_loads_no_solver():
    loaded = script("""
        import sys, ecoopt
        for name, family in ecoopt.families().items():
            ecoopt.registry.methods(name)
        print(*[m for m in ("pyomo", "highspy", "matplotlib", "joblib") if m in sys.modules])
    """)
    assert loaded == []


def test_every_public_name_is_there_and_documented():
    for name in ecoopt.__all__:
        assert callable(getattr(ecoopt, name))
        assert getattr(ecoopt, name).__doc__
    assert set(ecoopt.__all__) <= set(dir(ecoopt))
    with pytest.raises(AttributeError, match="no attribute 'slove'"):
        ecoopt.slove  # noqa: B018


def test_a_function_is_called_whichever_way_its_namesake_module_was_imported_before():
    assert script("""
        import ecoopt.evaluate.violations
        import ecoopt.solve as by_module, ecoopt.compare, pickle, inspect
        from ecoopt import solve
        assert solve is by_module is ecoopt.solve and pickle.loads(pickle.dumps(solve)) is solve
        assert "time_limit" in inspect.signature(ecoopt.solve).parameters
        for call in (ecoopt.solve, ecoopt.evaluate):
            try:
                call(None, None)
            except ecoopt.core.errors.InputError as error:
                print("refused")
        try:
            ecoopt.compare([])
        except ecoopt.core.errors.InputError as error:
            print("refused")
        print(ecoopt.evaluate.violations.__name__)
    """) == ["refused", "refused", "refused", "ecoopt.evaluate.violations"]


def test_a_third_party_s_family_is_found_like_our_own(toy):
    assert list(ecoopt.families())[-1] == "toy"
    family = ecoopt.family("toy")
    assert list(registry.methods("toy")) == ["greedy", "random", "bound", "exact"]
    instance = ecoopt.generate("toy", jobs=5, seed=3)
    result = ecoopt.solve(instance, "exact")
    assert ecoopt.evaluate(instance, result.schedule) == result.score
    assert isinstance(instance, family.Instance)
    assert "toy-table" in readers()


def test_a_third_party_s_methods_join_another_s_family_and_its_broken_ones_are_left_out(faults):
    with pytest.warns(EntryPointWarning, match="broken = .* cannot be loaded: AttributeError") as caught:
        found = registry.methods("toy")
    assert {"greedy", "crash"} <= found.keys()
    assert len(caught) == 1
    assert len(str(caught[0].message).splitlines()) == 1
    registry.refresh()


@pytest.mark.parametrize(("groups", "message"), [
    ({"families": {"x": RuntimeError("bad\nday")}}, "cannot be loaded: RuntimeError: bad day"),
    ({"families": {"x": SyntaxError("no")}}, "cannot be loaded: SyntaxError"),
    ({"families": {"x": "text"}}, "is a str, not a Family"),
    ({"families": {"x": Family("keepalive", "mine", "me")}}, "family keepalive exists already"),
    ({"methods": {"x": ImportError("gone")}}, "cannot be loaded: ImportError: gone"),
    ({"methods": {"x": 3}}, "holds a int, not a Method"),
    ({"methods": {"x": [a_method(), "text"]}}, "holds a str, not a Method"),
    ({"methods": {"x": a_method(family="nowhere")}}, "is for the unknown family nowhere"),
    ({"methods": {"x": a_method(), "y": a_method()}}, "has a method m already"),
])
def test_a_broken_entry_point_is_left_out_with_one_line(monkeypatch, clean, groups, message):
    entry_points(monkeypatch, **groups)
    with pytest.warns(EntryPointWarning, match=message) as caught:
        registry.methods("keepalive")
    assert len(caught) == 1
    assert str(caught[0].message).endswith("left out")
    assert "\n" not in str(caught[0].message)
    assert registry.family("keepalive").title != "mine"


def test_a_method_alone_and_several_methods_are_both_taken(monkeypatch, clean):
    entry_points(monkeypatch, methods={"x": a_method("one"), "y": (a_method("two"), a_method("three"))})
    assert {"one", "two", "three"} <= registry.methods("keepalive").keys()


def test_two_methods_of_one_name_in_our_own_rooms_are_a_mistake_of_ours(monkeypatch, clean):
    monkeypatch.setattr(Family, "own_methods", lambda self: iter([a_method(), a_method()]))
    registry.refresh()
    with pytest.raises(ValueError, match="two methods m"):
        registry.methods("keepalive")


@pytest.mark.parametrize("name", ["keepaliv", "", "../keepalive", "os.path", 3, None])
def test_an_unknown_family_is_refused(name):
    with pytest.raises(InputError, match="there is no family"):
        registry.family(name)


@pytest.mark.filterwarnings("ignore::ecoopt.registry.EntryPointWarning")  # faults may be installed by now
def test_a_misspelt_name_gets_the_closest_one(toy):
    with pytest.raises(InputError, match="did you mean keepalive"):
        registry.family("keep_alive")
    with pytest.raises(InputError, match="did you mean greedy"):
        registry.method("toy", "greed")
    with pytest.raises(InputError, match="did you mean jobs"):
        ecoopt.generate("toy", job=3)
    with pytest.raises(InputError, match="did you mean toy-table"):
        find_reader("toytable")


def test_wrong_generator_options_are_refused_all_at_once(toy):
    with pytest.raises(InputError) as caught:
        ecoopt.generate("toy", jobs=0, options="many", places=3)
    assert [p.field for p in caught.value.problems] == ["places", "jobs", "options"]


def test_instance_and_schedule_must_be_of_the_family(toy):
    small = ecoopt.generate("toy", jobs=3)
    with pytest.raises(InputError, match="schedule: is of toy, not of toy"):
        ecoopt.evaluate(small, small)
    with pytest.raises(InputError, match="is a int, not an Instance"):
        ecoopt.evaluate(3, small)


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
def test_a_score_that_overflows_is_refused(toy):
    family = ecoopt.family("toy")
    huge = ecoopt.generate("toy", jobs=3).replace(cost_g=[[1e308] * 3] * 3)
    with pytest.raises(InputError, match="score: value: input should be a finite number"):
        ecoopt.evaluate(huge, family.Schedule(choice=[0, 1, 2]))


def test_a_room_that_fails_to_import_is_not_taken_for_a_room_that_is_not_there(monkeypatch, clean, tmp_path):
    (tmp_path / "broken_room.py").write_text("import a_module_that_does_not_exist")
    monkeypatch.syspath_prepend(tmp_path)
    entry_points(monkeypatch, families={"x": Family("x", "t", "s", home="broken_room", workshops=("broken_room",))})
    with pytest.raises(ModuleNotFoundError, match="a_module_that_does_not_exist"):
        registry.methods("x")
    with pytest.raises(ModuleNotFoundError, match="a_module_that_does_not_exist"):
        ecoopt.generate("x")
