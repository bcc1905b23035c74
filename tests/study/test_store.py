"""The store: what goes in comes out, whole or not at all, and what is no store is refused in a line."""

import sqlite3

import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.core.status import Status, Termination
from ecoopt.study.run import read_plan
from ecoopt.study.store import Store, is_store, packed, sole_driver
from ecoopt.study.store.lock import is_driven
from ecoopt.study.store.packing import unpacked, unpacked_schedule

pytestmark = [pytest.mark.usefixtures("faults"),
              pytest.mark.filterwarnings("ignore::ecoopt.registry.EntryPointWarning")]

STUDY = """
[[instances]]
family = "toy"
options = { jobs = 7 }
seeds = 2
[[methods]]
names = ["greedy", "random", "exact", "bound", "infeasible", "crash", "odd_details"]
[[methods]]
names = ["random"]
label = "few"
options = { shuffles = 3 }
"""


@pytest.fixture
def plan(study_file):
    return read_plan(study_file(STUDY))


@pytest.fixture
def filled(plan, tmp_path):
    """A store with every run of the plan, and the results that went in, by key."""
    path, results = tmp_path / "s.db", {}
    with Store(path, write=True) as store:
        store.begin(plan, 1)
        for run in plan.runs:
            results[run.key] = run.work.task().run()
            store.put(run.key, run.code_version, packed(results[run.key]))
    return path, results


def test_results_come_out_as_they_went_in(filled, plan):
    path, results = filled
    with Store(path) as store:
        found = dict(store.results("all"))
    assert list(found) == [run.key for run in plan.runs]
    for run in plan.runs:
        label = "" if run.label == run.work.method_name else run.label
        assert found[run.key] == results[run.key].replace(label=label)
        assert found[run.key].name == run.label


def test_a_reader_sees_the_store_as_it_was_while_the_driver_goes_on(filled, plan):
    path, results = filled
    first, *rest = plan.runs
    with Store(path, write=True) as driver, Store(path) as reader:
        driver.forget([run.key for run in rest])
        with reader.still():
            assert set(reader.finished()) == {first.key}
            driver.put(rest[0].key, rest[0].code_version, packed(results[rest[0].key]))
            assert [key for key, _ in reader.results()] == [first.key]
        assert set(reader.finished()) == {first.key, rest[0].key}


def test_without_schedules_the_best_of_each_instance_alone_has_one(filled):
    path, _ = filled
    with Store(path) as store:
        bare = [r for _, r in store.results()]
        best = [r for _, r in store.results("best")]
    assert all(r.schedule is None for r in bare)
    for digest in {r.instance_digest for r in best}:
        group = [r for r in best if r.instance_digest == digest]
        kept = [r for r in group if r.schedule is not None]
        assert len(kept) == 1
        assert kept[0].objective == min(r.objective for r in group if r.objective is not None)


def test_instances_are_made_again_or_were_kept(study_file, tmp_path):
    instance = ecoopt.generate("toy", jobs=5)
    ecoopt.write_instance(instance, tmp_path / "i.json")
    plan = read_plan(study_file(STUDY + '[[instances]]\nfiles = ["i.json"]\n'))
    with Store(tmp_path / "s.db", write=True) as store:
        store.begin(plan, 1)
    (tmp_path / "i.json").unlink()
    with Store(tmp_path / "s.db") as store:
        assert [store.instance(i.digest).digest for i in plan.instances] == [i.digest for i in plan.instances]
        assert store.instance("0" * 64) is None


def test_an_instance_that_the_generator_makes_otherwise_is_none(filled, plan, monkeypatch):
    monkeypatch.setattr("ecoopt.study.store.store.generate", lambda family, **options: ecoopt.generate("toy", jobs=3))
    with Store(filled[0]) as store:
        assert store.instance(plan.instances[0].digest) is None


def test_equal_schedules_lie_there_once(filled):
    path, results = filled
    with Store(path) as store:
        (row,) = store.rows("SELECT count(*) AS n FROM schedules")
    assert row["n"] == len({r.schedule.digest for r in results.values() if r.schedule is not None})


def test_a_run_that_was_cut_short_is_not_finished_and_is_replaced(plan, tmp_path):
    run = next(r for r in plan.runs if r.label == "exact")
    result = run.work.task().run()
    with Store(tmp_path / "s.db", write=True) as store:
        store.begin(plan, 1)
        store.put(run.key, run.code_version, packed(result.replace(termination=Termination.INTERRUPTED,
                                                                   status=Status.FEASIBLE)))
        assert run.key not in store.finished()
        assert list(store.results()) == []
        store.put(run.key, run.code_version, packed(result))
        assert set(store.finished()) == {run.key}


def test_forgotten_runs_leave_nothing_behind(filled, plan):
    path, _ = filled
    with Store(path, write=True) as store:
        store.forget(run.key for run in plan.runs)
        for table in ("runs", "traces", "schedules"):
            assert next(store.rows(f"SELECT count(*) AS n FROM {table}"))["n"] == 0


def test_a_write_that_fails_leaves_nothing_behind(plan, tmp_path):
    run = plan.runs[0]
    with Store(tmp_path / "s.db", write=True) as store:
        store.begin(plan, 1)
        wrong = packed(run.work.task().run())
        wrong.row["wall_s"] = None
        with pytest.raises(sqlite3.IntegrityError):
            store.put(run.key, run.code_version, wrong)
        for table in ("runs", "traces", "schedules"):
            assert next(store.rows(f"SELECT count(*) AS n FROM {table}"))["n"] == 0


def test_a_reader_sees_a_study_that_is_being_written(filled, plan):
    path, _ = filled
    with Store(path, write=True) as writer, Store(path) as reader:
        writer.start(plan.runs[0].key)
        assert next(reader.rows("SELECT count(*) AS n FROM at_work"))["n"] == 1
        with pytest.raises(InputError, match="cannot be used: attempt to write a readonly database"):
            reader.start(plan.runs[1].key)


def test_one_process_drives_a_study(tmp_path):
    path = tmp_path / "s.db"
    assert not is_driven(path)
    with sole_driver(path):
        assert is_driven(path)
        with pytest.raises(InputError, match="another process runs this study"), sole_driver(path):
            pass
    assert not is_driven(path)
    assert list(tmp_path.iterdir()) == []
    with sole_driver(path):
        pass


def test_a_store_has_one_driver_whatever_name_it_goes_by(tmp_path, monkeypatch):
    (tmp_path / "s.db").touch()
    (tmp_path / "link.db").symlink_to("s.db")
    monkeypatch.chdir(tmp_path)
    with sole_driver("s.db"):
        assert is_driven(tmp_path / "link.db")
        with pytest.raises(InputError, match="another process runs this study"), sole_driver("link.db"):
            pass


def test_a_driver_that_was_killed_holds_nothing(tmp_path, spawn_python):
    path = tmp_path / "s.db"
    process = spawn_python(f"""
        import time
        from ecoopt.study.store import sole_driver
        with sole_driver({str(path)!r}):
            print("held", flush=True)
            time.sleep(60)
    """)
    assert process.stdout.readline().strip() == "held"
    assert is_driven(path)
    process.kill()
    process.wait()
    assert not is_driven(path)
    with sole_driver(path):
        pass


def test_a_store_is_one_file(filled, tmp_path):
    with Store(filled[0]) as store:
        list(store.results())
    assert [p.name for p in tmp_path.iterdir() if p.suffix != ".toml"] == ["s.db"]
    assert is_store(filled[0])


@pytest.mark.parametrize(("content", "complaint"), [
    (None, "there is no such store"), (b"", "is no store"), (b"nonsense" * 100, "file is not a database"),
    ("other", "is no store of a study"), ("newer", "version: is 99, this ecoopt reads 1; upgrade"),
])
def test_what_is_no_store_is_refused_in_a_line(tmp_path, content, complaint):
    path = tmp_path / "s.db"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE t (a)")
        if content == "newer":
            connection.execute("PRAGMA application_id = 1162037072")
            connection.execute("PRAGMA user_version = 99")
        connection.commit()
        connection.close()
    with pytest.raises(InputError, match=complaint) as caught:
        Store(path)
    assert str(caught.value).count("\n") == 0
    assert not is_store(path) or content is not None


def test_a_store_that_cannot_be_made_is_refused_in_a_line(tmp_path):
    for path in (tmp_path, tmp_path / "no" / "s.db"):
        with pytest.raises(InputError, match="cannot be written"):
            Store(path, write=True)


def test_a_damaged_run_is_named(filled):
    path, results = filled
    key = next(iter(results))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE traces SET content = x'00' WHERE run = ?", (key,))
    connection.close()
    with Store(path) as store, pytest.raises(InputError, match=key):
        list(store.results())


def test_a_schedule_that_is_not_the_run_s_own_is_named(filled, plan):
    path, _ = filled
    keys = {run.label: run.key for run in plan.runs if run.work.instance_name == plan.instances[0].name}
    with Store(path, write=True) as store:
        other = next(store.rows("SELECT content FROM runs JOIN schedules ON digest = schedule_digest WHERE run = ?",
                                (keys["greedy"],)))["content"]
        store._connection.execute("UPDATE schedules SET content = ? WHERE digest = (SELECT schedule_digest FROM runs "
                                  "WHERE run = ?)", (other, keys["exact"]))
        assert store.schedule(keys["greedy"]) is not None
        assert store.schedule(keys["bound"]) is None
        with pytest.raises(InputError, match=rf"run {keys['exact']}: schedule: is damaged"):
            store.schedule(keys["exact"])


def test_damaged_pages_are_refused_in_a_line(filled):
    path, _ = filled
    raw = bytearray(path.read_bytes())
    raw[4096:] = b"\xa5" * (len(raw) - 4096)
    path.write_bytes(raw)
    with pytest.raises(InputError, match=r"s\.db: cannot be used"), Store(path) as store:
        list(store.results())


def test_a_driver_refuses_damaged_pages_in_a_line(filled, plan):
    path, results = filled
    raw = bytearray(path.read_bytes())
    raw[4096:] = b"\xa5" * (len(raw) - 4096)
    path.write_bytes(raw)
    key = plan.runs[0].key
    with pytest.raises(InputError, match=r"s\.db: cannot be used"), Store(path, write=True) as store:
        store.put(key, "1", packed(results[key]))


def test_a_packed_result_does_not_depend_on_when_it_is_packed_but_for_the_date(plan):
    result = plan.runs[0].work.task().run()
    one, other = packed(result), packed(result)
    assert one.row | {"finished_utc": ""} == other.row | {"finished_utc": ""}
    assert (one.trace, one.schedule, one.machine) == (other.trace, other.schedule, other.machine)
    row = one.row | {"run": "k", "label": result.method}
    content = {"run": "k", "family": "toy", "digest": one.row["schedule_digest"], "content": one.schedule}
    assert unpacked(row, one.trace).replace(schedule=unpacked_schedule(content)) == result


def test_a_store_in_memory_serves_a_study_nobody_keeps(plan):
    with Store(":memory:") as store:
        store.begin(plan, 1)
        run = plan.runs[0]
        store.put(run.key, run.code_version, packed(run.work.task().run()))
        assert len(list(store.results())) == 1


@pytest.mark.filterwarnings("error")
def test_a_query_that_is_left_does_no_harm_when_the_store_is_closed(filled):
    path, _ = filled
    store = Store(path)
    rows = store.rows("SELECT run FROM runs")
    next(rows)
    store.close()
    rows.close()
