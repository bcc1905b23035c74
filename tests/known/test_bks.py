"""Instance sets and best-known values: made again, judged again, and every change of a byte or a figure noticed."""

import hashlib
import json
from functools import cache
from pathlib import Path
from shutil import copy

import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.core.status import Sense, Status
from ecoopt.known.history import Entry, History, read_history
from ecoopt.known.sets import chosen, known_names, read_set, set_names
from ecoopt.known.update import update
from ecoopt.known.verify import verify
from ecoopt.study.run import run_study
from ecoopt.study.status import status
from ecoopt.study.store import Store

pytestmark = [pytest.mark.usefixtures("faults"),
              pytest.mark.filterwarnings("ignore::ecoopt.registry.EntryPointWarning")]

STUDY = """
seeds = 2
[budget]
iterations = 3
[workers]
jobs = 1
warm_up = false
[[instances]]
family = "toy"
options = {{ jobs = 8 }}
seeds = 2
[[methods]]
names = [{names}]
"""


@pytest.fixture
def folder(tmp_path):
    """A folder with a set of two toy instances and no history."""
    (tmp_path / "sets").mkdir()
    (tmp_path / "bks").mkdir()
    entries = []
    for seed, difficulty in ((0, "easy"), (1, "hard")):
        instance = ecoopt.generate("toy", jobs=8, seed=seed)
        entries.append({"name": f"toy-{seed}", "difficulty": difficulty, "options": {"jobs": 8, "seed": seed},
                        "instance_digest": instance.digest})
    content = {"document": "instance set", "schema_version": 1, "family": "toy", "instances": entries}
    (tmp_path / "sets" / "toy.json").write_text(json.dumps(content))
    return tmp_path


@pytest.fixture(scope="module")
def finished(faults, tmp_path_factory):
    """Return the store of a study of some methods on the set, run once."""
    place = tmp_path_factory.mktemp("studies")

    @cache
    def run(*names):
        path = place / f"{'-'.join(names)}.toml"
        path.write_text(STUDY.format(names=", ".join(f'"{name}"' for name in names)))
        run_study(path)
        return path.with_suffix(".db")

    return run


@pytest.fixture
def study(folder, finished):
    """Return a copy of such a store, to be changed at will."""
    return lambda *names: Path(copy(finished(*names), folder))


def add(folder, store):
    with Store(store) as opened:
        return list(update(opened, folder))


def wrong(folder):
    return [f"{c.instance}: {c.what}: {c.problem}" for c in verify("toy", folder) if c.problem]


@pytest.fixture
def known(folder, study):
    """The folder with the optima in its history."""
    add(folder, study("exact"))
    assert wrong(folder) == []
    return folder


def test_a_set_is_read_whole_and_by_class(folder):
    assert set_names(folder) == ["toy"]
    assert [i.name for _, i in chosen("toy", folder)] == ["toy-0", "toy-1"]
    assert [i.name for _, i in chosen("toy/hard", folder)] == ["toy-1"]
    instance = read_set("toy", folder).instances[1].generate("toy")
    assert (instance.name, instance.digest) == ("toy-1", ecoopt.generate("toy", jobs=8, seed=1).digest)


@pytest.mark.parametrize(("name", "complaint"), [
    ("tox", "did you mean toy"), ("toy/hrad", "did you mean hard"), ("", "there is none")])
def test_a_set_that_is_not_there_is_refused(folder, name, complaint):
    with pytest.raises(InputError, match=complaint):
        list(chosen(name, folder))


@pytest.mark.parametrize(("field", "value", "complaint"), [
    ("name", "toy-0", "name toy-0 stands twice"), ("name", "Toy 0", "name"), ("difficulty", "simple", "difficulty"),
    ("instance_digest", "abc", "instance_digest"), ("option", 1, "unknown key")])
def test_a_wrong_set_is_refused_with_the_field(folder, field, value, complaint):
    path = folder / "sets" / "toy.json"
    content = json.loads(path.read_text())
    content["instances"][1][field] = value
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=complaint):
        read_set("toy", folder)


def test_improvements_go_into_the_history_and_nothing_else_does(folder, study):
    changes = add(folder, study("greedy", "bound"))
    assert [(c.instance, c.what, c.before, c.refused) for c in changes] == [
        (f"toy-{s}", what, None, "") for s in (0, 1) for what in ("value", "bound")]
    assert add(folder, folder / "greedy-bound.db") == []
    first = read_history("toy", folder)
    changes = add(folder, study("exact"))
    assert {c.what for c in changes} == {"value", "bound"}
    assert all(c.before is not None for c in changes)
    second = read_history("toy", folder)
    assert second.entries[:len(first.entries)] == first.entries
    for digest, best in second.headline().items():
        assert best.objective == pytest.approx(best.bound, rel=1e-12)
        assert best.objective <= first.headline()[digest].objective
    assert wrong(folder) == []


def test_an_entry_says_who_when_and_with_what(known):
    entry = read_history("toy", known).entries[0]
    assert (entry.method, entry.seed, entry.options, entry.what) == ("exact", 0, {}, "value")
    assert entry.code_version == f"{ecoopt.__version__} + ecoopt-toy 1.0"
    assert hashlib.sha256((known / "bks" / entry.file).read_bytes()).hexdigest() == entry.file_sha256


def test_what_the_referee_rejects_is_refused(known, study, monkeypatch):
    store = study("greedy")
    with Store(store, write=True) as opened:  # a store that claims a better value than its schedule has
        opened._connection.execute("UPDATE runs SET objective = 1.0")
    changes = add(known, store)
    assert {c.what for c in changes} == {"value"}
    assert all("the store says 1.0, the referee" in c.refused for c in changes)
    assert wrong(known) == []


def test_a_refused_run_hides_no_other_improvement(folder, study):
    store = study("random", "exact")
    with Store(store, write=True) as opened:
        opened._connection.execute("UPDATE runs SET objective = 1.0 WHERE method = 'random'")
    changes = add(folder, store)
    values = [change for change in changes if change.what == "value"]
    assert {change.instance for change in values if not change.refused} == {"toy-0", "toy-1"}
    assert sum(bool(change.refused) for change in values) == 4
    assert {entry.method for entry in read_history("toy", folder).entries if entry.what == "value"} == {"exact"}
    assert wrong(folder) == []


def test_an_update_reads_the_store_as_it_is_and_no_traces(folder, study, monkeypatch):
    store = study("exact")
    with Store(store, write=True) as opened:
        opened._connection.execute("UPDATE traces SET content = x'00'")
        opened._connection.execute("UPDATE study SET value = 'x' WHERE key = 'jobs'")
        assert status(opened).done == 4
    assert len(add(folder, store)) == 4


def test_nothing_to_verify_is_no_success(folder, study, tmp_path):
    assert wrong(folder) == [f"toy-{k}: instance: no value and no bound is known; solve it, then 'ecoopt bks update'"
                             for k in (0, 1)]
    add(folder, study("greedy", "bound"))
    assert wrong(folder) == ["toy-0: instance: is said to be easy, and has no proven optimum"]
    with pytest.raises(InputError, match="there is no such folder"):
        known_names(tmp_path / "no")
    (folder / "sets" / "toy.json").unlink()
    assert known_names(folder) == ["toy"]
    with pytest.raises(InputError, match="there is none of 'toy'"):
        wrong(folder)
    (folder / "bks" / "toy.json").unlink()
    with pytest.raises(InputError, match="has no instance set and no history"):
        known_names(folder)


def test_a_bound_that_a_known_schedule_refutes_is_refused(known, study):
    store = study("bound")
    with Store(store, write=True) as opened:
        opened._connection.execute("UPDATE runs SET bound = 1e6")
    assert all("refuted by a schedule" in c.refused for c in add(known, store))


def test_runs_on_instances_of_no_set_are_passed_over(known):
    path = known / "other.toml"
    path.write_text(STUDY.format(names='"exact"').replace("jobs = 8", "jobs = 9"))
    run_study(path)
    assert add(known, path.with_suffix(".db")) == []


def flips(raw):
    """Yield copies with one byte changed, at places spread over the content."""
    for at in range(0, len(raw), max(1, len(raw) // 25)):
        yield raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1:]


def test_one_changed_byte_of_a_schedule_is_noticed_wherever_it_is(known):
    path = known / "bks" / read_history("toy", known).entries[0].file
    raw = path.read_bytes()
    for changed in flips(raw):
        path.write_bytes(changed)
        (line,) = wrong(known)
        assert line.startswith("toy-0: value ")
        assert "was changed: its bytes do not match" in line
    path.write_bytes(raw)
    assert wrong(known) == []


def test_one_changed_figure_is_noticed_whichever_it_is(known):
    path = known / "bks" / "toy.json"
    text = path.read_text()
    content = json.loads(text)
    changed = {"value": 1.0, "date": "2020-01-01", "method": "greedy", "seed": 5, "code_version": "9", "wall_s": 3.25,
               "options": {"a": 1}, "schedule_digest": "0" * 64, "file_sha256": "0" * 64, "seal": "0" * 64,
               "what": "bound"}
    for field, value in changed.items():
        entry = dict(content["entries"][0]) | {field: value}
        path.write_text(json.dumps(content | {"entries": [entry, *content["entries"][1:]]}))
        assert any("does not match its seal" in line for line in wrong(known)), field
    entry = dict(content["entries"][1]) | {"value": content["entries"][1]["value"] * (1 - 1e-15)}
    path.write_text(json.dumps(content | {"entries": [content["entries"][0], entry, *content["entries"][2:]]}))
    assert len(wrong(known)) == 1
    path.write_text(text)


def resealed(known, place, **changes):
    """Change an entry of the history and seal it anew, as somebody would who means to."""
    path = known / "bks" / "toy.json"
    history = read_history("toy", known)
    entries = list(history.entries)
    entries[place] = Entry.from_content(entries[place].model_dump() | changes | {"seal": ""}, "e").sealed()
    path.write_text(json.dumps(history.replace(entries=entries).model_dump(mode="json")))


def test_a_value_that_its_schedule_has_not_is_noticed_under_any_seal(known):
    resealed(known, 0, value=1.0)
    assert any("the referee says" in line for line in wrong(known))


def test_a_bound_that_a_schedule_refutes_is_noticed_under_any_seal(known):
    resealed(known, 1, value=1e6)
    assert any("is refuted by a schedule" in line for line in wrong(known))


def test_a_schedule_that_is_missing_or_of_another_instance_is_noticed(known):
    first, second = (e for e in read_history("toy", known).entries if e.what == "value")
    resealed(known, 0, file=second.file, file_sha256=second.file_sha256, schedule_digest=second.schedule_digest)
    assert any("the referee says" in line for line in wrong(known))
    (known / "bks" / second.file).unlink()
    assert sum("cannot be read: no such file" in line for line in wrong(known)) == 2
    assert first.file != second.file


def test_a_history_that_gets_worse_is_noticed(known):
    history = read_history("toy", known)
    path = known / "bks" / "toy.json"
    path.write_text(json.dumps(history.joined(history.entries[:1]).model_dump(mode="json")))
    assert any("is no better than" in line for line in wrong(known))


def test_an_instance_that_the_generator_makes_otherwise_is_noticed(known):
    path = known / "sets" / "toy.json"
    path.write_text(path.read_text().replace('"jobs": 8, "seed": 1', '"jobs": 8, "seed": 2'))
    lines = wrong(known)
    assert any(line.startswith("toy-1: instance: ") and "the generator has changed" in line for line in lines)


def test_an_entry_of_no_set_is_noticed(known):
    path = known / "sets" / "toy.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"instances": content["instances"][:1]}))
    assert sum("is in no set" in line for line in wrong(known)) == 2


def test_a_history_of_another_family_or_sense_is_refused(known):
    path = known / "bks" / "toy.json"
    path.write_text(path.read_text().replace('"sense": "min"', '"sense": "max"'))
    with pytest.raises(InputError, match="correct the file"):
        read_history("toy", known)


def test_the_headline_of_a_family_that_maximises_is_its_largest_value():
    base = {"instance": "i", "instance_digest": "a" * 64, "date": "2026-01-01", "method": "m", "code_version": "1",
            "wall_s": 1.0}
    entries = tuple(Entry(**base, what=what, value=value) for what, value in (
        ("value", 3.0), ("bound", 9.0), ("value", 5.0), ("bound", 7.0)))
    best = History(family="toy", sense=Sense.MAX, entries=entries).headline()["a" * 64]
    assert (best.objective, best.bound) == (5.0, 7.0)


def test_what_is_known_reaches_the_gaps_of_other_runs(known, monkeypatch):
    from ecoopt.known import values

    monkeypatch.setattr(values, "known_folder", lambda: Path(known))
    monkeypatch.setattr("ecoopt.known.history.known_folder", lambda: Path(known))
    values._every.cache_clear()
    instance = ecoopt.generate("toy", jobs=8, seed=0)
    row = ecoopt.compare(instance, ["greedy"]).rows[0]
    assert row.gap is not None
    assert row.best_bound == values.known_values([instance.digest])[instance.digest].bound
    assert row.status is Status.FEASIBLE
    values._every.cache_clear()
