"""From files of others to an instance: KAIROS's latency tables and pools, Ribbon's measured compositions."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import lognorm

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments
from ecoopt.instances.dispatch.profile import QOS_MS, read_profile
from ecoopt.instances.pool.catalogue import batch_shares
from ecoopt.instances.pool.generate import MARGIN
from ecoopt.instances.pool.schema import PoolInstance

USUAL, MIDDLE, SMALL = 87 / 99, 10 / 99, 2 / 99
"""Ribbon's mix of batch sizes: lognormal around 164; 250 to 499 evenly; 1 to 99 evenly."""


_LARGEST = 1e9


def import_kairos_pool(
    latencies: Path, pool: Path, *, model: str = "rm2", qos_ms: float | None = None, margin: float = MARGIN,
) -> PoolInstance:
    """Read KAIROS's latency table and its description of a pool.

    The most queries within the budget are asked for, with the artifact's mix of batch sizes.

    Parameters
    ----------
    latencies : Path
        CSV with columns model, instance, batch, mean_ms, p50_ms, p99_ms, max_ms.
    pool : Path
        JSON: ``ins_types``, ``max_num``, ``price`` and ``cost``, the budget in dollars per hour (``instance.json``).
    model : str
        Which of the table's models.
    qos_ms : float, optional
        Within which a query must be answered; by default KAIROS's for its own models.
    margin : float
        Share of `qos_ms` that the work on a query may take.

    Raises
    ------
    InputError
        With every problem of the files, or of the options.
    """
    check = Arguments("import kairos-pool")
    if qos_ms is None:
        check.one_of("model", model, tuple(QOS_MS))
    else:
        check.number("qos_ms", qos_ms, 0, 1e9, above=True)
    check.number("margin", margin, 0, 1, above=True)
    check.refuse()
    measured, wanted = read_profile(latencies, model), _pool(pool)
    names = wanted["ins_types"]
    if missing := [name for name in names if name not in measured.names]:
        raise InputError.one(str(latencies), model, f"has no latency on {', '.join(missing)}", "complete the table")
    content: dict[str, Any] = {
        "name": f"{pool.stem}-{model}"[:200],
        "provenance": Provenance(source=f"KAIROS: {latencies.name}, {pool.name}; batch sizes of its artifact"),
        "types": [{"name": name, "price_per_h": price, "max_count": most} for name, price, most
                  in zip(names, wanted["price"], wanted["max_num"], strict=True)],
        "models": [{
            "name": model, "qos_ms": QOS_MS[model] if qos_ms is None else qos_ms, "batch": measured.batch,
            "share": batch_shares(measured),
            "latency_ms": measured.mean_ms[[measured.names.index(name) for name in names]]}],
        "margin": margin, "budget_per_h": [wanted["cost"]]}
    instance: PoolInstance = PoolInstance.from_content(content, f"{latencies}, {pool}")
    return instance


def import_ribbon_trials(
    trials: Path, latencies: Path, prices: Path, *, model: str, qos_ms: float, gap_ms: float,
    least_qos_percent: float = 99.0,
) -> PoolInstance:
    """Read Ribbon's table of measured compositions: the cheapest one that answers enough queries in time is asked for.

    Its latencies, mix of batch sizes and arrivals become the model, for methods that predict before they measure.

    Parameters
    ----------
    trials : Path
        CSV with a column ``n_TYPE`` for each type and ``qos_rate_pct``; other columns are not looked at. The first
        type is the one that first gets a query.
    latencies : Path
        CSV with columns model, instance, batch, mean_ms.
    prices : Path
        CSV with columns instance, price, in dollars per hour.
    model : str
        Which of the latency table's models.
    qos_ms : float
        Within which a query must be answered.
    gap_ms : float
        Mean time between arrivals.
    least_qos_percent : float
        Share of queries that must be answered in time.

    Raises
    ------
    InputError
        With every problem of the files, or of the options.
    """
    check = Arguments("import ribbon-trials")
    check.number("qos_ms", qos_ms, 0, 1e9, above=True)
    check.number("gap_ms", gap_ms, 0, 1e6, above=True)
    check.number("least_qos_percent", least_qos_percent, 0, 100, above=True)
    check.refuse()
    table = _rows(trials)
    columns = [name for name in table[0] if name.startswith("n_")]
    names = [name.removeprefix("n_") for name in columns]
    counts = _numbers(trials, table, [*columns, "qos_rate_pct"])
    worked: dict[str, dict[int, float]] = {name: {} for name in names}
    for row in _rows(latencies):
        if row.get("model") == model and row.get("instance") in worked:
            batch, mean_ms = _numbers(latencies, [row], ["batch", "mean_ms"])[0]
            if batch != int(batch):
                raise InputError.one(str(latencies), "batch", f"{batch} is no whole number", "correct it")
            worked[row["instance"]][int(batch)] = float(mean_ms)
    cost = {row.get("instance"): row for row in _rows(prices)}
    problems = [Problem(f"{latencies.name}: {name}", f"has no latency of {model}", "complete the table")
                for name, rows in worked.items() if not rows]
    problems += [Problem(f"{latencies.name}: {name}", "has other batch sizes than the first type", "complete the table")
                 for name, rows in worked.items() if rows.keys() != next(iter(worked.values())).keys()]
    problems += [Problem(f"{prices.name}: {name}", "has no price", "complete the table") for name in names
                 if name not in cost]
    if not names:
        problems.append(Problem(trials.name, "has no column n_TYPE", "give one for each type"))
    if problems:
        raise InputError(f"{trials}, {latencies}, {prices}", problems)
    batch = np.array(sorted(next(iter(worked.values()))))
    content: dict[str, Any] = {
        "name": trials.stem[:200], "objective": "cost",
        "provenance": Provenance(source=f"Ribbon (SC'21, arXiv:2207.11434): {trials.name}, {latencies.name}, "
                                 f"{prices.name}; batch sizes of its artifact"),
        "types": [{"name": name, "max_count": most,
                   "price_per_h": float(_numbers(prices, [cost[name]], ["price"])[0, 0])}
                  for name, most in zip(names, counts[:, :-1].max(axis=0).astype(int).tolist(), strict=True)],
        "models": [{"name": model, "qos_ms": qos_ms, "batch": batch, "share": ribbon_shares(batch),
                    "latency_ms": np.array([[worked[name][b] for b in batch.tolist()] for name in names]),
                    "demand_per_s": np.array([1000.0 / gap_ms])}],
        "trials": {"count": counts[:, :-1], "qos_percent": counts[:, -1], "least_qos_percent": least_qos_percent}}
    instance: PoolInstance = PoolInstance.from_content(content, f"{trials}, {latencies}, {prices}")
    return instance


def ribbon_shares(batch: FloatArray) -> FloatArray:
    """Return the share of queries in each bin of batch sizes [B], float array [B], for Ribbon's mix.

    A size counts to the next bin, those beyond the last one to that.
    """
    sizes = np.arange(1, max(int(batch[-1]), 500) + 1)
    usual = np.diff(lognorm.cdf(np.arange(len(sizes) + 1), s=0.2, scale=np.exp(5.1)))
    chance = USUAL * usual / usual.sum() + SMALL / 99 * (sizes <= 99) + MIDDLE / 250 * ((sizes >= 250) & (sizes < 500))
    place = np.minimum(np.searchsorted(batch, sizes, side="left"), len(batch) - 1)
    shares: FloatArray = np.bincount(place, chance, len(batch)) / chance.sum()
    return shares


def _rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            found = list(csv.DictReader(line for line in lines if line.strip() and not line.startswith("#")))
    except (OSError, ValueError, csv.Error) as error:
        raise InputError.one(str(path), "", f"cannot be read: {error}", "give a CSV file") from None
    if not found:
        raise InputError.one(str(path), "", "holds no row", "give a table")
    if long := [i for i, row in enumerate(found) if None in row]:
        raise InputError.one(str(path), f"row {long[0] + 1}", "has more cells than the header", "correct it")
    return found


def _numbers(path: Path, rows: list[dict[str, str]], columns: list[str]) -> FloatArray:
    """Return columns of rows as numbers, float array [rows, columns]."""
    found, problems = np.zeros((len(rows), len(columns))), []
    for i, row in enumerate(rows):
        for j, name in enumerate(columns):
            try:
                found[i, j] = float(row[name])
                if not 0 <= found[i, j] <= _LARGEST:
                    raise ValueError
            except (KeyError, TypeError, ValueError):
                cell = f"{row.get(name)!r} is no number from 0 to {_LARGEST:g}"
                problems.append(Problem(f"row {i + 1}, {name}", cell, "correct it"))
    if problems:
        raise InputError(str(path), problems)
    return found


def _pool(path: Path) -> dict[str, Any]:
    """Return the description of a pool, its lists of equal length."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError.one(str(path), "", f"cannot be read: {error}", "give a JSON file") from None
    lists = ("ins_types", "max_num", "price")
    if not isinstance(content, dict) or "cost" not in content or not all(
            isinstance(content.get(name), list) for name in lists):
        raise InputError.one(str(path), "", f"lacks one of {', '.join(lists)} and cost", "give the artifact's file")
    if len({len(content[name]) for name in lists}) > 1:
        raise InputError.one(str(path), "", f"{', '.join(lists)} differ in length", "give one entry per type")
    if not all(isinstance(name, str) for name in content["ins_types"]):
        raise InputError.one(str(path), "ins_types", "holds what is no name", "give texts")
    return content


READERS = {"kairos-pool": import_kairos_pool, "ribbon-trials": import_ribbon_trials}
