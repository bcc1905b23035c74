"""Online choice: workloads are revealed one by one, and each must be given its nodes before the next is seen."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.node_mix.methods import Start, offer_start
from ecoopt.heuristics.node_mix.mix import Mix
from ecoopt.instances.node_mix import TOLERANCE, NodeMixInstance

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
    seen: list[tuple[FloatArray, FloatArray]] = []

    def prices(gain: FloatArray, use: FloatArray, left: FloatArray, to_come: int) -> FloatArray:
        seen.append((gain, use.sum(axis=0)))
        ration = float(left.sum()) * len(seen) / (to_come + 1)
        if _taken(seen, 0.0) <= ration:
            return np.zeros(len(left))
        low, high = 0.0, 1.0
        while _taken(seen, high) > ration and high < 1e18:
            low, high = high, 4 * high
        for _ in range(30):
            middle = (low + high) / 2
            low, high = (low, middle) if _taken(seen, middle) <= ration else (middle, high)
        return np.full(len(left), high)

    return _online(instance, run, start, prices)


def _taken(seen: list[tuple[FloatArray, FloatArray]], price: float) -> float:
    """Return what the workloads seen would use at a price."""
    return sum(float(use[int(np.argmax(gain - price * use))]) for gain, use in seen)


def _online(instance: NodeMixInstance, run: Run, start: Start, prices: Prices) -> Outcome:
    """Decide workload by workload.

    Known from the start: floors, demands and parts of mixed groups, the number of workloads, and of each ceiling what
    is left when every workload has the option that uses least. Carbon, and all else of a workload, is seen when it
    comes. A workload is an iteration.
    """
    offer_start(instance, run, start)
    mix = Mix(instance)
    tables = mix.tables
    weight = (mix.uses * np.where(tables.chosen, tables.least, 1)).max(axis=0, initial=0.0)
    reserved = mix.picked(np.where(tables.usable, weight, np.inf))
    count = np.zeros(len(instance.options), dtype=np.int64)
    count[reserved] = tables.least[reserved]
    mix.hold(count)
    if not mix.cover(tables.machine_kg + mix.uses.sum(axis=0), np.ones(len(mix.gives))) or not mix.feasible():
        return run.outcome()
    surplus = np.maximum(1 + TOLERANCE - mix.used, 1e-300)
    ends = np.append(mix.starts[1:], len(mix.choice_options))
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
