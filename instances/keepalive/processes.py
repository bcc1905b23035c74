"""Processes: what makes each generated function's calls come - a timer, a renewal process or a heavy stream."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.keepalive import calibration as law

TIMER, RENEWAL, HEAVY = 0, 1, 2
_DAY_MIN = 1440


@dataclass(frozen=True)
class CallProcesses:
    """The law of the calls of F functions, one entry for each function; entries of other kinds are zero.

    Parameters
    ----------
    kind : int array [F]
        ``TIMER``, ``RENEWAL`` or ``HEAVY``.
    period_min, phase_min : int array [F]
        A timer calls in minutes of the UTC clock congruent to its phase, modulo its period.
    mean_gap_min, gap_cv : float array [F]
        Mean and coefficient of variation of a renewal process' gaps between active minutes, at least 1 minute.
    burst_share, short_gap_min, long_gap_min : float array [F]
        Above a coefficient of 1 gaps are hyperexponential: geometric with the short mean with this probability (within
        bursts), else with the long mean. Share 0: gaps are gamma distributed.
    calls : float array [F]
        Mean calls at a time, at least 1; of heavy functions, calls per minute.
    steady : bool array [F]
        Whether a timer's count is always the same; otherwise it is 1 plus a Poisson number, as in renewal processes.
    """

    kind: IntArray
    period_min: IntArray
    phase_min: IntArray
    mean_gap_min: FloatArray
    gap_cv: FloatArray
    burst_share: FloatArray
    short_gap_min: FloatArray
    long_gap_min: FloatArray
    calls: FloatArray
    steady: np.ndarray[Any, np.dtype[np.bool_]]

    @property
    def functions(self) -> int:
        """Number of functions F."""
        return len(self.kind)


def draw_processes(rng: np.random.Generator, functions: int, *, timer_share: float, heavy_share: float,
                   aligned_share: float) -> CallProcesses:
    """Draw the processes of some functions from the laws of `calibration`.

    Shares are kept exactly, up to rounding; timers come first in rounding, then heavy functions.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    functions : int
        Number of functions F.
    timer_share, heavy_share : float
        Shares of timers and of heavy functions, at most 1 together; renewal processes are the rest.
    aligned_share : float
        Share of timers whose phase is 0, or, beyond hourly ones, a full hour; other phases are uniform.
    """
    timers = round(timer_share * functions)
    heavy = min(round(heavy_share * functions), functions - timers)
    kind = np.full(functions, RENEWAL, dtype=np.int64)
    order = rng.permutation(functions)
    kind[order[:timers]] = TIMER
    kind[order[timers:timers + heavy]] = HEAVY

    periods = np.array(list(law.TIMER_PERIOD_PMF))
    period = _choice(rng, periods, list(law.TIMER_PERIOD_PMF.values()), functions)
    aligned = rng.random(functions) < aligned_share
    on_the_clock = np.where(period > 60, 60 * rng.integers(0, np.maximum(period // 60, 1)), 0)
    phase = np.where(aligned, on_the_clock, rng.integers(0, period))
    counts = np.arange(1, 9)
    timer_calls = np.where(period == 1, _choice(rng, counts, law.MINUTE_TIMER_CALLS_PMF, functions),
                           _choice(rng, counts, law.TIMER_CALLS_PMF, functions)).astype(np.float64)
    steady = rng.random(functions) >= law.WOBBLING_TIMERS
    timer_calls[(period == 1) & ~steady] += law.MINUTE_TIMER_EXTRA_CALLS

    mean_gap, cv = _renewal_gaps(rng, functions)
    bursts = hyperexponential(mean_gap, cv)
    extra = np.minimum(np.exp(rng.normal(*law.RENEWAL_EXTRA_CALLS_LN, functions)), law.RENEWAL_MAX_EXTRA_CALLS)
    extra[rng.random(functions) < law.RENEWAL_SINGLE] = 0
    heavy_calls = np.exp(rng.normal(*law.HEAVY_CALLS_PER_DAY_LN, functions)) / _DAY_MIN
    heavy_calls = np.minimum(heavy_calls, law.HEAVY_MAX_CALLS_PER_MIN)

    timer, renewal = kind == TIMER, kind == RENEWAL
    return CallProcesses(
        kind=kind, period_min=np.where(timer, period, 0), phase_min=np.where(timer, phase, 0),
        mean_gap_min=np.where(renewal, mean_gap, 0.0), gap_cv=np.where(renewal, cv, 0.0),
        burst_share=np.where(renewal, bursts[0], 0.0), short_gap_min=np.where(renewal, bursts[1], 0.0),
        long_gap_min=np.where(renewal, bursts[2], 0.0),
        calls=np.where(timer, timer_calls, np.where(renewal, 1 + extra, heavy_calls)),
        steady=np.where(timer, steady, False))


def hyperexponential(mean_min: FloatArray, cv: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return share of short gaps, short mean and long mean of a mixture of two geometric laws with given moments.

    With short mean m1 and r = m1 / mean, the mixture has the coefficient of variation cv if the share of short gaps is
    ``p = s / (s + 2 (1 - r)^2)``, s = cv^2 + 1 / mean - 1 (a geometric law of mean m has the second moment 2 m^2 - m).
    Entries with cv <= 1, or calls in nearly every minute, get share 0.
    """
    bursty = (cv > 1) & (mean_min > 1.05)
    mean, spread = np.where(bursty, mean_min, 2.0), np.where(bursty, cv, 2.0)
    short = 1 + (mean - 1) * law.SHORT_GAP_SHARE / np.sqrt(spread)
    excess = spread**2 + 1 / mean - 1
    share = excess / (excess + 2 * (1 - short / mean) ** 2)
    long = (mean - share * short) / (1 - share)
    return np.where(bursty, share, 0.0), np.where(bursty, short, 1.0), np.where(bursty, long, 1.0)


def _renewal_gaps(rng: np.random.Generator, size: int) -> tuple[FloatArray, FloatArray]:
    """Draw means and coefficients of variation of gaps; those that would look like every-minute timers are redrawn."""
    raw_rate = np.exp(rng.normal(*law.RENEWAL_RATE_LN, size))
    active_per_day = np.minimum(-_DAY_MIN * np.expm1(-raw_rate / _DAY_MIN), law.RENEWAL_MAX_ACTIVE_PER_DAY)
    mean, cv = _DAY_MIN / active_per_day, np.zeros(size)
    wanted = np.arange(size)
    while wanted.size:
        cv[wanted] = np.clip(np.exp(rng.normal(*law.RENEWAL_CV_LN, wanted.size)), *law.RENEWAL_CV_RANGE)
        share, short, long = hyperexponential(mean[wanted], cv[wanted])
        every_minute = np.where(share > 0, share / short + (1 - share) / long, 0.0)
        wanted = wanted[every_minute >= law.RENEWAL_MAX_EVERY_MINUTE]
    return mean, cv


def _choice(rng: np.random.Generator, values: IntArray, pmf: Any, size: int) -> IntArray:
    """Draw independent values; the probabilities need only be proportional to `pmf`."""
    cumulative = np.cumsum(np.asarray(pmf, dtype=np.float64))
    drawn: IntArray = values[np.searchsorted(cumulative, rng.random(size) * cumulative[-1], side="right")]
    return drawn
