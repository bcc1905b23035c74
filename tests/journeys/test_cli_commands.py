"""Every command of the command line, as people and machines use it."""

import gzip
import json
import os

import pytest

import ecoopt
from ecoopt.core.files import write_json
from ecoopt.documents import read_result

pytestmark = [pytest.mark.usefixtures("faults"),
              pytest.mark.filterwarnings("ignore::ecoopt.registry.EntryPointWarning")]


@pytest.fixture
def instance(cli, tmp_path):
    path = tmp_path / "i.json"
    assert cli("generate", "toy", "--jobs", 8, "--options=3", "-o", path).code == 0
    return path


@pytest.fixture
def result(cli, instance, tmp_path):
    path = tmp_path / "r.json.gz"
    assert cli("solve", instance, "--method", "exact", "-o", path).code == 0
    return path


def test_help_lists_every_command_and_is_quick(spawn):
    before = os.times()
    out, err = spawn("--help").communicate(timeout=20)
    after = os.times()
    for name in ("families", "generate", "import", "info", "validate", "solve", "evaluate", "compare", "explain"):
        assert f"\n  {name} " in out
    assert err == ""
    spent_s = after.children_user + after.children_system - before.children_user - before.children_system
    assert spent_s < 0.5


def test_help_loads_nothing_heavy():
    import subprocess
    import sys

    code = ("import sys; from ecoopt.cli import main; main(['--help'])\n"
            "heavy = ('numpy', 'pyomo', 'numba', 'matplotlib', 'rich')\n"
            "print([m for m in heavy if m in sys.modules], file=sys.stderr)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("name", ["families", "generate", "import", "info", "validate", "solve", "evaluate", "compare"])
def test_every_command_has_help(cli, name):
    done = cli(name, "--help")
    assert done.code == 0
    assert f"Usage: ecoopt {name}" in done.out


def test_without_a_command_there_is_help(cli):
    assert "Commands:" in cli().out
    assert cli("--version").out == f"ecoopt {ecoopt.__version__}\n"


def test_families_are_listed_for_people_and_machines(cli):
    done = cli("families")
    assert (done.code, "toy" in done.out, "keepalive" in done.out) == (0, True, True)
    listed = json.loads(cli("families", "--json").out)
    assert listed["toy"]["methods"][:2] == ["greedy", "random"]
    methods = {m["name"]: m for m in json.loads(cli("families", "toy", "--json").out)["methods"]}
    assert methods["exact"]["source"] == "Kuhn 1955"
    assert "Kuhn 1955" in cli("families", "toy").out
    assert "--shuffles  int, default 100" in cli("families", "toy", "--method", "random").out


def test_the_schema_is_json_schema_of_both_files(cli):
    schema = json.loads(cli("families", "toy", "--schema").out)
    assert schema["instance"]["properties"]["cost_g"]["items"]["items"] == {"type": "number", "minimum": 0}
    assert schema["instance"]["additionalProperties"] is False
    assert "choice" in schema["schedule"]["required"]


def test_generating_twice_gives_the_same_bytes_and_another_seed_others(cli, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert cli("generate", "toy", "--seed", seed, "-o", tmp_path / f"{name}.json.gz").code == 0
    a, b, c = ((tmp_path / f"{name}.json.gz").read_bytes() for name in "abc")
    assert a == b != c
    assert json.loads(gzip.decompress(a))["family"] == "toy"


def test_generator_options_take_every_spelling(cli):
    done = cli("generate", "toy", "--jobs=4", "--costs", "2,3", "--no-tight", "--json")
    content = json.loads(done.out)
    assert len(content["cost_g"]) == 4
    assert all(2 <= cost <= 3 for row in content["cost_g"] for cost in row)
    assert content["places"] == [6, 6, 6]
    again = cli("generate", "toy", "--jobs=4", "--costs", "[2, 3]", "--tight", "false", "--json")
    assert json.loads(again.out) == content
    assert "--jobs  int, default 6" in cli("generate", "toy", "--help").out


def test_info_says_what_a_file_holds(cli, instance, result):
    assert "[8 x 3]" in cli("info", instance).out
    assert "optimal (proof)" in cli("info", result).out
    fields = json.loads(cli("info", instance, "--json").out)
    assert fields["digest"] == ecoopt.read_instance(instance).digest
    assert fields["fields"]["provenance.source"] == "ecoopt_toy"


def test_validate_names_every_error_with_its_path(cli, instance, result, tmp_path):
    assert cli("validate", instance, result).code == 0
    wrong = tmp_path / "wrong.json"
    content = json.loads(instance.read_text())
    content["cost_g"][1][0] = -3
    content["colour"] = "red"
    content["provenance"]["licence"] = 3
    wrong.write_text(json.dumps(content))
    lines = cli("validate", instance, wrong, tmp_path / "none.json").complaints
    assert [line.split(": ")[1] for line in lines] == ["provenance.licence", "cost_g", "colour", "cannot be read"]
    assert "entry [1][0] = -3.0 must be >= 0" in lines[1]
    listed = json.loads(cli("validate", instance, wrong, "--json").out)
    assert (len(listed[str(instance)]), len(listed[str(wrong)])) == (0, 3)


def test_solve_writes_a_result_that_evaluate_agrees_with(cli, instance, result):
    held = read_result(result)
    done = cli("evaluate", instance, result)
    assert (done.code, "feasible" in done.out) == (0, True)
    score = json.loads(cli("evaluate", instance, result, "--json").out)
    assert score["feasible"]
    assert score["objective"] == held.objective
    assert score["terms"]["cost_g"] == {"value": held.objective, "unit": "g"}


def test_solve_prints_the_result_for_machines(cli, instance):
    done = cli("solve", instance, "-m", "random", "--iterations", 3, "--seed", 5, "--option", "shuffles=2", "--json")
    content = json.loads(done.out)
    assert (done.code, content["seed"], content["options"], content["iterations"]) == (0, 5, {"shuffles": 2}, 2)


@pytest.mark.parametrize(("method", "code"), [
    ("greedy", 0), ("bound", 0), ("exact", 0), ("crash_late", 1), ("nothing", 1), ("crash", 1), ("infeasible", 1),
    ("false_bound", 1), ("denies", 1), ("odd_details", 0)])
def test_the_exit_code_says_whether_there_is_an_answer(cli, instance, tmp_path, method, code):
    output = tmp_path / "r.json"
    done = cli("solve", instance, "--method", method, "-o", output)
    assert done.code == code
    assert "Traceback" not in done.err
    held = read_result(output)
    assert held.method == method
    assert held.feasible == (code == 0 and method != "bound") or method in ("false_bound", "crash_late")


def test_a_crash_is_told_even_when_a_schedule_was_kept(cli, instance, tmp_path):
    done = cli("solve", instance, "--method", "crash_late", "-o", tmp_path / "r.json")
    assert (done.code, "the method crashed: MemoryError" in done.err) == (1, True)
    assert read_result(tmp_path / "r.json").feasible


def test_an_imported_carbon_trace_is_a_document(cli, tmp_path):
    trace = ecoopt.generate("keepalive", functions=3, hours=0.5).carbon
    path, again = tmp_path / "c.json", tmp_path / "again.json"
    write_json(path, trace)
    assert "valid CarbonTrace" in cli("validate", path).out
    assert trace.zone in cli("info", path).out
    assert "is a carbon trace, not an instance" in cli("solve", path, "--method", "greedy").complaints[0]
    assert cli("import", "carbon", path, "-o", again).code == 0
    assert again.read_bytes() == path.read_bytes()
    assert "it has " + trace.zone in cli("import", "carbon", path, "--zone", "x", "--json").complaints[0]
    path.write_text(path.read_text().replace('"step_s":', '"stop_s":'))
    assert {line.split(": ")[1] for line in cli("validate", path).complaints} == {"step_s", "stop_s"}


def test_a_keepalive_instance_is_always_feasible(cli, tmp_path):
    path = tmp_path / "k.json"
    assert cli("generate", "keepalive", "--functions", 3, "--hours", 0.5, "-o", path).code == 0
    done = cli("explain", path)
    assert (done.code, "always feasible: nothing has to be kept" in done.out) == (0, True)
    assert json.loads(cli("explain", path, "--json").out)["infeasible"] is False


def test_the_table_of_families_is_narrow(cli):
    assert max(map(len, cli("families").out.splitlines())) < 160


def test_solve_starts_from_a_result_and_from_a_bare_schedule(cli, instance, result, tmp_path):
    best = read_result(result)
    bare = tmp_path / "s.json"
    bare.write_text(json.dumps(best.schedule.model_dump(mode="json")))
    for start in (result, bare):
        content = json.loads(cli("solve", instance, "--method", "greedy", "--start", start, "--json").out)
        assert content["objective"] == best.objective
    assert cli("evaluate", instance, bare).code == 0
    assert cli("validate", bare).code == 0


def test_evaluate_exits_1_on_an_infeasible_schedule_and_lists_what_it_breaks(cli, instance, tmp_path):
    bare = tmp_path / "s.json"
    bare.write_text(json.dumps({"family": "toy", "schema_version": 1, "choice": [0] * 8}))
    done = cli("evaluate", instance, bare)
    assert done.code == 1
    assert "VIOLATION places at option 0" in done.out
    assert json.loads(cli("evaluate", instance, bare, "--json").out)["violations"][0]["by"] == 5


def test_evaluate_warns_when_the_result_is_another_instance_s(cli, result, tmp_path):
    other = tmp_path / "other.json"
    cli("generate", "toy", "--jobs", 8, "--seed", 9, "-o", other)
    done = cli("evaluate", other, result)
    assert done.code == 0
    assert "was found for another instance, toy-8x3-s0" in done.err


def test_compare_prints_a_table_and_writes_json_and_csv(cli, instance, tmp_path):
    done = cli("compare", instance, "--methods", "greedy,exact", "--seeds", 2, "--time-limit", 5)
    assert (done.code, "optimal (proof)" in done.out) == (0, True)
    content = json.loads(cli("compare", instance, "--methods", "greedy,exact", "--json", "-o", tmp_path / "c.csv").out)
    assert [row["method"] for row in content["rows"]] == ["greedy", "exact"]
    assert (tmp_path / "c.csv").read_text().count("\n") == 3
    assert cli("compare", instance, "--methods", "greedy", "-o", tmp_path / "c.json").code == 0
    assert json.loads((tmp_path / "c.json").read_text())["document"] == "comparison"


def test_compare_exits_1_when_a_run_failed(cli, instance):
    done = cli("compare", instance, "--methods", "crash,exact")
    assert done.code == 1
    assert "ZeroDivisionError" in done.out


def test_import_reads_a_data_set_s_own_files(cli, tmp_path):
    for k in range(2):
        (tmp_path / f"t{k}.txt").write_text("1 2 3\n4 5 6\n")
    files = (tmp_path / "t0.txt", tmp_path / "t1.txt")
    assert cli("import", "toy-table", *files, "--places", 4, "-o", tmp_path / "i.json").code == 0
    assert ecoopt.read_instance(tmp_path / "i.json").cost_g.shape == (4, 3)
    assert "toy-table" in cli("import", "--help").out
    assert "--places  int, default 10" in cli("import", "toy-table", "--help").out


def test_explain_says_so_where_a_family_cannot(cli, instance):
    assert "cannot explain" in cli("explain", instance).complaints[0]


def test_explain_gives_the_family_s_reasons(cli, instance, monkeypatch):
    import ecoopt_toy.methods

    monkeypatch.setattr(ecoopt_toy.methods, "explain", lambda i: ["too few places"], raising=False)
    done = cli("explain", instance)
    assert (done.code, done.out) == (1, "too few places\n")
    monkeypatch.setattr(ecoopt_toy.methods, "explain", lambda i: [])
    assert json.loads(cli("explain", instance, "--json").out) == {"infeasible": False, "reasons": []}


def test_import_prints_what_it_read_for_machines(cli, tmp_path):
    (tmp_path / "t.txt").write_text("1 2\n")
    content = json.loads(cli("import", "toy-table", tmp_path / "t.txt", "--json").out)
    assert content["cost_g"] == [[1.0, 2.0]]
    options = json.loads(cli("families", "toy", "--method", "random", "--json").out)["properties"]
    assert options["shuffles"]["default"] == 100
