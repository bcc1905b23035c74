"""Calibration: the figures of the Azure Functions 2019 trace that the generator reproduces, with their sources.

SAMPLE is EcoLife's selection of that trace: 1,000 functions, 12 days, 10,399,402 calls, at most 8 calls a minute. Its
figures are measurements of that file (`statistics.trace_statistics` measures them on any trace). The laws below are
fitted so that generated traces show them. PAPER is Shahrad et al., "Serverless in the Wild" (USENIX ATC 2020).
"""

TIMER_SHARE = 0.446
"""Share of functions with at least 95 % equal gaps between minutes with calls (SAMPLE)."""

TIMER_PERIOD_PMF: dict[int, float] = {
    1: 0.352, 2: 0.0291, 3: 0.0291, 4: 0.0336, 5: 0.1973, 10: 0.0291, 15: 0.0359, 20: 0.0112, 30: 0.0179, 60: 0.0583,
    120: 0.0022, 180: 0.0022, 240: 0.0067, 360: 0.0045, 480: 0.0045, 720: 0.0157, 1440: 0.1704}
"""Period of a timer in minutes (SAMPLE)."""

TIMER_JITTER = 0.002
"""Share of a timer's calls that come a minute early or late, or, every minute, not at all: 0.3 % of gaps (SAMPLE)."""

TIMER_ALIGNED = 0.8
"""Share of timers aligned with the clock: 88 % of 5-minute timers fall on minutes 0, 5, ..; 69 % of hourly ones on
minute 0, which one in 60 would by chance (SAMPLE)."""

MINUTE_TIMER_CALLS_PMF = (0.44, 0.18, 0.11, 0.13, 0.04, 0.05, 0.03, 0.02)
"""Calls 1, 2, .. 8 at a time of a timer with period 1 (modal count, SAMPLE)."""

TIMER_CALLS_PMF = (0.94, 0.03, 0.0, 0.01, 0.0, 0.0, 0.01, 0.01)
"""The same for longer periods (SAMPLE)."""

WOBBLING_TIMERS = 0.5
"""Share of timers whose count varies from call to call (SAMPLE: half of every-minute timers repeat their modal
count less than 3 times in 4)."""

MINUTE_TIMER_EXTRA_CALLS = 0.1
"""Mean calls that wobbling every-minute timers add to their modal count: 78 % of every-minute timers have more than one
call a minute on average, 56 % have a modal count above one (SAMPLE)."""

RENEWAL_RATE_LN = (4.6, 2.5)
"""Mean and standard deviation of ln r; the function is active in 1440 (1 - exp(-r / 1440)) minutes a day (fitted to
SAMPLE's quantiles of calls per day, whose own lognormal fit over all functions is (4.909, 2.484))."""

RENEWAL_MAX_ACTIVE_PER_DAY = 1250.0
"""Most active minutes per day of a renewal process; above, the trace holds timers alone (SAMPLE: 99 % below 1,275)."""

RENEWAL_CV_LN = (0.0, 1.8)
"""The same for the coefficient of variation of gaps between active minutes (fitted to SAMPLE's quantiles of the
coefficient between calls, whose lognormal fit is (-0.157, 1.969))."""

RENEWAL_CV_RANGE = (0.005, 6.0)

RENEWAL_MAX_EVERY_MINUTE = 0.9
"""Largest share of 1-minute gaps of a renewal process; above, the function would be counted as a timer."""

SHORT_GAP_SHARE = 0.08
"""Short mean gap of bursty processes: 1 + this (mean gap - 1) / sqrt(cv) (fitted to SAMPLE's shares of gaps up to 1, 5,
10, 20, 30 and 60 minutes)."""

RENEWAL_SINGLE = 0.4
"""Share of renewal processes with one call at a time (SAMPLE)."""

RENEWAL_EXTRA_CALLS_LN = (-1.2, 1.5)
"""Law of ln(mean calls in an active minute - 1) of the others (fitted to SAMPLE)."""

RENEWAL_MAX_EXTRA_CALLS = 7.0

HEAVY_CALLS_PER_DAY_LN = (9.903487552536127, 1.5)
"""Law of ln(calls per day) of heavy functions, median 20,000: restores the tail that SAMPLE cuts off at 8 calls a
minute (PAPER: rates span eight orders of magnitude, 3 % of apps are called more than once a second)."""

HEAVY_MAX_CALLS_PER_MIN = 100_000.0

HEAVY_CV = 0.3
"""Coefficient of variation of a heavy function's rate from minute to minute (assumed; no trace at hand holds one)."""

DIURNAL_AMPLITUDE = 0.4
"""Amplitude of the daily wave of all functions but timers, fitted to SAMPLE's hourly load, which peaks at 1.12 times
its trough; heavy functions bring it near PAPER's swing of a factor of 2."""

DIURNAL_PEAK_MIN = 14 * 60
"""Minute of the UTC day at which that wave peaks (SAMPLE)."""

MEMORY_BURR = (11.652, 0.221, 0.107083)
"""Burr XII shapes c, k and scale in GB of a function's memory (PAPER, Fig. 8)."""

MEMORY_QUANTILE_CAP = 0.999
"""Memory is drawn below this quantile: 1.57 GB, where the platform's own limit was 1.5 GB."""

DURATION_SPREAD_LN = 0.75
"""Standard deviation of ln(own execution time / app's) with own profiles (assumed: keeps apps' range of 1 to 15 s
apart, where PAPER's sigma of 2.36 would exceed the minute in which a call must end)."""

COLD_START_SPREAD_LN = 0.5
"""The same for cold starts (assumed)."""
