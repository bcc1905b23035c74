"""Greedy: one price of the ceilings bisected, then single changes that fit."""

from collections.abc import Callable

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.node_mix.mix import Mix
from ecoopt.heuristics.node_mix.moves import Swaps
from ecoopt.heuristics.node_mix.start import Start, offer_start
from ecoopt.instances.node_mix import NodeMixInstance

_BISECTIONS, _DOUBLINGS = 24, 60
_ROUNDS, _SLOPE = 6, 4.0


def greedy(instance: NodeMixInstance, run: Run, *, seed: int, start: Start) -> Outcome:
    """Take the cheapest option of each choice at prices of the ceilings, bisected; then single changes that fit.

    With one ceiling and choices alone this is the greedy of the multiple-choice knapsack: options on the lower hull of
    carbon against use, by falling gain per use. A price is an iteration. Ignores `seed`.
    """
    offer_start(instance, run, start)
    fill(Mix(instance), run)
    return ended(run)


def ended(run: Run) -> Outcome:
    """Close a run, and say so where no mix was found."""
    if run.objective is None and run.stop() is None:
        return run.outcome(reason="no prices of the ceilings were found at which the mix keeps all of them")
    return run.outcome()


def fill(mix: Mix, run: Run) -> FloatArray | None:
    """Leave the greedy's mix in place; return the price of the limit of every ceiling, None when it found nothing.

    With several ceilings one price is bisected several times, at weights that rise for the ceilings most used.
    """
    worth, ceilings = np.ones(len(mix.gives)), len(mix.uses)
    best: tuple[float, FloatArray, IntArray] | None = None

    def tried(price: FloatArray) -> bool:
        nonlocal best
        met = mix.build(np.broadcast_to(price[:, None], mix.uses.shape), worth)
        run.tick(1, 1)
        if not met or not mix.offer(run):
            return False
        if best is None or mix.kg() < best[0]:
            best = (mix.kg(), price, mix.count.copy())
        return True

    if run.stop() is None and not tried(np.zeros(ceilings)) and ceilings:
        weight, high = np.ones(ceilings), 0.0
        scale = max(float(mix.total_kg[mix.tables.usable].sum()), 1e-9) / 2**20
        for _ in range(1 if ceilings == 1 else _ROUNDS):
            high = _bisect(tried, weight, high or scale, run)
            if run.stop() is not None or not np.isfinite(high):
                break
            weight = weight * np.exp(_SLOPE * (mix.used - mix.used.max()))
            weight /= weight.max()
    if best is None:
        return None
    mix.hold(best[2])
    if run.stop() is None:
        settle(mix)
        run.tick(1, 1)
        mix.offer(run)
    return best[1]


def _bisect(tried: Callable[[FloatArray], bool], weight: FloatArray, guess: float, run: Run) -> float:
    """Return the least multiple of the weights found that is high enough as prices; infinite when none was found."""
    low, high = 0.0, guess
    for _ in range(_DOUBLINGS):
        if run.stop() is not None:
            return np.inf
        if tried(high * weight):
            break
        low, high = high, high * 2
    else:
        return np.inf
    for _ in range(_BISECTIONS):
        if run.stop() is not None:
            break
        middle = (low + high) / 2
        low, high = (low, middle) if tried(middle * weight) else (middle, high)
    return high


def settle(mix: Mix) -> None:
    """Change single choices, those first that gain most, while what is left of the ceilings allows it."""
    swaps = Swaps(mix)
    improved = True
    while improved:
        improved = False
        for move in list(swaps.moves()):
            if mix.count[move[0][0]] > 0 and swaps.delta(move) < -1e-9 * mix.total_kg[move[0][0]]:
                swaps.apply(move)
                improved = True
