"""Forecasters: forecasts made from a trace, perfect, persistent, or with errors as large as published ones."""

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.instances.carbon.ar1 import ar1_path, stationary_ar1
from ecoopt.instances.carbon.forecast import CarbonForecast
from ecoopt.instances.carbon.stamps import iso
from ecoopt.instances.carbon.trace import MAX_G_PER_KWH, CarbonTrace

DAY_S = 86400

LOG_ERROR_MEAN = -0.0187
LOG_ERROR_SD = 0.0786
LOG_ERROR_PHI_PER_HOUR = 0.556
"""Mean, standard deviation and lag-1 h autocorrelation of ln(forecast / actual), GB 2021.

Figures computed from National Grid ESO's published forecast and actual intensity, 8,666 hours (CC BY 4.0).
"""

SD_GROWTH_PER_LEAD_DAY = (1.0, 1.2, 1.3, 1.35)
"""Error of lead days 1 to 4 relative to day 1, rounded means of the mean absolute percentage errors that CarbonCast
(Maji et al., BuildSys 2022) publishes for CISO (9.7, 12.4, 13.2, 13.7), PJM (2.7, 3.4, 3.8, 4.0) and ERCOT
(11.5, 12.6, 13.1, 13.2)."""


def perfect(trace: CarbonTrace, *, horizon_s: int, issue_every_s: int = 3600) -> CarbonForecast:
    """Return forecasts that are right: the bound on what forecasting can be worth.

    Parameters
    ----------
    trace : CarbonTrace
        What will happen.
    horizon_s : int
        Length of each forecast; issues end where the trace no longer covers it.
    issue_every_s : int
        Seconds between issues. Both are whole numbers of steps.
    """
    leads, every = _grid(trace, horizon_s, issue_every_s)
    windows = sliding_window_view(trace.intensity_g_per_kwh, leads)[::every]
    return _forecast(trace, 0, issue_every_s, windows, "perfect forecast")


def persistence(trace: CarbonTrace, *, horizon_s: int, issue_every_s: int = 3600,
                period_s: int = DAY_S) -> CarbonForecast:
    """Return forecasts that repeat the last completed period: the baseline a forecast has to beat.

    The first issue is one period after the start of the trace; each uses only steps that ended by its issue.

    Parameters
    ----------
    trace : CarbonTrace
        What happens.
    horizon_s, issue_every_s : int
        As in `perfect`.
    period_s : int
        Length of the repeated pattern, a whole number of steps; a day unless given.
    """
    leads, every = _grid(trace, horizon_s, issue_every_s)
    if period_s < 1 or period_s % trace.step_s:
        raise InputError.one("persistence", "period_s", f"{period_s} s are no whole number of steps",
                             f"give a multiple of {trace.step_s}")
    period = period_s // trace.step_s
    issue = np.arange(period, trace.n + 1, every)
    if issue.size == 0:
        raise InputError.one("persistence", "trace", "is shorter than one period", "give a longer trace")
    back = np.arange(leads) % period - period
    return _forecast(trace, period, issue_every_s, trace.intensity_g_per_kwh[issue[:, None] + back],
                     "persistence forecast")


def lognormal(trace: CarbonTrace, *, horizon_s: int, rng: np.random.Generator, issue_every_s: int = 3600,
              log_mean: float = LOG_ERROR_MEAN, log_sd: float = LOG_ERROR_SD,
              phi_per_hour: float = LOG_ERROR_PHI_PER_HOUR,
              sd_growth_per_day: Sequence[float] = SD_GROWTH_PER_LEAD_DAY) -> CarbonForecast:
    """Return forecasts with multiplicative lognormal errors that are correlated in time.

    Forecast = actual x exp(log_mean + log_sd g(lead) z), with z of unit variance, first-order autoregressive along
    the forecast hours and, with the same coefficient, from issue to issue; g grows with the lead day and stays at
    its last entry. The draws do not depend on the values of the trace, and those of an issue not on later issues.

    Parameters
    ----------
    trace : CarbonTrace
        What will happen.
    horizon_s, issue_every_s : int
        As in `perfect`.
    rng : numpy.random.Generator
        Source of the errors.
    log_mean, log_sd, phi_per_hour : float
        Moments of ln(forecast / actual) on the first day; those of GB 2021 unless given.
    sd_growth_per_day : sequence of float
        Standard deviation on each lead day relative to `log_sd`.

    Notes
    -----
    The autocorrelation of GB's errors at 24 h, 0.28, is above that of an AR(1) process; correlation between issues is
    not published and taken as that over the same time ahead.
    """
    leads, every = _grid(trace, horizon_s, issue_every_s)
    growth = np.asarray(sd_growth_per_day, dtype=np.float64)
    if growth.ndim != 1 or growth.size == 0 or not (np.isfinite(growth) & (growth >= 0)).all():
        raise InputError.one("forecast errors", "sd_growth_per_day", "is not a list of numbers >= 0", "give one a day")
    if not (0 <= phi_per_hour < 1 and 0 <= log_sd <= 5 and abs(log_mean) <= 5):
        raise InputError.one("forecast errors", "log_sd", "the moments are out of range",
                             "keep 0 <= phi_per_hour < 1, 0 <= log_sd <= 5 and |log_mean| <= 5")
    lead_day = np.arange(leads) * trace.step_s // DAY_S
    sd = log_sd * growth[np.minimum(lead_day, growth.size - 1)]
    truth = sliding_window_view(trace.intensity_g_per_kwh, leads)[::every]
    phi = phi_per_hour ** (trace.step_s / 3600.0)
    errors = _correlated_field(len(truth), leads, every, phi, rng)
    values = np.minimum(truth * np.exp(log_mean + sd * errors), MAX_G_PER_KWH)
    return _forecast(trace, 0, issue_every_s, values, f"lognormal errors, sd {log_sd:g} on the first day")


def _correlated_field(issues: int, leads: int, every: int, phi: float, rng: np.random.Generator) -> FloatArray:
    """Return unit-variance errors [issues, leads], AR(1) along the target time and along the issue time.

    Each issue keeps part of what the issue before said of the same target time, and renews the rest.
    """
    kept = phi ** every
    renewed = np.sqrt(1.0 - kept * kept)
    field = np.empty((issues, leads))
    field[0] = stationary_ar1(leads, phi, rng)
    for row in range(1, issues):
        carried = _continued(field[row - 1], every, phi, rng)
        field[row] = kept * carried + renewed * stationary_ar1(leads, phi, rng)
    return field


def _continued(path: FloatArray, steps: int, phi: float, rng: np.random.Generator) -> FloatArray:
    """Return the last entries of an AR(1) path that is continued by `steps`, as many as it had."""
    shocks = rng.standard_normal(steps) * np.sqrt(1.0 - phi * phi)
    fresh = ar1_path(shocks, phi, before=float(path[-1]))
    return np.concatenate((path, fresh))[-len(path):]


def _grid(trace: CarbonTrace, horizon_s: int, issue_every_s: int) -> tuple[int, int]:
    """Return leads and steps between issues, or raise InputError."""
    for name, value in (("horizon_s", horizon_s), ("issue_every_s", issue_every_s)):
        if value < 1 or value % trace.step_s:
            raise InputError.one("forecast", name, f"{value} s are no whole number of steps",
                                 f"give a multiple of {trace.step_s}")
    if horizon_s > trace.duration_s:
        raise InputError.one("forecast", "horizon_s", f"{horizon_s} s are longer than the trace",
                             f"give at most {trace.duration_s}")
    return horizon_s // trace.step_s, issue_every_s // trace.step_s


def _forecast(trace: CarbonTrace, first_step: int, issue_every_s: int, values: FloatArray,
              note: str) -> CarbonForecast:
    """Return the forecast record for rows that begin at `first_step` of the trace."""
    forecast: CarbonForecast = CarbonForecast.from_content({
        "zone": trace.zone, "first_issue_utc": iso(trace.start_s + first_step * trace.step_s),
        "issue_every_s": issue_every_s, "step_s": trace.step_s, "intensity_g_per_kwh": values, **trace.signal,
        "source": f"{note} from: {trace.source}", "licence": trace.licence,
    }, f"carbon forecast {trace.zone}")
    return forecast
