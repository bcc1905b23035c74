"""Fixed configurations, Clover's extremes: whole GPUs with the best variants, finest slices with the smallest."""

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.mig_serving.configurations import partitions_of
from ecoopt.heuristics.mig_serving.pairs import Pairs, pairs_of
from ecoopt.instances.mig_serving import MigServingInstance, MigServingSchedule


def base(instance: MigServingInstance, run: Run, *, seed: int, start: MigServingSchedule | None) -> Outcome:
    """Run the best variant of each service on whole GPUs (Clover's BASE). One iteration.

    Several services divide the GPUs by what they need at their peaks.
    """
    return _fixed(instance, run, 0, best=True)


def co2opt(instance: MigServingInstance, run: Run, *, seed: int, start: MigServingSchedule | None) -> Outcome:
    """Run the smallest variant of each service on GPUs cut as finely as can be (Clover's CO2OPT). One iteration.

    Several services divide the GPUs by what they need at their peaks.
    """
    finest = int(partitions_of(instance.geometry).sum(axis=1).argmax())
    return _fixed(instance, run, finest, best=False)


def _fixed(instance: MigServingInstance, run: Run, partition: int, *, best: bool) -> Outcome:
    """Offer one partition with one variant for each service, if that serves all requests in time."""
    if run.stop() is not None:
        return run.outcome()
    pairs, cut = pairs_of(instance), partitions_of(instance.geometry)[partition]
    rows = [_instances(pairs, cut, service, best=best) for service in range(len(instance.services))]
    run.tick(1, 1)
    if any(not row.any() for row in rows) or instance.gpus < len(rows):
        return run.outcome()
    shares = _shares(np.array([_need(pairs, row, k) for k, row in enumerate(rows)]), instance.gpus)
    counts = np.tile(shares @ np.array(rows), (instance.periods, 1))
    on = np.full(instance.periods, instance.gpus)
    slices = np.tile(cut * instance.gpus, (instance.periods, 1))
    objective = pairs.objective(counts, on, slices)
    if np.isfinite(objective):
        run.offer(objective, lambda: pairs.schedule(counts, on, slices))
    return run.outcome()


def _instances(pairs: Pairs, cut: IntArray, service: int, *, best: bool) -> IntArray:
    """Return instances [Q] of a service alone on one GPU: on each slice its best or worst variant that runs there."""
    row = np.zeros(pairs.count, dtype=np.int64)
    quality = np.array([variant.quality for variant in pairs.instance.variants])
    for profile in np.flatnonzero(cut):
        own = np.flatnonzero((pairs.profile == profile) & (pairs.service == service))
        if len(own):
            rank = quality[pairs.variant[own]]
            row[own[rank.argmax() if best else rank.argmin()]] = cut[profile]
    return row


def _need(pairs: Pairs, row: IntArray, service: int) -> float:
    """Return a service's highest load over what one GPU of a large fleet serves."""
    served = float(row @ pairs.capacity_rps[:, -1])
    return float(pairs.instance.load_rps[service].max()) / max(served, 1e-9)


def _shares(need: FloatArray, gpus: int) -> IntArray:
    """Divide GPUs by need: one each, the rest in proportion, by largest remainders."""
    free = gpus - len(need)
    exact = free * need / max(float(need.sum()), 1e-300)
    shares = np.floor(exact).astype(np.int64)
    rest = free - int(shares.sum())
    shares[np.argsort(shares - exact, kind="stable")[:rest]] += 1
    found: IntArray = shares + 1
    return found
