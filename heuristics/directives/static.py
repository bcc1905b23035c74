"""Static: one mix of levels for all hours, the cheapest that keeps every rule (Sprout's SPROUT_STA, EMNLP'24)."""

import numpy as np
from scipy.optimize import linprog

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.directives.home import Home
from ecoopt.instances.directives import DirectivesInstance, DirectivesSchedule
from ecoopt.instances.directives.beliefs import believed_quality, last_evaluation


def static(instance: DirectivesInstance, run: Run, *, seed: int, start: DirectivesSchedule | None) -> Outcome:
    """Choose one mix of levels for each origin and group, and keep to it. One iteration.

    As published, the mix follows from means over the horizon and the mean intensity of the year, and keeps the hourly
    rule of such a mean hour alone. An instance whose only rule is a window over the horizon with the same quality
    gives that mix, but for the intensity, which hardly has a say.
    """
    home = Home(instance, run, start)
    if run.stop() is None:
        run.tick(1, 1)
        evaluations = home.rare_evaluations
        believed = believed_quality(home.costs, last_evaluation(instance, evaluations))
        share = np.zeros(home.shape)
        for r in range(home.shape[0]):
            share[r] = _mix(home, r, believed[r])
        home.offer(share, evaluations)
    return run.outcome()


def _mix(home: Home, r: int, believed: FloatArray) -> FloatArray:
    """Return the cheapest mix of an origin for all hours, float array [C, L]; level 0 where none is found."""
    costs, instance = home.costs, home.instance
    cost = (costs.count[r][..., None] * costs.home_g[r]).sum(axis=0)
    groups, levels = cost.shape
    rows, right = [believed.reshape(-1, groups * levels)], [costs.floor[r]]
    for window in instance.windows:
        own = slice(window.start_h, window.end_h)
        requests = instance.requests[r, own]
        if requests.any():
            rows.append(np.average(costs.quality[r, own].reshape(-1, groups * levels), axis=0, weights=requests)[None])
            right.append(np.array([1.0 - window.loss]))
    needs, least = np.concatenate(rows), np.concatenate(right)
    found = np.zeros((groups, levels))
    found[:, 0] = 1.0
    if instance.integer:
        alike = np.repeat(np.eye(levels), groups, axis=0).reshape(levels, groups, levels)
        good = [level for level in range(levels) if (needs @ alike[level].ravel() >= least).all()]
        return alike[min(good, key=lambda level: float((cost * alike[level]).sum()))] if good else found
    answer = linprog(cost.ravel() / max(float(cost.max()), 1e-300), A_ub=-needs, b_ub=-least,
                     A_eq=np.kron(np.eye(groups), np.ones(levels)), b_eq=np.ones(groups), bounds=(0, 1))
    if answer.x is None:
        return found
    share = np.clip(answer.x.reshape(groups, levels), 0.0, 1.0)
    # The solver's tolerance is mended by a little more of level 0, which is always good enough.
    share /= share.sum(axis=1, keepdims=True)
    reached = needs @ share.ravel()
    lacking = np.where(reached < least, (least - reached) / np.maximum(1.0 - reached, 1e-12), 0.0)
    mend = min(float(lacking.max()), 1.0)
    return np.asarray((1.0 - mend) * share + mend * found, dtype=np.float64)
