"""Export: a row per finished run with its figures, as CSV, Parquet or JSON."""

import csv
import io
import json
from pathlib import PurePath
from typing import Any

from ecoopt.comparison import Comparison
from ecoopt.core.errors import InputError
from ecoopt.core.files import PathLike, encode, write_bytes
from ecoopt.known.values import known_values
from ecoopt.study.store import Store

SUFFIXES = (".csv", ".parquet", ".json")

COLUMNS = {
    "family": "string", "instance": "string", "instance_digest": "string", "method": "string", "label": "string",
    "kind": "string", "options": "json", "seed": "int64", "budget": "json", "code_version": "string",
    "status": "string", "termination": "string", "objective": "float64", "bound": "float64", "best_bound": "float64",
    "gap": "float64", "best_objective": "float64", "behind_best": "float64", "primal_integral": "float64",
    "wall_s": "float64", "cpu_s": "float64", "iterations": "int64", "evaluations": "int64", "terms": "json",
    "schedule_digest": "string", "versions": "json", "machine": "json", "finished_utc": "string", "notes": "json"}
"""Columns and their types; what is nested is text of JSON in CSV and Parquet, itself in JSON."""

TIMES = ("wall_s", "cpu_s", "primal_integral", "finished_utc")
"""Columns that differ between two runs of the same study."""


def check_suffix(path: PathLike) -> str:
    """Return the suffix of a path.

    Raises
    ------
    InputError
        When it names no format, or one whose package is not installed.
    """
    suffix = PurePath(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError.one(str(path), "", "ends in no format", f"end the name in {', '.join(SUFFIXES)}")
    if suffix == ".parquet":
        try:
            import pyarrow  # noqa: F401  only whether it is there
        except ImportError:
            raise InputError.one(str(path), "", "Parquet needs pyarrow", "pip install 'ecoopt[parquet]', or end the "
                                 "name in .csv") from None
    return suffix


def export(store: Store, path: PathLike) -> int:
    """Write a row per finished run of the plan, in its order, and return how many there are.

    Raises
    ------
    InputError
        When the file cannot be written, or its suffix names no format.
    """
    suffix = check_suffix(path)
    rows = exported_rows(store)
    if suffix == ".json":
        content = encode({"document": "study export", "schema_version": 1, "study": store.fact("name"), "rows": rows})
    elif suffix == ".csv":
        content = _csv(rows)
    else:
        content = _parquet(rows)
    write_bytes(path, content)
    return len(rows)


def exported_rows(store: Store) -> list[dict[str, Any]]:
    """Return the rows, values by column."""
    with store.still():
        results = [result for _, result in store.results()]
        beside = list(store.rows(
            "SELECT budget, code_version, schedule_digest, finished_utc, versions, machines.content AS machine FROM "
            "plan JOIN runs USING (run) JOIN machines ON runs.machine = machines.digest "
            "WHERE termination != 'interrupted' ORDER BY place"))
    comparison = Comparison.of(results, known_values(result.instance_digest for result in results))
    found = []
    for row, result, rest in zip(comparison.rows, results, beside, strict=True):
        terms = {} if result.score is None else {
            name: {"value": term.value, "unit": term.unit} for name, term in result.score.terms.items()}
        values = row.model_dump(mode="json") | dict(rest) | {"terms": terms}
        values |= {name: json.loads(rest[name]) for name in ("budget", "versions", "machine")}
        found.append({name: values[name] for name in COLUMNS})
    return found


def _flat(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows with what is nested as text."""
    nested = [name for name, kind in COLUMNS.items() if kind == "json"]
    return [row | {name: json.dumps(row[name], separators=(",", ":")) for name in nested} for row in rows]


def _csv(rows: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(COLUMNS), lineterminator="\n")
    writer.writeheader()
    writer.writerows(_flat(rows))
    return text.getvalue().encode()


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.schema([(name, pa.type_for_alias("string" if kind == "json" else kind))
                        for name, kind in COLUMNS.items()])
    stream = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(_flat(rows), schema=schema), stream)
    return stream.getvalue()
