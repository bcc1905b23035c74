"""Trace statistics: the figures by which a trace of calls is compared with the published ones."""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.keepalive.invocations import Invocations

TIMER_GAP_SHARE = 0.95
RATE_QUANTILES = (0.01, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99)


@dataclass(frozen=True)
class TraceStatistics:
    """Figures of a trace, as published for EcoLife's selection of the Azure Functions 2019 trace.

    Gaps lie between consecutive minutes with calls of one function; only functions with at least three such minutes
    have a say in shares of functions and means over functions.

    Parameters
    ----------
    calls, cells : int
        Calls, and pairs of function and minute with calls.
    mean_count : float
        Mean calls in a cell.
    timer_share : float
        Share of functions whose commonest gap makes up at least 95 % of their gaps.
    timer_period_pmf : dict of int to float
        Commonest gap of those functions in minutes, and its share among them.
    calls_per_day : float array [9]
        Quantiles ``RATE_QUANTILES`` over all functions with calls.
    gap_cv : float array [9]
        The same of the coefficient of variation of the time between calls (calls in the same minute are 0 apart) over
        functions that are no timers.
    peak_to_trough : float
        Most over least calls in an hour of the day; nan below one day.
    """

    calls: int
    cells: int
    mean_count: float
    timer_share: float
    timer_period_pmf: dict[int, float]
    calls_per_day: FloatArray
    gap_cv: FloatArray
    peak_to_trough: float
    _gaps: IntArray
    _gap_function: IntArray

    def pooled_gap_share(self, minutes: int) -> float:
        """Return the share of all gaps that are at most some minutes."""
        return float((self._gaps <= minutes).mean())

    def mean_gap_share(self, minutes: int) -> float:
        """Return the mean over functions of the share of their gaps that are at most some minutes.

        This is the warm share that a fixed keep-alive of so many minutes gives the mean function.
        """
        short = np.bincount(self._gap_function, weights=self._gaps <= minutes)
        number = np.bincount(self._gap_function)
        return float((short[number > 0] / number[number > 0]).mean())


def trace_statistics(invocations: Invocations) -> TraceStatistics:
    """Measure a trace in O(C log C) for C cells.

    Raises
    ------
    ValueError
        When no function has three minutes with calls.
    """
    function, minutes, counts = invocations.cell_function, invocations.minutes, invocations.counts
    functions = invocations.functions
    sizes = np.diff(invocations.offsets)
    eligible = sizes >= 3
    if not eligible.any():
        raise ValueError("no function has calls in three minutes; measure a longer trace")
    inner = (function[1:] == function[:-1]) & eligible[function[1:]]
    gaps, owner = np.diff(minutes)[inner], function[1:][inner]
    number = np.bincount(owner, minlength=functions)

    # One key per function and gap, counted by sorting, gives the commonest gap of every function at once.
    span = invocations.horizon_min + 1
    keys, repeats = np.unique(owner * span + gaps, return_counts=True)
    best = np.lexsort((-keys, repeats, keys // span))
    last = np.append(np.diff(keys[best] // span) > 0, True)
    modal_function, modal_gap, modal_count = keys[best][last] // span, keys[best][last] % span, repeats[best][last]
    timers = modal_count >= TIMER_GAP_SHARE * number[modal_function]
    periods, times = np.unique(modal_gap[timers], return_counts=True)

    per_function = np.bincount(function, weights=counts, minlength=functions)
    intervals = per_function - 1
    total = np.bincount(owner, weights=gaps, minlength=functions)
    squares = np.bincount(owner, weights=gaps.astype(np.float64) ** 2, minlength=functions)
    irregular = modal_function[~timers]
    mean = total[irregular] / intervals[irregular]
    variance = np.maximum(squares[irregular] / intervals[irregular] - mean**2, 0)
    days = invocations.horizon_min / 1440
    hourly = np.bincount(minutes // 60 % 24, weights=counts, minlength=24)
    whole_days = invocations.horizon_min >= 1440 and hourly.min() > 0
    return TraceStatistics(
        calls=invocations.calls, cells=invocations.cells, mean_count=float(counts.mean()),
        timer_share=float(timers.mean()),
        timer_period_pmf={int(p): float(t / timers.sum()) for p, t in zip(periods, times, strict=True)},
        calls_per_day=np.quantile(per_function[sizes > 0] / days, RATE_QUANTILES),
        gap_cv=np.quantile(np.sqrt(variance) / mean, RATE_QUANTILES) if irregular.size else np.full(9, np.nan),
        peak_to_trough=float(hourly.max() / hourly.min()) if whole_days else float("nan"),
        _gaps=gaps, _gap_function=owner)
