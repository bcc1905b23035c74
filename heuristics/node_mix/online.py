"""Online choice: workloads are revealed one by one, and each must be given its nodes before the next is seen."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.node_mix.mix import Mix
from ecoopt.heuristics.node_mix.start import Start, offer_start
from ecoopt.instances.node_mix import TOLERANCE, NodeMixInstance

_ROUNDS = 50

Prices: TypeAlias = Callable[[FloatArray, FloatArray, FloatArray, int], FloatArray]


def first_come(instance: NodeMixInstance, run: Run, *, seed: int, start: Start) -> Outcome:
    """Give each workload the option with the least carbon that still fits. Ignores `seed`."""
    return _online(instance, run, start, lambda gain, use, left, _: np.zeros(len(left)))


def threshold(instance: NodeMixInstance, run: Run, *, seed: int, start: Start) -> Outcome:
    """Give each workload the option that gains most beyond a price that rises with what is taken.

    With z the share of a ceiling's surplus that is taken, the price is ``(L / e) (U e / L)^z``: L and U are the least
    and the largest gain per use seen so far, and this keeps the competitive ratio of ln(U/L) + 1 where they are known
    and uses are small. Ignores `seed`.
    """
    least, most = np.inf, 0.0

    def prices(gain: FloatArray, use: FloatArray, left: FloatArray, _: int) -> FloatArray:
        nonlocal least, most
        # Shares of the surplus, whose sum over ceilings is what a gain is related to.
        weight = np.maximum(use, 0.0).sum(axis=0)
        density = gain[(gain > 0) & (weight > 0)] / weight[(gain > 0) & (weight > 0)]
        if density.size:
            least, most = min(least, float(density.min())), max(most, float(density.max()))
        if most == 0:
            return np.zeros(len(left))
        return np.asarray(least / np.e * (most * np.e / least) ** (1 - np.clip(left, 0, 1)))

    return _online(instance, run, start, prices)


def rationed(instance: NodeMixInstance, run: Run, *, seed: int, start: Start) -> Outcome:
    """Give each workload the option that gains most beyond the price at which those seen would have used their ration.

    The ration is the share of the surplus that falls to as many workloads as were seen, of the number that is known.
    Ignores `seed`.
    """
    width = int(np.diff(instance.first).max())
    gains, uses = np.full((len(instance.groups), width), -np.inf), np.zeros((len(instance.groups), width))
    seen, asked, price = 0, 0, 0.0

    def taken(price: float) -> float:
        net = gains[:seen] - price * uses[:seen]
        return float(np.take_along_axis(uses[:seen], net.argmax(axis=1)[:, None], axis=1).sum())

    def prices(gain: FloatArray, use: FloatArray, left: FloatArray, to_come: int) -> FloatArray:
        nonlocal seen, asked, price
        gains[seen, :len(gain)], uses[seen, :len(gain)] = gain, use.sum(axis=0)
        seen += 1
        if seen >= asked:
            # Asked anew whenever a sixteenth more has been seen.
            asked = seen + max(seen // 16, 1)
            price = _price_of(taken, float(left.sum()) * seen / (to_come + 1))
        return np.full(len(left), price)

    return _online(instance, run, start, prices)


def _price_of(taken: Callable[[float], float], ration: float) -> float:
    """Return the least price, to a billionth of its power of four, at which no more than the ration is taken."""
    if taken(0.0) <= ration:
        return 0.0
    low, high = 0.0, 1.0
    while taken(high) > ration and high < 1e18:
        low, high = high, 4 * high
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (low, middle) if taken(middle) <= ration else (middle, high)
    return high


def _online(instance: NodeMixInstance, run: Run, start: Start, prices: Prices) -> Outcome:
    """Decide workload by workload.

    Known from the start: floors, demands and parts of mixed groups, the number of workloads, and an option reserved for
    each workload so that all ceilings are kept. Carbon, and all else of a workload, is seen when it comes. A workload
    is an iteration.
    """
    offer_start(instance, run, start)
    mix = Mix(instance)
    tables = mix.tables
    if not _reserve(mix):
        return run.outcome(reason="no option was found for each workload that could be reserved")
    surplus = np.maximum(1 + TOLERANCE - mix.used, 1e-300)
    ends = np.append(mix.starts, len(mix.choice_options))[1:]
    for place, (first, end) in enumerate(zip(mix.starts.tolist(), ends.tolist(), strict=True)):
        if run.stop() is not None:
            break
        own = mix.choice_options[first:end]
        own = own[tables.usable[own]]
        now = int(own[mix.count[own] > 0][0])
        at = int(np.flatnonzero(own == now)[0])
        held_kg = tables.machine_kg[now] * mix.count[now] + tables.choice_kg[now]
        gain = held_kg - mix.total_kg[own]
        use = (mix.uses[:, own] * tables.least[own] - mix.uses[:, [now]] * mix.count[now]) / surplus[:, None]
        gain[at], use[:, at] = 0.0, 0.0
        left = (1 + TOLERANCE - mix.used) / surplus
        net = gain - prices(gain, use, left, len(ends) - 1 - place) @ use
        for option in own[np.argsort(-net, kind="stable")].tolist():
            move = ((now, 0), (option, int(tables.least[option])))
            if option == now or np.isfinite(mix.delta(move)):
                if option != now:
                    mix.apply(move)
                break
        run.tick(1, 1)
    mix.offer(run)
    return run.outcome()


def _reserve(mix: Mix) -> bool:
    """Leave a mix in place that keeps every rule, made from uses alone; return whether one was found.

    Every choice takes the option that uses least, the ceilings weighted; the weights of those exceeded rise.
    """
    tables = mix.tables
    weight = np.ones(len(mix.uses))
    uses = mix.uses * np.where(tables.chosen, tables.least, 1)
    for _ in range(_ROUNDS):
        reserved = mix.picked(np.where(tables.usable, weight @ uses, np.inf))
        count = np.zeros(len(mix.count), dtype=np.int64)
        count[reserved] = tables.least[reserved]
        mix.hold(count)
        if mix.cover(np.maximum(weight @ mix.uses, 1e-12), np.ones(len(mix.gives))) and mix.feasible():
            return True
        weight *= np.where(mix.used > 1 + TOLERANCE, np.minimum(mix.used, 2.0) ** 2, 1.0)
        weight /= max(float(weight.max(initial=0.0)), 1e-300)
    return False
