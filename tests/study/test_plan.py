"""Study files and their plans: all problems at once, runs in order, keys that change with what they stand for."""

import json

import pytest
from small_families import SMALL

import ecoopt
from ecoopt.core.budget import Budget
from ecoopt.core.errors import InputError
from ecoopt.registry import method
from ecoopt.study.engine import Filed, Generated
from ecoopt.study.file import read_content, study_from
from ecoopt.study.keys import own_options, run_key
from ecoopt.study.run import read_plan

pytestmark = [pytest.mark.usefixtures("faults"),
              pytest.mark.filterwarnings("ignore::ecoopt.registry.EntryPointWarning")]

TWO = """
seeds = 2
[budget]
iterations = 5
[[instances]]
family = "toy"
options = { options = 3 }
grid = { jobs = [6, 8] }
seeds = [4, 7]
[[methods]]
names = ["greedy", "random"]
"""


def complaints(path):
    with pytest.raises(InputError) as caught:
        read_plan(path)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(str(path)) for line in lines)
    return [line.removeprefix(f"{path}: ") for line in lines]


def test_a_plan_holds_every_instance_times_method_times_seed(study_file):
    plan = read_plan(study_file(TWO))
    assert [(r.work.instance_name, r.label, r.work.seed) for r in plan.runs] == [
        (i.name, m, s) for i in plan.instances for m in ("greedy", "random") for s in (0, 1)]
    assert [i.source.options for i in plan.instances] == [
        {"options": 3, "jobs": jobs, "seed": seed} for jobs in (6, 8) for seed in (4, 7)]
    assert [r.work.place for r in plan.runs] == list(range(16))
    assert len({run.key for run in plan.runs}) == 16
    assert plan.study.name == "s"


def test_files_are_found_beside_the_study_whatever_the_working_folder_is(study_file, tmp_path, monkeypatch):
    (tmp_path / "days").mkdir()
    instances = [ecoopt.generate("toy", jobs=jobs) for jobs in (5, 6)]
    for k, instance in enumerate(instances):
        ecoopt.write_instance(instance, tmp_path / "days" / f"day-{k}.json.zst")
    path = study_file('[[instances]]\nfiles = ["days/day-*.json.zst"]\n[[methods]]\nnames = ["greedy"]')
    monkeypatch.chdir("/")
    plan = read_plan(path)
    assert [i.digest for i in plan.instances] == [i.digest for i in instances]
    assert all(isinstance(i.source, Filed) for i in plan.instances)


def test_the_same_instance_given_twice_is_planned_once(study_file):
    text = '[[instances]]\nfamily = "toy"\n' * 2 + '[[methods]]\nnames = ["greedy"]'
    assert len(read_plan(study_file(text)).runs) == 1


def test_instances_of_one_name_are_told_apart_by_what_differs(study_file):
    plan = read_plan(study_file(
        '[[instances]]\nfamily = "toy"\ngrid = { tight = [true, false], jobs = [4, 9] }\n'
        '[[instances]]\nfamily = "toy"\noptions = { jobs = 4, tight = true, costs = [2.0, 3.0] }\n'))
    names = [i.name for i in plan.instances]
    assert len(set(names)) == 5
    assert "toy-4x3-s0 tight=True" in names
    assert "toy-9x3-s0 tight=False" in names


def test_without_methods_every_method_of_each_family_runs(study_file):
    text = '[[instances]]\nfamily = "toy"\n'
    for family, options in SMALL.items():
        text += f'[[instances]]\nfamily = "{family}"\n'
        text += f"options = {{ {', '.join(f'{key} = {json.dumps(value)}' for key, value in options.items())} }}\n"
    plan = read_plan(study_file(text))
    for family in ("toy", *SMALL):
        assert [m.label for m in plan.methods if m.method.family == family] == list(ecoopt.family(family).methods)
    assert all(run.work.family == "toy" for run in plan.runs[:len(ecoopt.family("toy").methods)])


def test_an_entry_narrows_by_kind_family_and_exception(study_file):
    plan = read_plan(study_file("""
        [[instances]]
        family = "toy"
        [[instances]]
        family = "keepalive"
        options = { functions = 3, hours = 0.2 }
        [[methods]]
        kinds = ["exact", "bound"]
        family = "toy"
        without = ["bound"]
    """))
    assert [m.label for m in plan.methods] == ["exact"]


def test_an_entry_overrides_budget_seeds_and_wall_limit(study_file):
    plan = read_plan(study_file(
        'seeds = 3\n[budget]\nseconds = 10\niterations = 9\n[[instances]]\nfamily = "toy"\n'
        '[[methods]]\nnames = ["greedy"]\nseeds = 1\n'
        '[[methods]]\nnames = ["random"]\nbudget = { seconds = 2 }\nwall_limit_s = 7\n'))
    greedy, random = plan.methods
    assert (greedy.seeds, greedy.budget, greedy.wall_limit_s) == ((0,), Budget(10, 9), 80)
    assert (random.seeds, random.budget, random.wall_limit_s) == ((0, 1, 2), Budget(2, 9), 7)


def test_a_method_with_several_sets_of_options_has_several_names(study_file):
    plan = read_plan(study_file(
        '[[instances]]\nfamily = "toy"\n[[methods]]\nnames = ["random"]\n'
        '[[methods]]\nnames = ["random"]\noptions = { shuffles = 7 }\n'
        '[[methods]]\nnames = ["random"]\noptions = { shuffles = 9 }\nlabel = "nine"\n'))
    assert [m.label for m in plan.methods] == ["random", "random (shuffles=7)", "nine"]
    assert len({run.key for run in plan.runs}) == 3


def test_every_problem_of_structure_is_told_at_once(study_file):
    path = study_file('seds = 1\nseeds = -1\n[budget]\nseconds = -2\n[workers]\njobs = 0\n'
                      '[[instances]]\nfamly = "toy"\ngrid = { a = 1 }\n[[methods]]\nnames = "exact"\n')
    with pytest.raises(InputError) as caught:
        study_from(read_content(path), str(path))
    text = str(caught.value)
    for part in ("seds: unknown key", "seeds: -1 is no number of seeds", "budget.seconds", "workers.jobs",
                 "instances[0].famly: unknown key", "instances[0].grid.a: is not a list",
                 "methods[0].names: is not a list"):
        assert part in text


def test_what_is_wrong_in_content_is_told_beside_what_is_wrong_in_structure(study_file):
    lines = complaints(study_file("""
        seds = 1
        [budget]
        seconds = "3"
        [[instances]]
        family = "toy"
        options = { jbs = 0, jobs = -1 }
        grid = { tight = 3 }
        [[instances]]
        set = 4
        [[instances]]
        family = "toy"
        options = { jbs = 3 }
        grid = { costs = [] }
        [[methods]]
        names = ["exat"]
        [[methods]]
        names = ["random"]
        options = { shufles = 1 }
        wall_limit_s = -1
    """))
    for part in ("seds: unknown key", "budget.seconds: is '3', not a valid number", "instances[0].options.jbs: unknown",
                 "instances[0].options.jobs: ", "instances[0].grid.tight: is not a list", "instances[1].set: ",
                 "instances[2].options.jbs: unknown", "instances[2].grid.costs: has no values",
                 "methods[0].names: there is no method 'exat'; did you mean exact?",
                 "methods[1].options.shufles: random: unknown", "methods[1].wall_limit_s: "):
        assert sum(part in line for line in lines) == 1, (part, lines)
    assert len(lines) == 11


@pytest.mark.parametrize(("wrong", "told"), [
    ('[[methods]]\nkinds = ["foo"]\noptions = { particles = 5 }', "methods[1].kinds[0]: "),
    ('[[methods]]\nnames = 3\nlabel = "mine"\noptions = { particles = 5 }', "methods[1].names: is not a list"),
    ('[[instances]]\nfiles = ["a.json", 3]', "instances[2].files[1]: "),
    ('"a.b" = 3', "a.b: unknown key"),
    ('[[instances]]\nfamily = "toy"\n"x.y" = 3', "instances[2].x.y: unknown key"),
])
def test_a_wrong_structure_hides_nothing_and_invents_nothing(study_file, wrong, told):
    rest = ('[[instances]]\nfamily = "toy"\noptions = { jbs = 3 }\n[[instances]]\nfamily = "toy"\nseeds = 2\n'
            'grid = { seed = [1] }\n[[methods]]\nnames = ["exat"]\n')
    lines = complaints(study_file(wrong + "\n" + rest if wrong.startswith('"') else rest + wrong))
    assert sum(told in line for line in lines) == 1, lines
    for part in ("instances[0].options.jbs: unknown", "instances[1].grid.seed: stands beside seeds",
                 "did you mean exact?"):
        assert sum(part in line for line in lines) == 1, lines
    assert len(lines) == 4, lines


def test_methods_are_checked_although_no_instance_is_right(study_file):
    lines = complaints(study_file('[[instances]]\nfamily = "toy"\noptions = { jobs = -1 }\n'
                                  '[[methods]]\nnames = ["exat"]\n'))
    assert len(lines) == 2
    assert "did you mean exact?" in lines[1]


def test_the_same_runs_under_two_names_are_refused(study_file):
    (line,) = complaints(study_file('seeds = 2\n[[instances]]\nfamily = "toy"\n[[methods]]\nnames = ["greedy"]\n'
                                    '[[methods]]\nnames = ["greedy"]\nlabel = "again"\nseeds = 1\n'))
    assert "methods: greedy and again of toy are the same runs; keep one" in line
    plan = read_plan(study_file('[[instances]]\nfamily = "toy"\n[[methods]]\nnames = ["random"]\nseeds = [0]\n'
                                '[[methods]]\nnames = ["random"]\nlabel = "again"\nseeds = [1]\n', "other.toml"))
    assert len(plan.runs) == 2


def test_a_file_whose_name_has_brackets_is_found(study_file, tmp_path):
    ecoopt.write_instance(ecoopt.generate("toy"), tmp_path / "i[1].json")
    plan = read_plan(study_file('[[instances]]\nfiles = ["i[1].json"]\n[[methods]]\nnames = ["greedy"]\n'))
    assert len(plan.runs) == 1


def test_every_problem_of_content_is_told_at_once(study_file):
    lines = complaints(study_file("""
        [[instances]]
        family = "to"
        [[instances]]
        family = "toy"
        options = { jobs = 0, jbs = 3 }
        grid = { options = [] }
        [[instances]]
        files = ["none-*.json"]
        set = "keepalive"
        [[instances]]
        files = ["none-*.json"]
        seeds = 3
        [[instances]]
        set = "keepaliv"
        [[instances]]
        set = "keepalive/esay"
        [[instances]]
        [[instances]]
        family = "toy"
        [[methods]]
        names = ["exat", "greedy"]
        [[methods]]
        names = ["random"]
        options = { shufles = 3, shuffles = 0 }
        [[methods]]
        names = ["greedy", "exact"]
        label = "both"
    """))
    for part in ("instances[0].family", "did you mean toy?", "instances[1].grid.options: has no values",
                 "instances[2]: names files and set", "instances[3].files: no file matches",
                 "instances[3].seeds: does not go with files", "instances[4].set: there is none of 'keepaliv'",
                 "instances[5].set: there is no class 'esay'; did you mean easy?", "instances[6]: names nothing",
                 "methods[0].names: there is no method 'exat'; did you mean exact?",
                 "methods[1].options.shufles", "methods[1].options.shuffles", "methods[2].label: stands for several"):
        assert any(part in line for line in lines), (part, lines)


def test_wrong_arguments_of_a_generator_name_the_argument(study_file):
    lines = complaints(study_file('[[instances]]\nfamily = "toy"\noptions = { jbs = 3 }\ngrid = { jobs = [0, 4] }\n'))
    assert any("instances[0].options.jbs: unknown option; did you mean jobs?" in line for line in lines)
    assert any("instances[0].grid.jobs" in line and "greater than or equal to 1" in line for line in lines)


def test_two_methods_of_one_name_in_tables_are_refused(study_file):
    head = '[[instances]]\nfamily = "toy"\n[[methods]]\nnames = ["random"]\n[[methods]]\nnames = ["random"]\n'
    assert "stands twice; keep one" in complaints(study_file(head))[0]
    assert "give one a label" in complaints(study_file(head + "budget = { iterations = 3 }\n"))[0]


@pytest.mark.parametrize(("text", "complaint"), [
    ("a = [", "is not TOML"), ("\xff", "is not UTF-8"), ("", "instances: there are none"),
    ("seeds = 1", "instances: there are none"),
    ("[instances]\na = 1", "instances: is no list of tables"),
])
def test_what_is_no_study_file_is_refused_in_a_line(tmp_path, text, complaint):
    path = tmp_path / "s.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=complaint):
        study_from(read_content(path), str(path))


def test_a_key_changes_with_everything_that_it_stands_for():
    random = method("toy", "random")
    base = ("d" * 64, random, {"shuffles": 5}, 1, Budget(seconds=3), "0.1.0")
    changes = [("e" * 64, *base[1:]), (base[0], method("toy", "greedy"), {}, *base[3:]),
               (*base[:2], {"shuffles": 6}, *base[3:]), (*base[:3], 2, *base[4:]),
               (*base[:4], Budget(seconds=3, iterations=4), base[5]), (*base[:5], "0.1.0 + toy 2.0")]
    keys = {run_key(*entry) for entry in (base, *changes)}
    assert len(keys) == len(changes) + 1
    assert run_key(*base) == run_key(*base)


def test_an_option_that_is_the_default_is_none():
    random = method("toy", "random")
    assert own_options(random, {"shuffles": 100}) == {}
    assert own_options(random, {"shuffles": 99}) == {"shuffles": 99}


def test_what_a_generator_made_is_not_made_again(study_file, monkeypatch):
    path = study_file(TWO)
    first = read_plan(path)
    assert len(first.generated) == 4
    monkeypatch.setattr(Generated, "load", lambda self: pytest.fail("made again"))
    from ecoopt.study.plan import plan_of

    again = plan_of(study_from(read_content(path), str(path)), str(path), first.generated)
    assert [run.key for run in again.runs] == [run.key for run in first.runs]


def test_a_third_party_method_carries_its_package_in_the_version(study_file):
    plan = read_plan(study_file('[[instances]]\nfamily = "toy"\n[[methods]]\nnames = ["greedy", "deaf"]'))
    versions = {run.label: run.code_version for run in plan.runs}
    assert versions["greedy"] == f"{ecoopt.__version__} + ecoopt-toy 1.0"
    assert versions["deaf"] == f"{ecoopt.__version__} + ecoopt-toy-faults 1.0"


def test_plans_are_the_same_in_every_process(study_file, spawn_python):
    path = study_file(TWO)
    code = f"""
        import json
        from ecoopt.study.run import read_plan
        print(json.dumps([run.key for run in read_plan({str(path)!r}).runs]))
    """
    out, err = spawn_python(code).communicate(timeout=60)
    assert json.loads(out) == [run.key for run in read_plan(path).runs], err


def test_a_changed_budget_leaves_other_runs_as_they_were(study_file):
    keys = {run.key for run in read_plan(study_file(TWO)).runs}
    more = {run.key for run in read_plan(study_file(TWO + '[[methods]]\nnames = ["exact"]\n')).runs}
    other = {run.key for run in read_plan(study_file(TWO.replace("iterations = 5", "iterations = 6"))).runs}
    assert keys < more
    assert not keys & other
