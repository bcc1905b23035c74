"""Running a study: resumed, never twice, the same on any number of workers, and told as it goes."""

import json

import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.study.expected import Expected
from ecoopt.study.export import TIMES, exported_rows
from ecoopt.study.run import run_study, store_path
from ecoopt.study.status import status
from ecoopt.study.store import Store, sole_driver
from ecoopt.study.watch import Watch

pytestmark = [pytest.mark.usefixtures("faults"),
              pytest.mark.filterwarnings("ignore::ecoopt.registry.EntryPointWarning")]

STUDY = """
seeds = 2
[budget]
iterations = 20
[workers]
jobs = 1
warm_up = false
[[instances]]
family = "toy"
options = { jobs = 9 }
seeds = 3
[[methods]]
names = ["greedy", "random", "exact", "bound"]
"""


class Recorder(Watch):
    """Remembers what it was told."""

    def __init__(self):
        self.missing, self.started, self.finished = None, [], []

    def on_plan(self, plan, missing, expected):
        self.missing, self.left, self.guessed = missing, expected.seconds_left, expected.guessed

    def on_start(self, run):
        self.started.append(run.key)

    def on_finish(self, run, row, progress):
        self.finished.append((run.key, progress))


def exported(path):
    with Store(path) as store:
        return [{k: v for k, v in row.items() if k not in TIMES} for row in exported_rows(store)]


def test_a_study_ends_with_every_run_in_its_store(study_file):
    path = study_file(STUDY)
    watch = Recorder()
    state = run_study(path, watch=watch)
    assert (state.done, state.total, state.failed, state.running) == (24, 24, 0, False)
    assert watch.missing == len(watch.started) == len(watch.finished) == 24
    assert [p.done for _, p in watch.finished] == list(range(1, 25))
    assert {m.label: (m.done, m.total) for m in state.methods} == dict.fromkeys(
        ("greedy", "random", "exact", "bound"), (6, 6))
    exact = next(m for m in state.methods if m.label == "exact")
    assert (exact.optimal, exact.mean_gap, exact.worst_gap) == (6, 0.0, 0.0)
    assert next(m for m in state.methods if m.label == "bound").mean_gap is None


def test_a_finished_study_runs_nothing_again(study_file):
    path = study_file(STUDY)
    run_study(path)
    before = exported(store_path(path))
    watch = Recorder()
    run_study(path, watch=watch)
    assert (watch.missing, watch.started) == (0, [])
    assert exported(store_path(path)) == before


def test_what_is_added_to_a_study_alone_is_run(study_file):
    run_study(study_file(STUDY))
    watch = Recorder()
    path = study_file(STUDY.replace("seeds = 2", "seeds = 3", 1).replace('"bound"]', '"bound", "slow"]'))
    state = run_study(path, watch=watch)
    assert watch.missing == 3 * 4 + 9
    assert state.done == state.total == 45


def test_runs_of_an_earlier_plan_stay_and_do_not_count(study_file):
    path = study_file(STUDY)
    run_study(path)
    state = run_study(study_file(STUDY.replace('"greedy", ', "")))
    assert (state.done, state.total) == (18, 18)
    watch = Recorder()
    run_study(study_file(STUDY), watch=watch)
    assert watch.missing == 0


def test_one_worker_and_two_give_the_same_objectives_and_schedules(study_file):
    one, two = (study_file(STUDY.replace('["greedy"', '["slow", "greedy"'), name) for name in ("one.toml", "two.toml"))
    run_study(one)
    run_study(two, jobs=2)
    first, second = exported(one.with_suffix(".db")), exported(two.with_suffix(".db"))
    assert first == second
    assert len({row["schedule_digest"] for row in first}) > 5


def test_named_methods_and_errors_are_run_again_on_demand(study_file):
    path = study_file(STUDY.replace('"greedy"', '"crash", "infeasible", "greedy"'))
    state = run_study(path)
    assert state.failed == 12
    watch = Recorder()
    run_study(path, again=["errors"], watch=watch)
    assert watch.missing == 12
    watch = Recorder()
    run_study(path, again=["greedy", "exact"], watch=watch)
    assert watch.missing == 12
    with pytest.raises(InputError, match="no method 'greddy'"):
        run_study(path, again=["greddy"])


def test_expected_time_rests_on_limits_first_and_on_finished_runs_then(study_file):
    text = STUDY.replace("iterations = 20", "seconds = 40").replace('"random", ', "")
    watch = Recorder()
    run_study(study_file(text), watch=watch)
    assert watch.guessed
    assert watch.left == pytest.approx(18 * 40)
    watch = Recorder()
    run_study(study_file(text.replace("seeds = 2", "seeds = 4", 1)), watch=watch)
    assert not watch.guessed
    assert watch.left < 5


def test_without_limits_nothing_is_expected(study_file):
    watch = Recorder()
    run_study(study_file(STUDY), watch=watch)
    assert watch.left is None


def test_a_study_that_is_running_is_not_run_by_another(study_file):
    path = study_file(STUDY)
    with sole_driver(store_path(path)), pytest.raises(InputError, match="another process runs this study"):
        run_study(path)


def test_gaps_of_the_status_are_those_of_a_comparison(study_file):
    path = study_file(STUDY)
    run_study(path)
    instances = [ecoopt.generate("toy", jobs=9, seed=seed) for seed in range(3)]
    table = ecoopt.compare(instances, ["greedy", "random", "exact", "bound"], seeds=2, time_limit=None, iterations=20)
    with Store(store_path(path)) as store:
        found = {m.label: m for m in status(store).methods}
    for label in ("greedy", "random", "exact"):
        gaps = [row.gap for row in table.rows if row.method == label]
        assert found[label].mean_gap == pytest.approx(sum(gaps) / len(gaps), rel=1e-12)
        assert found[label].worst_gap == pytest.approx(max(gaps), rel=1e-12)


def test_a_bound_that_another_run_refutes_counts_for_nobody(study_file):
    path = study_file(STUDY.replace('"greedy"', '"too_high", "greedy"'))
    state = run_study(path)
    assert next(m for m in state.methods if m.label == "exact").worst_gap == 0.0


def test_the_store_holds_the_study_and_the_machine(study_file):
    path = study_file('name = "Toys"\ndescription = "For children."\n' + STUDY)
    run_study(path)
    with Store(store_path(path)) as store:
        assert (store.fact("name"), store.fact("description")) == ("Toys", "For children.")
        assert json.loads(store.fact("file"))["budget"]["iterations"] == 20
        (row,) = store.rows("SELECT content FROM machines")
    assert json.loads(row["content"])["cores"] >= 1


def test_keep_alive_methods_give_the_same_on_one_worker_and_on_two(study_file):
    text = """
        seeds = 2
        [budget]
        iterations = 4
        [workers]
        warm_up = false
        [[instances]]
        family = "keepalive"
        options = { functions = 6, hours = 0.3, memory = 0.4 }
        grid = { containers = ["release", "persist"] }
        [[methods]]
        names = ["greedy", "local-search", "ecolife", "price-directed", "lagrangian", "milp", "lp"]
    """
    one, two = study_file(text, "one.toml"), study_file(text, "two.toml")
    assert run_study(one, jobs=1).failed == 0
    run_study(two, jobs=2)
    first, second = exported(one.with_suffix(".db")), exported(two.with_suffix(".db"))
    assert len(first) == 28
    assert first == second


def test_a_run_ended_from_outside_has_failed_and_can_be_carried_out_again(study_file):
    text = """
[workers]
jobs = 1
warm_up = false
[[instances]]
family = "toy"
[[methods]]
names = ["deaf", "greedy"]
wall_limit_s = 0.5
"""
    path = study_file(text)
    state = run_study(path)
    assert (state.done, state.total, state.failed) == (2, 2, 1)
    assert {m.label: m.failed for m in state.methods} == {"deaf": 1, "greedy": 0}
    with Store(store_path(path)) as store:
        deaf, greedy = (result for _, result in store.results())
    assert (deaf.failed, greedy.failed) == (True, False)
    watch = Recorder()
    run_study(path, again=["errors"], watch=watch)
    assert watch.missing == 1


def test_the_time_left_counts_what_runs_under_way_have_done():
    expected = Expected(2)
    for wall_s in (10.0, None, None, None):
        expected.count("toy", "slow", 60.0, wall_s)
    assert expected.seconds_left == 15
    expected.under_way("toy", "slow", 4.0)
    expected.under_way("toy", "slow", 400.0)  # a run that is late says nothing of the others
    assert expected.seconds_left == 8
