"""Ribbon: Bayesian optimisation over counts, with a Gaussian process and what trials rule out left aside."""

import warnings
from contextlib import suppress
from typing import Annotated, Any

import numpy as np
from pydantic import Field
from scipy.stats import norm

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.pool.ground import Spent
from ecoopt.heuristics.pool.trying import Trying, goodness
from ecoopt.instances.pool import PoolInstance, PoolSchedule


def ribbon(
    instance: PoolInstance, run: Run, *, seed: int, start: PoolSchedule | None,
    random_starts: Annotated[int, Field(ge=1, le=1000)] = 2, most: Annotated[int, Field(ge=1)] = 200,
    xi: Annotated[float, Field(ge=0, le=1)] = 0.1, restarts: Annotated[int, Field(ge=0, le=100)] = 0,
) -> Outcome:
    """Measure next what promises the largest expected improvement (Ribbon, SC'21).

    A Gaussian process with a Matérn kernel is fitted to Ribbon's objective of all that was measured. Compositions are
    whole numbers; those that measurements rule out are not looked at. The search ends when none is left, or after
    `most` measurements.

    Parameters
    ----------
    random_starts : int
        Compositions measured at random first.
    most : int
        Most measurements.
    xi : float
        Improvement of Ribbon's objective, in 0..1, that is asked for beyond the best (exploration).
    restarts : int
        Further starts of the fit of the kernel.
    """
    process = _process(seed, restarts)
    trying = Trying(instance, run, start, "ribbon")
    rng = np.random.default_rng(seed)
    chosen: list[int] = []
    with suppress(Spent):
        while trying.open.any() and len(chosen) < most:
            left = np.flatnonzero(trying.open)
            if len(chosen) < random_starts:
                i = int(rng.choice(left))
            else:
                i = int(left[_improvement(process, trying, chosen, xi).argmax()])
            trying.measure(i)
            chosen.append(i)
    return trying.ends()


def _improvement(process: Any, trying: Trying, chosen: list[int], xi: float) -> FloatArray:
    """Return the expected improvement of every open composition."""
    seen = np.array([goodness(trying, i) for i in chosen])
    seen = seen / (max(seen.max(), 1e-12) if trying.serves_all else 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a kernel at the edge of its range
        process.fit(trying.counts[chosen].astype(float), seen)
        mean, spread = process.predict(trying.counts[trying.open].astype(float), return_std=True)
    ahead = mean - seen.max() - xi
    spread = np.maximum(spread, 1e-12)
    expected: FloatArray = ahead * norm.cdf(ahead / spread) + spread * norm.pdf(ahead / spread)
    return expected


def _process(seed: int, restarts: int) -> Any:
    """Return an unfitted Gaussian process."""
    try:
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import Matern
    except ImportError:
        raise InputError.one("method", "ribbon", "needs the package scikit-learn",
                             "install it: pip install 'ecoopt[bayes]'") from None
    return GaussianProcessRegressor(Matern(nu=2.5), alpha=1e-6, normalize_y=True, n_restarts_optimizer=restarts,
                                    random_state=seed % 2**32)
