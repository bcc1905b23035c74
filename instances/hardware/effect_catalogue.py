"""Published effects of power caps on V100 and A100, Zeus's measurements, and the curves fitted to them."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.files import read_bytes
from ecoopt.instances.hardware.effect_curve import EffectCurve, break_even_rebound
from ecoopt.instances.hardware.effect_fit import fit_effects

ZEUS_SOURCE: Final = ("Zeus (NSDI'23), published traces ml-energy/zeus summary_power_*.csv, Apache-2.0: means "
                      "over optimisers")
ZEUS_FIT: Final = "convex fit with P = min(P0, kappa cap)"
TABLE_FIT: Final = ("convex fit with P = min(P0, kappa cap); watts of P0 from kappa = 1: a GPU whose cap binds draws "
                    "all of it")
_LARGEST_BYTES: Final = 64 * 2**20


@dataclass(frozen=True)
class MeasuredEffect:
    """One published figure.

    Parameters
    ----------
    gpu, workload, phase : str
        What was measured.
    default_cap_w, cap_w : float
        Cap that the ratios are relative to, and the cap.
    time_ratio : float
        sigma.
    energy_ratio : float, optional
        eps; None where it was not published.
    source, confidence : str
        Paper, and how the figure is known.
    """

    gpu: str
    workload: str
    phase: str
    default_cap_w: float
    cap_w: float
    time_ratio: float
    energy_ratio: float | None
    source: str
    confidence: str

    @property
    def break_even_rebound(self) -> float | None:
        """The rebound at which the cap saves nothing; None where the source tells no energy, as some rows do."""
        return None if self.energy_ratio is None else float(break_even_rebound(self.time_ratio, self.energy_ratio))


@cache
def measured_effects() -> tuple[MeasuredEffect, ...]:
    """Return the published figures, in order of the table."""
    return tuple(
        MeasuredEffect(
            gpu=row["gpu"], workload=row["workload"], phase=row["phase"], default_cap_w=float(row["default_cap_W"]),
            cap_w=float(row["cap_W"]), time_ratio=float(row["time_ratio"]),
            energy_ratio=float(row["energy_ratio"]) if row["energy_ratio"] else None, source=row["source"],
            confidence=row["confidence"])
        for row in _table("power_cap_effects.csv"))


_FITTED: Final = {
    "bert-training-v100": "BERT MLM training", "lm-training-v100": "mean over LM training configs (multi-GPU)",
    "bert-inference-v100": "BERT inference", "llama-65b-a100": "LLaMA-65B"}
_ZEUS: Final = {
    "resnet50": "resnet50 on imagenet", "shufflenet": "shufflenetv2 on cifar100",
    "bert-squad": "bert_base_uncased on squad", "bert-sentiment": "bert_base_uncased on sentiment140",
    "deepspeech2": "deepspeech2 on librispeech", "ncf": "ncf on movielens-1m"}


@cache
def effect_curves() -> dict[str, EffectCurve]:
    """Return every fitted curve by name.

    From the published table ``bert-training-v100``, ``lm-training-v100``, ``bert-inference-v100`` and
    ``llama-65b-a100``; from Zeus ``resnet50``, ``shufflenet``, ``bert-squad``, ``bert-sentiment``, ``deepspeech2`` and
    ``ncf``, each on ``p100``, ``v100``, ``rtx6000`` and ``a40``, as in ``ncf-v100``. The second-hand figures of the
    table contradict the others and are left out.
    """
    curves = {name: _table_curve(name, workload) for name, workload in _FITTED.items()}
    rows = _table("zeus_power.csv")
    for gpu in ("P100", "V100", "RTX6000", "A40"):
        for short, workload in _ZEUS.items():
            name = f"{short}-{gpu.lower()}"
            mine = np.array([[float(row["cap_w"]), float(row["time_per_epoch_s"]), float(row["average_power_w"])]
                             for row in rows if row["gpu"] == gpu and row["workload"].startswith(workload)])
            curves[name] = _zeus_curve(name, mine, mine[:, 0].max())
    return curves


def effect_curve(name: str) -> EffectCurve:
    """Return the curve of the catalogue called `name`.

    Raises
    ------
    InputError
        If there is none; the message names those there are.
    """
    known = effect_curves()
    if name not in known:
        raise InputError.one("hardware catalogue", "curve", f"{name!r} is unknown", f"use one of {', '.join(known)}")
    return known[name]


def read_zeus(path: Path) -> tuple[EffectCurve, ...]:
    """Return the curves of a table of Zeus (``summary_power_*.csv``), one for each data set, network and batch size.

    Optimisers are averaged. The default cap is the highest in the file; what was not measured under it is left out.

    Parameters
    ----------
    path : Path
        CSV, plain or compressed, with columns dataset, network, batch_size, power_limit, time_per_epoch
        and average_power.

    Raises
    ------
    InputError
        With every row that cannot be used.
    """
    text = read_bytes(path, limit_bytes=_LARGEST_BYTES).decode("utf-8", errors="replace")
    groups: dict[str, list[tuple[float, float, float]]] = {}
    problems = []
    for line, row in enumerate(csv.DictReader(text.splitlines()), start=2):
        try:
            cap_w, time_s, power_w = (float(row[field]) for field in ("power_limit", "time_per_epoch", "average_power"))
            name = f"{row['network']} on {row['dataset']} batch {int(row['batch_size'])}"
            if not (0 < cap_w <= 1e6 and 0 < time_s < np.inf and 0 < power_w <= 1e6):
                raise ValueError
        except (KeyError, TypeError, ValueError):
            problems.append(Problem(f"line {line}", "holds no cap, time and power above 0", "correct it"))
            continue
        groups.setdefault(name, []).append((cap_w, time_s, power_w))
    if problems or not groups:
        raise InputError(str(path), problems or [Problem("", "holds no measurement", "give a table of Zeus")])
    default_w = max(row[0] for rows in groups.values() for row in rows)
    caps = {name: {row[0] for row in rows} for name, rows in groups.items()}
    return tuple(_zeus_curve(name, np.array(rows), default_w) for name, rows in groups.items()
                 if default_w in caps[name] and len(caps[name]) > 1)


def _table_curve(name: str, workload: str) -> EffectCurve:
    """Return the fit to published figures; those without an energy tell of time alone."""
    first = workload.partition(" (")[0]
    rows = [row for row in measured_effects() if row.workload.startswith(first)]
    cap_w, time = np.array([row.cap_w for row in rows]), np.array([row.time_ratio for row in rows])
    energy = np.array([np.nan if row.energy_ratio is None else row.energy_ratio for row in rows])
    share = energy / time
    known = np.isfinite(share)
    # With kappa = 1 a binding cap is the power drawn: P0 by least squares of share * P0 = cap.
    most_w = float((cap_w[known] * share[known]).sum() / (share[known] ** 2).sum())
    return fit_effects(name, cap_w, time, share * most_w, uncapped_power_w=most_w, default_cap_w=rows[0].default_cap_w,
                       source="; ".join(dict.fromkeys(row.source for row in rows)), assumed=TABLE_FIT)


def _zeus_curve(name: str, rows: FloatArray, default_w: float) -> EffectCurve:
    """Return the fit to rows of cap, time and power."""
    full = rows[:, 0] == default_w
    time_s, power_w = rows[full, 1].mean(), float(rows[full, 2].mean())
    caps = np.unique(rows[~full, 0])
    means = np.array([rows[rows[:, 0] == cap, 1:].mean(axis=0) for cap in caps])
    return fit_effects(name, caps, means[:, 0] / time_s, means[:, 1], uncapped_power_w=power_w, default_cap_w=default_w,
                       source=ZEUS_SOURCE, assumed=ZEUS_FIT)


def _table(name: str) -> list[dict[str, str]]:
    lines: Iterable[str] = resources.files(__package__).joinpath(name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(lines))
