"""Simulation: call processes played minute by minute into sparse counts, compiled."""

import math
from typing import Any

import numpy as np
from numba import njit

from ecoopt.core.arrays import IntArray
from ecoopt.instances.keepalive import calibration as law
from ecoopt.instances.keepalive.invocations import MAX_CALLS_PER_MINUTE, Invocations
from ecoopt.instances.keepalive.processes import HEAVY, TIMER, CallProcesses

_DAY_MIN = 1440
_JITTER = law.TIMER_JITTER
_PEAK_MIN = float(law.DIURNAL_PEAK_MIN)
_HEAVY_SHAPE = 1.0 / law.HEAVY_CV**2


def simulate(processes: CallProcesses, rng: np.random.Generator, minutes: int, clock_min: int,
             diurnal: float) -> Invocations:
    """Return the calls of some minutes; all processes are stationary up to the daily wave.

    Work is O(F T) in the worst case and in proportion to the cells otherwise; memory is about 32 bytes per cell.

    Parameters
    ----------
    processes : CallProcesses
        The F functions.
    rng : numpy.random.Generator
        Source of randomness.
    minutes : int
        Number of minutes T.
    clock_min : int
        Minute of the UTC day at which minute 0 begins.
    diurnal : float
        Amplitude in 0..1 of the daily wave of all functions but timers: of the calls in an active minute, and of the
        rate at which bursty processes become active.
    """
    offsets, minute, count = _play(
        rng, processes.kind, processes.period_min, processes.phase_min, processes.mean_gap_min, processes.gap_cv,
        processes.burst_share, processes.short_gap_min, processes.long_gap_min, processes.calls, processes.steady,
        minutes, clock_min, diurnal)
    for array in (offsets, minute, count):
        array.setflags(write=False)
    return Invocations(horizon_min=minutes, offsets=offsets, minutes=minute, counts=count)


@njit(cache=True)
def _play(rng: Any, kind: Any, period: Any, phase: Any, mean_gap: Any, cv: Any, share: Any,
          short: Any, long: Any, calls: Any, steady: Any, minutes: int, clock_min: int,
          diurnal: float) -> tuple[IntArray, IntArray, IntArray]:
    """Return offsets, minutes and counts of all cells."""
    functions = len(kind)
    wave = np.empty(_DAY_MIN)
    for m in range(_DAY_MIN):
        wave[m] = 1.0 + diurnal * math.cos(2.0 * math.pi * (m + clock_min - _PEAK_MIN) / _DAY_MIN)
    offsets = np.zeros(functions + 1, np.int64)
    capacity = max(minutes, functions * minutes // 8)
    minute, count = np.empty(capacity, np.int64), np.empty(capacity, np.int64)
    row = np.zeros(minutes, np.int64)
    cells = 0
    for f in range(functions):
        row[:] = 0
        if kind[f] == TIMER:
            _timer(rng, row, period[f], (phase[f] - clock_min) % period[f], calls[f], steady[f])
        elif kind[f] == HEAVY:
            _heavy(rng, row, calls[f], wave)
        elif share[f] > 0.0:
            _bursts(rng, row, mean_gap[f], share[f], short[f], long[f], calls[f] - 1.0, wave)
        else:
            _regular(rng, row, mean_gap[f], cv[f], calls[f] - 1.0, wave)
        if cells + minutes > capacity:
            capacity = 2 * capacity + minutes
            minute, count = _grown(minute, cells, capacity), _grown(count, cells, capacity)
        for m in range(minutes):
            if row[m] > 0:
                minute[cells] = m
                count[cells] = min(row[m], MAX_CALLS_PER_MINUTE)
                cells += 1
        offsets[f + 1] = cells
    return offsets, minute[:cells].copy(), count[:cells].copy()


@njit(cache=True)
def _grown(column: Any, used: int, capacity: int) -> Any:
    """Return a longer column with the same beginning."""
    longer = np.empty(capacity, np.int64)
    longer[:used] = column[:used]
    return longer


@njit(cache=True)
def _timer(rng: Any, row: Any, period: int, first: int, calls: float, steady: bool) -> None:
    """Add the calls of a timer; a few are a minute off, or left out where the period is one minute."""
    for m in range(first, len(row), period):
        at = m
        if rng.random() < _JITTER:
            if period == 1:
                continue
            at += 1 if rng.random() < 0.5 else -1
        if 0 <= at < len(row):
            row[at] += int(calls) if steady else 1 + _poisson(rng, calls - 1.0)


@njit(cache=True)
def _heavy(rng: Any, row: Any, calls: float, wave: Any) -> None:
    """Add calls in every minute: Poisson with a rate that is itself gamma distributed around the wave."""
    for m in range(len(row)):
        row[m] = _poisson(rng, calls * wave[m % _DAY_MIN] * rng.standard_gamma(_HEAVY_SHAPE) / _HEAVY_SHAPE)


@njit(cache=True)
def _bursts(rng: Any, row: Any, mean: float, share: float, short: float, long: float, extra: float, wave: Any) -> None:
    """Add the calls of a process with hyperexponential gaps; in the wave bursts are longer and closer together."""
    # Residual life of the stationary process: the current gap is short in proportion to its share of the time.
    residual = short if rng.random() * mean < share * short else long
    m = int(rng.standard_exponential() * residual)
    while m < len(row):
        now = wave[m % _DAY_MIN]
        row[m] = 1 + _poisson(rng, extra * now)
        m += _geometric(rng, 1.0 + (long - 1.0) / now if rng.random() * now < 1.0 - share else short)


@njit(cache=True)
def _regular(rng: Any, row: Any, mean: float, cv: float, extra: float, wave: Any) -> None:
    """Add the calls of a stationary process with gamma gaps, rounded at random to whole minutes.

    Rounding keeps the mean and changes the variance by at most a quarter of a square minute.
    """
    part = mean - math.floor(mean)
    variance = max((cv * mean) ** 2 - part * (1.0 - part), 1e-9)
    shape, scale = 0.0, 0.0
    if mean > 1.0 + 1e-9:
        shape, scale = (mean - 1.0) ** 2 / variance, variance / (mean - 1.0)
    m = int(rng.random() * rng.standard_gamma(1.0 + 1.0 / cv**2) * mean * cv**2)
    while m < len(row):
        row[m] = 1 + _poisson(rng, extra * wave[m % _DAY_MIN])
        m += 1
        if shape > 0.0:
            m += int(rng.standard_gamma(shape) * scale + rng.random())


@njit(cache=True)
def _geometric(rng: Any, mean: float) -> int:
    """Return a geometric number 1, 2, .. of the given mean."""
    if mean <= 1.0 + 1e-9:
        return 1
    return 1 + int(rng.standard_exponential() / -math.log1p(-1.0 / mean))


@njit(cache=True)
def _poisson(rng: Any, mean: float) -> int:
    """Return a Poisson number; none is drawn where the mean is 0."""
    return rng.poisson(mean) if mean > 0.0 else 0
