"""Exports: every finished run with its figures, the same in each format."""

import csv
import json

import pytest

from ecoopt.core.errors import InputError
from ecoopt.study.export import COLUMNS, export, exported_rows
from ecoopt.study.run import run_study, store_path
from ecoopt.study.store import Store

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
[[methods]]
names = ["greedy", "exact", "bound", "crash"]
[[methods]]
names = ["random"]
options = { shuffles = 4 }
label = "few"
"""


@pytest.fixture(scope="module")
def store(faults, tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "s.toml"
    path.write_text(STUDY)
    run_study(path)
    with Store(store_path(path)) as opened:
        yield opened


def test_a_row_holds_all_that_a_table_needs(store):
    rows = exported_rows(store)
    assert [tuple(row) for row in rows] == [tuple(COLUMNS)] * 10
    assert [(row["label"], row["seed"]) for row in rows] == [
        (label, seed) for label in ("greedy", "exact", "bound", "crash", "few") for seed in (0, 1)]
    greedy, exact, bound, crash, few = rows[::2]
    assert greedy["best_bound"] == exact["bound"]
    assert greedy["gap"] == pytest.approx((greedy["objective"] - exact["bound"]) / greedy["objective"])
    assert greedy["behind_best"] == pytest.approx((greedy["objective"] - exact["objective"]) / exact["objective"])
    assert (exact["gap"], exact["status"]) == (0, "optimal")
    assert (bound["gap"], bound["primal_integral"], crash["objective"]) == (None, None, None)
    assert (few["method"], few["options"]) == ("random", {"shuffles": 4})
    assert exact["terms"]["cost_g"] == {"value": exact["objective"], "unit": "g"}
    assert exact["budget"]["iterations"] == 20
    assert exact["machine"]["cores"] >= 1
    assert "crashed" in crash["notes"][0]


def test_csv_json_and_parquet_hold_the_same(store, tmp_path):
    pytest.importorskip("pyarrow", reason="needs the extra parquet")
    from pyarrow import parquet

    rows = exported_rows(store)
    nested = [name for name, kind in COLUMNS.items() if kind == "json"]
    for suffix in (".csv", ".json", ".parquet"):
        assert export(store, tmp_path / f"x{suffix}") == len(rows)
    assert json.loads((tmp_path / "x.json").read_text())["rows"] == rows
    table = parquet.read_table(tmp_path / "x.parquet")
    assert str(table.schema.field("gap").type) == "double"
    assert [{k: json.loads(v) if k in nested else v for k, v in row.items()} for row in table.to_pylist()] == rows
    with open(tmp_path / "x.csv", newline="") as stream:
        for text, row in zip(csv.DictReader(stream), rows, strict=True):
            for name, value in row.items():
                if name in nested:
                    assert json.loads(text[name]) == value
                else:
                    assert text[name] == ("" if value is None else str(value))


def test_a_study_that_goes_on_is_exported_as_it_was(faults, tmp_path, monkeypatch):
    path = tmp_path / "s.toml"
    path.write_text(STUDY)
    run_study(path)
    with Store(store_path(path)) as reader, Store(store_path(path), write=True) as driver:
        read = Store.results

        def results(store, *arguments):
            yield from read(store, *arguments)
            driver.forget([next(iter(store.finished()))])  # between the queries of an export

        monkeypatch.setattr(Store, "results", results)
        assert len(exported_rows(reader)) == 10
        monkeypatch.undo()
        assert len(exported_rows(reader)) == 9


def test_an_export_is_the_same_bytes_every_time(store, tmp_path):
    for name in ("a.csv", "b.csv"):
        export(store, tmp_path / name)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_a_name_without_a_format_is_refused(store, tmp_path):
    with pytest.raises(InputError, match="end the name in"):
        export(store, tmp_path / "x.xlsx")


def test_parquet_without_its_package_is_refused_with_the_mend(store, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"pip install 'ecoopt\[parquet\]'"):
        export(store, tmp_path / "x.parquet")
