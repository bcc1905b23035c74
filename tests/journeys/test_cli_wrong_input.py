"""Wrong input: exit code 2, one line per problem, never a stack trace, never a hang."""

import json
import string
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_families import SMALL

import ecoopt
from ecoopt.cli import main
from ecoopt.core.files import encode

pytestmark = [pytest.mark.usefixtures("faults"),
              pytest.mark.filterwarnings("ignore::ecoopt.registry.EntryPointWarning")]

FAMILIES = {"toy": {"jobs": 4}, **SMALL}


@pytest.fixture
def instance(cli, tmp_path):
    path = tmp_path / "i.json"
    assert cli("generate", "toy", "-o", path).code == 0
    return path


@pytest.mark.parametrize(("words", "message"), [
    (["solv"], "no such command 'solv'"), (["solve"], "missing"), (["solve", "x", "--metod", "m"], "no such option"),
    (["solve", "x", "--method", "m", "--seed", "many"], "valid integer"), (["--colour"], "no such option"),
    (["families", "keepaliv"], "did you mean keepalive?"),
    (["families", "toy", "--method", "exat"], "did you mean exact"),
    (["families", "--schema"], "name the family"), (["generate", "to", "-o", "x"], "did you mean toy?"),
    (["generate", "toy", "--job", "3", "--json"], "did you mean jobs?"), (["generate", "toy"], "give -o FILE"),
    (["generate", "toy", "3", "--json"], "unexpected argument"), (["generate", "--jobs", "3"], "name the family first"),
    (["generate", "toy", "--jobs", "0", "--json"], "greater than or equal to 1"),
    (["generate", "toy", "--costs", "[1,", "--json"], "not JSON"),
    (["generate", "toy", "--jobs", "3", "--jobs", "4", "--json"], "more than once"),
    (["generate", "toy", "-o", "/no/such/folder/i.json"], "there is no folder"),
    (["import", "tabel"], "there is no kind"), (["import", "toy-table", "-o", "x"], "no file given"),
    (["import", "toy-table", "none.txt", "--json"], "no such file"),
    (["import", "carbon", "a", "b", "--json"], "2 files given; give, in this order: FILE"),
    (["import", "azure-2019", "a", "--json"], "in this order: INVOCATIONS CARBON [DURATIONS] [MEMORY-TABLE]"),
    (["import", "ecolife"], "TRACE CARBON"),
    (["import", "ecolife", "a", "b", "--json"], "start_utc: missing"),
    (["info", "none.json"], "no such file"), (["validate", "none.json"], "no such file"),
    (["evaluate", "none.json", "r.json"], "no such file"), (["compare", "none.json"], "no such file"),
])
def test_a_wrong_command_line_is_refused_in_one_line(cli, words, message):
    lines = cli(*words).complaints
    assert len(lines) == 1
    assert message in lines[0].lower() or message in lines[0]


@pytest.mark.parametrize(("words", "message"), [
    (["--method", "exat"], "did you mean exact?"),
    (["--method", "random", "--option", "shufles=1"], "did you mean shuffles"),
    (["--method", "random", "--option", "shuffles"], "is not name=value"),
    (["--method", "random", "--option", "shuffles=x"], "options of random: shuffles: "),
    (["--method", "exact", "--time-limit", "-3"], "budget: seconds"),
    (["--method", "exact", "--seed", "-1"], "not a seed"), (["--method", "exact", "--gap", "nan"], "budget: gap"),
    (["--method", "exact", "--start", "none.json"], "no such file"),
    (["--method", "exact", "-o", "/no/such/r.json"], "there is no folder"), (["--method", "picky"], "not to my taste"),
])
def test_wrong_options_of_solve_are_refused_in_one_line(cli, instance, words, message):
    lines = cli("solve", instance, *words).complaints
    assert len(lines) == 1
    assert message in lines[0]


@pytest.mark.parametrize(("change", "message"), [
    ({"family": "toi"}, "family: there is no family 'toi'; did you mean toy?"),
    ({"family": None}, "there is no family"), ({"family": ["toy"]}, "there is no family"),
    ({"schema_version": 2}, "schema_version: is 2, this ecoopt reads 1; upgrade"),
    ({"schema_version": "1"}, "is '1', this ecoopt reads 1; write the file again"),
    ({"schema_version": True}, "is True"),
    ({"schema_version": 10**30}, "upgrade"), ({"document": "result"}, "is a result, not an instance"),
])
def test_another_family_or_version_is_refused_in_one_line(cli, instance, tmp_path, change, message):
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(json.loads(instance.read_text()) | change))
    lines = cli("solve", path, "--method", "exact").complaints
    assert len(lines) == 1
    assert lines[0].startswith(f"{path}: ")
    assert message in lines[0]


def test_comparing_no_method_is_refused(cli, instance):
    assert "names no method" in cli("compare", instance, "--methods", " ,").complaints[0]


@pytest.mark.parametrize(("key", "value", "message"), [
    ("relocation", "yes", "relocation: is 'yes', not a valid boolean"),
    ("relocation", 1, "relocation: is 1, not a valid boolean"),
    ("pool_memory_gb", [True, 2.0], "pool_memory_gb: a boolean stands among the entries"),
    ("weights", {"time_weight": "0.5"}, "weights.time_weight: is '0.5', not a valid number"),
    ("weights", {"time_weight": True}, "weights.time_weight: is True, not a valid number"),
])
def test_json_types_are_not_converted(cli, tmp_path, key, value, message):
    path = tmp_path / "k.json"
    content = json.loads(encode(ecoopt.generate("keepalive", **FAMILIES["keepalive"])))
    path.write_text(json.dumps(content | {key: value}))
    assert message in cli("validate", path).complaints[0]


@pytest.mark.parametrize("key", ["family", "schema_version"])
def test_a_file_that_does_not_say_what_it_is_is_refused(cli, instance, tmp_path, key):
    content = json.loads(instance.read_text())
    del content[key]
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(content))
    assert f"{key}: missing; add" in cli("info", path).complaints[0]


def test_one_kind_of_file_is_not_taken_for_another(cli, instance, tmp_path):
    result = tmp_path / "r.json"
    cli("solve", instance, "--method", "greedy", "-o", result)
    empty = tmp_path / "empty.json"
    cli("solve", instance, "--method", "bound", "-o", empty)
    assert "is a result, not an instance" in cli("solve", result, "--method", "greedy").complaints[0]
    assert "is an instance, not a result or a schedule" in cli("evaluate", instance, instance).complaints[0]
    assert "the result holds none (status none)" in cli("evaluate", instance, empty).complaints[0]


def test_a_schedule_of_another_size_is_refused(cli, instance, tmp_path):
    bare = tmp_path / "s.json"
    bare.write_text(json.dumps({"family": "toy", "schema_version": 1, "choice": [0]}))
    assert "not one of 3 options" in cli("evaluate", instance, bare).complaints[0]


def test_unprintable_names_do_not_reach_the_terminal(cli, tmp_path):
    path = tmp_path / "f.json"
    path.write_text('{"family": "toy", "schema_version": 1, "\\u001b[2J\\n\\ud800": 1, "name": "n", '
                    '"cost_g": [[1]], "places": [1]}')
    lines = cli("validate", path).complaints
    assert len(lines) == 1
    assert "\x1b" not in lines[0]


def test_more_problems_than_anybody_reads_are_counted(cli, tmp_path):
    path = tmp_path / "f.json"
    path.write_text(json.dumps({"family": "toy", "schema_version": 1, "name": "n", "cost_g": [[1]], "places": [1]}
                               | {f"key{k}": 0 for k in range(500)}))
    lines = cli("info", path).complaints
    assert len(lines) == 201
    assert "and 300 more problems" in lines[-1]
    assert len(cli("validate", path).complaints) == 500


def test_an_error_of_ours_shows_no_stack_unless_asked_for(cli, instance, monkeypatch):
    import ecoopt.contents

    def fail(_):
        raise RuntimeError("a mistake\nof ours")

    monkeypatch.setattr(ecoopt.contents, "contents", fail)
    done = cli("info", instance)
    assert done.code == 70
    assert done.err == ("ecoopt: internal error: RuntimeError: a mistake of ours; "
                        "please report it with the output under ECOOPT_DEBUG=1\n")
    monkeypatch.setenv("ECOOPT_DEBUG", "1")
    assert "Traceback" in cli("info", instance).err


# Mutated files: whatever is done to a file of ours, each command refuses it or works.

VALUES = st.sampled_from([None, True, "", "x", -1, 0, 1, 2.5, 1e308, -1e-320, 2**63, 10**400, [], [[]], {}, [None],
                          {"a": 1}, "\ud800", "NaN", [1e999], float("nan")])


@cache
def family_files(name):
    """Return file contents of a family: an instance and a result."""
    instance = ecoopt.generate(name, **FAMILIES[name])
    contents = [json.loads(encode(instance))]
    methods = [m for m in ecoopt.registry.methods(name).values() if m.kind == "baseline"]
    if methods:
        contents.append(json.loads(encode(ecoopt.solve(instance, methods[0], time_limit=5))))
    return contents


def paths(value, path=()):
    """Yield the path of every value within a JSON value, long lists by their first entries."""
    yield path
    entries = value.items() if isinstance(value, dict) else enumerate(value[:3]) if isinstance(value, list) else ()
    for key, entry in entries:
        yield from paths(entry, (*path, key))


@st.composite
def mutated(draw, content):
    """Return the text of a file with one thing wrong, or nothing."""
    text = json.dumps(content)
    kind = draw(st.sampled_from(["truncate", "replace", "remove", "add", "twice", "negate", "byte"]))
    if kind == "truncate":
        return text[:draw(st.integers(0, len(text) - 1))].encode()
    if kind == "byte":
        at = draw(st.integers(0, len(text) - 1))
        return text[:at].encode() + bytes([draw(st.integers(0, 255))]) + text[at + 1:].encode()
    path = draw(st.sampled_from([p for p in paths(content) if p]))
    holder = json.loads(text)
    content = holder
    for key in path[:-1]:
        holder = holder[key]
    if kind == "remove":
        del holder[path[-1]]
    elif kind == "add" and isinstance(holder, dict):
        holder[draw(st.text(string.printable, max_size=5))] = draw(VALUES)
    elif kind == "negate" and isinstance(holder[path[-1]], (int, float)):
        holder[path[-1]] = -holder[path[-1]] - 1
    elif kind == "twice" and isinstance(holder, dict):
        key = json.dumps(path[-1])
        return json.dumps(content).replace(f"{key}: ", f"{key}: 0, {key}: ", 1).encode()
    else:
        holder[path[-1]] = draw(VALUES)
    return json.dumps(content).encode()


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(choice=st.data())
def test_a_mutated_file_is_refused_or_read_and_nothing_else(family, choice, tmp_path, capsys):
    contents = family_files(family)
    content = choice.draw(st.sampled_from(contents))
    path = tmp_path / "f.json"
    path.write_bytes(choice.draw(mutated(content)))
    whole = tmp_path / "whole.json"
    whole.write_text(json.dumps(contents[0]))
    command = choice.draw(st.sampled_from([["validate", path], ["info", path], ["evaluate", whole, path]]))
    capsys.readouterr()
    code = main([str(word) for word in command])
    err = capsys.readouterr().err
    assert code in (0, 1, 2), err
    assert "Traceback" not in err
    if code == 2:
        assert err.splitlines()
        assert all(line.startswith(str(path)) for line in err.splitlines()), err
    elif command[0] == "validate":
        assert code == 0
