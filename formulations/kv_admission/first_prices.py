"""First prices of memory from a schedule, and their refinement from coarse to fine stretches of rounds.

Were requests liquid, the price of memory would fall from round to round by the density, weight per token and round, of
those that only just get in: who waits longer pays less for each. So prices are sums, from the end of each time in which
requests wait, of a low quantile of the densities that run.
"""

from functools import partial

import numpy as np
from scipy import sparse

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.formulations.dual import Priced, maximise_by_bundle
from ecoopt.formulations.kv_admission.pricing import AIM, Pricing
from ecoopt.instances.kv_admission import KvAdmissionSchedule

QUANTILES, SHARES = (0.02, 0.1, 0.25, 0.5), (1.0, 0.9)
STRETCHES, STEPS = (512, 128, 32, 8), 15


def first_prices(pricing: Pricing, schedule: KvAdmissionSchedule, run: Run) -> FloatArray:
    """Return the best of a few prices that a schedule suggests, float array [K]; batch and prefill have none.

    Parameters
    ----------
    pricing : Pricing
        The subproblem.
    schedule : KvAdmissionSchedule
        Whose densities are looked at; those of requests that are broken off are not.
    run : Run
        Told of the bounds; asked whether to go on.
    """
    best, value = np.zeros(len(pricing.limits)), -np.inf
    for quantile in QUANTILES:
        prices = _falling(pricing, schedule, quantile)
        for share in SHARES:
            if run.stop() is not None:
                return best
            bound = pricing.answer(share * prices).value
            run.tick(1, 1)
            run.prove(bound)
            if bound > value:
                best, value = share * prices, bound
    return best


def refined(pricing: Pricing, prices: FloatArray, run: Run) -> FloatArray:
    """Return better prices: multiplied by factors that are linear over stretches of rounds, long ones first.

    Parameters
    ----------
    pricing : Pricing
        The subproblem.
    prices : float array [K]
        To begin with.
    run : Run
        Told of the bounds.
    """
    rounds = pricing.kinds.instance.rounds
    for length in STRETCHES:
        if 4 * length > rounds or run.stop() is not None:
            continue
        hats = _hats(rounds, length)
        factors = sparse.csr_array(
            sparse.diags_array(prices) @ sparse.kron(sparse.eye_array(len(prices) // rounds), hats))
        first = np.ones(factors.shape[1])
        answer = _scaled(pricing, factors, first)
        norm = float(answer.subgradient @ answer.subgradient)
        if norm == 0.0:
            break
        part = run.part(iterations=int(min(STEPS, run.iterations_left)))
        found = maximise_by_bundle(partial(_scaled, pricing, factors), first, part, tolerance=1e-6,
                                   first_step=AIM * max(abs(answer.value), 1.0) / norm)
        run.tick(part.iterations, part.evaluations)
        prices = factors @ found.prices
    return prices


def _scaled(pricing: Pricing, factors: sparse.csr_array, scale: FloatArray) -> Priced:
    """Return the subproblem's answer at scaled prices, its slope by the scale."""
    answer = pricing.answer(factors @ scale)
    return Priced(answer.value, factors.T @ answer.subgradient, answer.payload)


def _falling(pricing: Pricing, schedule: KvAdmissionSchedule, quantile: float) -> FloatArray:
    """Return prices that fall by a quantile of the densities that run, each weighed by what it holds."""
    instance = pricing.kinds.instance
    rounds = instance.rounds
    single = np.flatnonzero(np.diff(schedule.offset) == 1)
    start = schedule.start_round[schedule.offset[:-1][single]]
    prompt, output = instance.prompt_tokens[single], instance.output_tokens[single]
    density = instance.weight[single] / (output * prompt + output * (output + 1) / 2)
    cell = np.repeat(np.arange(len(single)), output)
    later = np.arange(len(cell)) - np.repeat(np.cumsum(output) - output, output)
    t, held = np.minimum(start[cell] + later, rounds - 1), prompt[cell] + later + 1
    fall = _quantiles(t, density[cell], held.astype(np.float64), rounds, quantile)
    waiting = np.cumsum(np.bincount(instance.arrival_round[single], minlength=rounds)
                        - np.bincount(start, minlength=rounds))
    level, price = 0.0, np.zeros(rounds)
    for k in range(rounds - 1, -1, -1):
        level = level + fall[k] if waiting[k] > 0 else 0.0
        price[k] = level
    prices = np.zeros(len(pricing.limits))
    prices[:instance.replicas * rounds] = np.tile(price, instance.replicas)
    return prices


def _quantiles(t: IntArray, value: FloatArray, weight: FloatArray, rounds: int, quantile: float) -> FloatArray:
    """Return the weighted quantile of the values of each round, 0 where there are none, float array [rounds]."""
    order = np.lexsort((value, t))
    total = np.append(0.0, np.cumsum(weight[order]))
    edge = np.searchsorted(t[order], np.arange(rounds + 1))
    low, high = total[edge[:-1]], total[edge[1:]]
    place = np.searchsorted(total[1:], low + quantile * (high - low), side="left")
    found: FloatArray = np.where(
        edge[1:] > edge[:-1], np.append(value[order], 0.0)[np.minimum(place, np.maximum(edge[1:] - 1, 0))], 0.0)
    return found


def _hats(rounds: int, length: int) -> sparse.csr_array:
    """Return hat functions over stretches of so many rounds, [rounds, knots]; they add up to 1."""
    t = np.arange(rounds)
    left, share = t // length, (t % length) / length
    knots = int(left[-1]) + 2
    return sparse.csr_array((np.concatenate([1 - share, share]), (np.tile(t, 2), np.concatenate([left, left + 1]))),
                            shape=(rounds, knots))
