"""Rounding: shares to whole levels that keep every rule, and no better ones than that takes."""

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.directives.costs import Costs

_TRACE = 1e-9


def rounded(costs: Costs, request_g: FloatArray, share: FloatArray) -> FloatArray:
    """Return one level for each group and hour: the best that has a share, then cheaper ones while rules allow.

    Quality only rises at first. Then levels are lowered once, those that save most by the quality lost first.

    Parameters
    ----------
    costs : Costs
        Of an instance without evaluator.
    request_g : float array [R, T, C, L]
        Carbon of a request.
    share : float array [R, T, C, L]
        Shares that keep every rule.

    Returns
    -------
    float array [R, T, C, L]
        Zeros and ones.
    """
    instance = costs.instance
    level = np.where(share > _TRACE, costs.quality, -np.inf).argmax(axis=-1)
    now_q, now_g = (np.take_along_axis(table, level[..., None], axis=-1) for table in (costs.quality, request_g))
    saved = np.where(costs.count[..., None] > 0, costs.count[..., None], 1.0) * (now_g - request_g)
    lost = now_q - costs.quality
    spare = now_q[..., 0].sum(axis=2) - costs.floor
    requests = instance.requests
    reached = requests * now_q[..., 0].sum(axis=2)
    own = [slice(window.start_h, window.end_h) for window in instance.windows]
    slack = np.array([reached[:, part].sum(axis=1) - (1.0 - window.loss) * requests[:, part].sum(axis=1)
                      for part, window in zip(own, instance.windows, strict=True)]).reshape(-1, len(requests))
    inside = np.array([[part.start <= t < part.stop for part in own] for t in range(instance.hours)], dtype=np.bool_)
    moves = np.argwhere((saved > 0) & np.isfinite(request_g))
    worth = saved[tuple(moves.T)] / np.maximum(lost[tuple(moves.T)], 1e-12)
    moved = np.zeros(level.shape, dtype=bool)
    for r, t, c, l in moves[np.argsort(-worth, kind="stable")].tolist():
        loss = float(lost[r, t, c, l])
        held = inside[t]
        if moved[r, t, c] or loss > spare[r, t] or (loss * requests[r, t] > slack[held, r]).any():
            continue
        moved[r, t, c], level[r, t, c] = True, l
        spare[r, t] -= loss
        slack[held, r] -= loss * requests[r, t]
    found = np.zeros(share.shape)
    np.put_along_axis(found, level[..., None], 1.0, axis=-1)
    return found
