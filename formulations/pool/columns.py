"""Columns: whole numbers of machines for each model and period, mixed by a linear program whose prices make new ones.

A start is counted machine by machine: the u-th machine of a type starts where there are u now and were fewer before.
The price of that depends on u, which holds the numbers of neighbouring periods together far better than one price per
type would. With what all share, a budget and the machines there are, priced as well, each model and period is a block
by itself, and the sum of their least costs is a bound.
"""

from dataclasses import dataclass, field

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.formulations.highs import HighsResult, ModelBuilder, solve_lp, solve_model
from ecoopt.formulations.pool.block_search import Block, search_block
from ecoopt.formulations.pool.frontier import Frontier
from ecoopt.instances.pool.path import best_path
from ecoopt.instances.pool.terms import Terms

_DEAR = 1e3
_KEPT = 0.3
_NODES = 10_000_000


@dataclass
class _Pool:
    """Columns of one block: machines [K], and what they cost but for starts."""

    count: list[IntArray] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)
    weights: FloatArray = field(default_factory=lambda: np.zeros(0))

    def add(self, count: IntArray, cost: float) -> bool:
        """Keep a column unless it is known."""
        if (key := count.tobytes()) in self.seen:
            return False
        self.seen.add(key)
        self.count.append(count)
        self.cost.append(cost)
        return True


@dataclass(frozen=True, eq=False)
class Prices:
    """Prices of one group of blocks. J blocks, K types, N numbers, T periods.

    Parameters
    ----------
    start : float array [J, K, N]
        Of the start of the (n+1)-th machine.
    budget : float array [T]
        Of a dollar per hour.
    there : float array [T, K]
        Of a machine.
    """

    start: FloatArray
    budget: FloatArray
    there: FloatArray

    def towards(self, other: "Prices", share: float) -> "Prices":
        """Return prices between these and others."""
        return Prices(*(share * theirs + (1 - share) * mine for mine, theirs in (
            (self.start, other.start), (self.budget, other.budget), (self.there, other.there))))


class Columns:
    """Blocks of some models, their columns, and the linear program that mixes them.

    Parameters
    ----------
    terms : Terms
        The pool.
    frontiers : list of Frontier [M]
        Rows of each model; new ones are added.
    models : list of int
        The models of this group.
    start_prices : float array [T, M, K]
        First prices of a start.
    """

    def __init__(self, terms: Terms, frontiers: list[Frontier], models: list[int], start_prices: FloatArray) -> None:
        self.terms, self.frontiers, self.models = terms, frontiers, models
        self.periods = len(terms.demand)
        self.blocks = [(t, m) for m in models for t in range(self.periods)]
        self.pools = [_Pool() for _ in self.blocks]
        kinds, numbers = len(terms.instance.types), terms.instance.load.shape[2] - 1
        self.limit = terms.starting[:, :, None]
        self.prices = Prices(np.repeat(np.stack([start_prices[t, m] for t, m in self.blocks])[:, :, None], numbers, 2),
                             np.zeros(self.periods), np.zeros((self.periods, kinds)))
        self.base = self.prices.start[:, :, 0].copy()
        self.coupled = terms.instance.budget_per_h is not None or len(terms.instance.models) > 1

    def add(self, t: int, m: int, count: IntArray) -> bool:
        """Keep a column if it serves what it must; return whether it is new."""
        pool = self.pools[self.models.index(m) * self.periods + t]
        if count.tobytes() in pool.seen:
            return False
        amount = self.terms.amount(t, m, self.terms.routed(t, m, count))
        return bool(np.isfinite(amount)) and pool.add(count, float(self.terms.running[t] @ count) + amount)

    def complete(self) -> None:
        """Give blocks without any column all the machines there are."""
        for (t, m), pool in zip(self.blocks, self.pools, strict=True):
            if not pool.count:
                self.add(t, m, self.terms.instance.max_count)

    def share(self, near: int) -> None:
        """Give each block the columns of periods nearby, where they serve it."""
        given = [(t + d, m, count) for (t, m), pool in zip(self.blocks, self.pools, strict=True)
                 for d in range(-near, near + 1) if d and 0 <= t + d < self.periods for count in pool.count]
        for t, m, count in given:
            self.add(t, m, count)

    def path(self, m: int) -> tuple[IntArray, float]:
        """Return the cheapest machines [T, K] of a model among the columns, budgets aside, and what they cost."""
        first = self.models.index(m) * self.periods
        pools = self.pools[first:first + self.periods]
        known = {count.tobytes(): count for pool in pools for count in pool.count}
        place = {key: at for at, key in enumerate(known)}
        values = np.full((self.periods, len(known)), -np.inf)
        for t, pool in enumerate(pools):
            for count, cost in zip(pool.count, pool.cost, strict=True):
                values[t, place[count.tobytes()]] = -cost
        compositions = np.array(list(known.values()))
        value, chosen = best_path(
            values, compositions, np.ascontiguousarray(self.terms.before[m]), np.ascontiguousarray(self.terms.starting),
            np.zeros(self.terms.starting.shape), 0.0, np.full(self.periods, np.inf),
            np.tile(self.terms.instance.max_count, (self.periods, 1)))
        return compositions[chosen], -value

    def tables(self, prices: Prices, j: int) -> FloatArray:
        """Return what each number of machines of each type costs a block, float array [K, N + 1]."""
        t, _ = self.blocks[j]
        after = prices.start[j + 1] if t + 1 < self.periods else 0.0
        each = self.terms.running[t] + prices.budget[t] * self.terms.budget_running[t] + prices.there[t]
        steps = each[:, None] + prices.start[j] - after
        return np.concatenate([np.zeros((len(each), 1)), np.cumsum(steps, axis=1)], axis=1)

    def constant(self, prices: Prices) -> float:
        """Return what the bound is off the sum of the blocks'."""
        total = 0.0
        for i, m in enumerate(self.models):
            for k, before in enumerate(self.terms.before[m]):
                total -= float(prices.start[i * self.periods, k, :before].sum())
        instance = self.terms.instance
        if instance.budget_per_h is not None:
            total -= float(prices.budget @ instance.budget_per_h)
        return total - float((prices.there * instance.max_count).sum())

    def price_out(self, prices: Prices, run: Run) -> tuple[float, int] | None:
        """Solve every block at prices; return the bound and how many columns are new, None when time runs out."""
        bound, added = self.constant(prices), 0
        for j, (t, m) in enumerate(self.blocks):
            if run.stop() is not None:
                return None
            least, new = self._solve(j, t, m, self.tables(prices, j))
            bound += least
            added += new
        return bound, added

    def _solve(self, j: int, t: int, m: int, table: FloatArray) -> tuple[float, bool]:
        """Return a bound on a block's cost, and whether a column was found that beats the known ones."""
        pool, kinds = self.pools[j], np.arange(len(table))
        extra = [cost - float(self.terms.running[t] @ count) for count, cost in zip(pool.count, pool.cost, strict=True)]
        known = min((float(table[kinds, count].sum()) + more for count, more in zip(pool.count, extra, strict=True)),
                    default=np.inf)
        while True:
            block = block_of(self.terms, self.frontiers[m], t, m)
            weights = np.zeros(len(block.need))
            weights[:len(pool.weights)] = pool.weights[:len(weights)]
            answer = search_block(block, table, known, weights, _NODES)
            pool.weights = answer.weights
            if not np.isfinite(answer.value):
                return answer.bound, False
            found = self.terms.routed(t, m, answer.count)
            amount = self.terms.amount(t, m, found)
            claimed = answer.value - float(table[kinds, answer.count].sum())
            if np.isfinite(amount) and amount <= claimed + 1e-9 * max(1.0, abs(answer.value)):
                pool.add(answer.count, float(self.terms.running[t] @ answer.count) + amount)
                return answer.bound, True
            if not self._cut(t, m, answer.count, claimed):
                return answer.bound, False

    def _cut(self, t: int, m: int, count: IntArray, claimed: float) -> bool:
        """Add the row that machines break which claim to do with an amount."""
        terms, demand = self.terms, float(self.terms.demand[t, m])
        capacity = terms.capacity(m, count)
        if terms.must_serve:
            watts = claimed / float(terms.per_watt[t]) if terms.energy and terms.per_watt[t] > 0 else 0.0
            return self.frontiers[m].cut_off(capacity, demand, watts, 1e-10)
        return self.frontiers[m].cut_off(capacity, demand - claimed / float(terms.per_lost[t, m]), 0.0, 1e-10)

    def whole(self, seconds: float | None, seed: int) -> IntArray | None:
        """Return the best choice of one column per block, budgets kept, int array [T, M, K]; None when none is found.

        Only a group of all models gives machines for all.
        """
        master = _Master(self, whole=True)
        found = solve_model(master.builder.model(), Run(Budget(seconds=seconds)), seed=seed)
        if found.x is None:
            return None
        instance = self.terms.instance
        count = np.zeros((self.periods, len(instance.models), len(instance.types)), dtype=np.int64)
        every = np.array([count for pool in self.pools for count in pool.count])
        block = np.repeat(np.arange(len(self.pools)), [len(pool.count) for pool in self.pools])
        for c in np.flatnonzero(found.x[:len(every)] > 0.5):
            count[self.blocks[block[c]]] = every[c]
        return count

    def mix(self, seed: int) -> tuple[float, Prices] | None:
        """Solve the linear program over all columns; return its value and prices."""
        master = _Master(self)
        found = solve_lp(master.builder.model(), seed=seed)
        if found.x is None or found.row_dual is None or found.objective is None:
            return None
        return found.objective, master.prices(found)


def block_of(terms: Terms, frontier: Frontier, t: int, m: int) -> Block:
    """Return the rows of a model in a period."""
    demand = float(terms.demand[t, m])
    rate = np.array(frontier.rate_rows).reshape(-1, len(frontier.most))
    load, most = terms.instance.load[m], terms.instance.max_count
    if demand <= 0:
        rate = rate[:0]
    if not terms.must_serve:
        worth = float(terms.per_lost[t, m])
        return Block(worth * rate, np.full(len(rate), worth * demand), np.ones(len(rate), bool), load, most)
    matrix, need, counts = rate / max(demand, 1e-300), np.ones(len(rate)), np.zeros(len(rate), bool)
    if terms.energy and frontier.power_rows and demand > 0:
        per_watt = float(terms.per_watt[t])
        power = np.array([row for row, _ in frontier.power_rows]) * per_watt
        matrix = np.vstack([matrix, power])
        need = np.append(need, [demand * cost * per_watt for _, cost in frontier.power_rows])
        counts = np.append(counts, np.ones(len(power), bool))
    return Block(matrix, need, counts, load, most)


class _Master:
    """The linear program over the columns of a group."""

    def __init__(self, columns: Columns, *, whole: bool = False) -> None:
        self.columns = columns
        terms, instance = columns.terms, columns.terms.instance
        builder = self.builder = ModelBuilder()
        sizes = [len(pool.count) for pool in columns.pools]
        every = np.array([count for pool in columns.pools for count in pool.count])
        block = np.repeat(np.arange(len(sizes)), sizes)
        period = np.array([t for t, _ in columns.blocks])
        x = builder.add_columns("column", len(every), cost=np.array(
            [cost for pool in columns.pools for cost in pool.cost]), integer=whole)
        self.one = builder.add_rows("one", len(sizes), lower=1.0, upper=1.0)
        builder.add_terms(self.one[block], x, 1.0)
        # Start rows for the machines that some column of the block has.
        numbers = max(int(every.max(initial=0)), 1)
        has = every[:, :, None] > np.arange(numbers)
        self.level = np.zeros((len(sizes), every.shape[1], numbers), bool)
        np.logical_or.at(self.level, block, has)
        where = np.argwhere(self.level)
        j, k, u = where.T
        first = period[j] == 0
        model = np.array([m for _, m in columns.blocks])[j]
        self.start = builder.add_rows("start", len(where), lower=np.where(
            first & (terms.before[model, k] > u), -1.0, 0.0))
        row = np.full(self.level.shape, -1)
        row[j, k, u] = self.start
        started = builder.add_columns("started", len(where), cost=terms.starting[period[j], k])
        builder.add_terms(self.start, started, 1.0)
        c, k2, u2 = np.nonzero(has)
        builder.add_terms(row[block[c], k2, u2], x[c], -1.0)
        later = np.flatnonzero(period[block[c]] + 1 < columns.periods)
        after = row[block[c[later]] + 1, k2[later], u2[later]]
        builder.add_terms(after[after >= 0], x[c[later]][after >= 0], 1.0)
        self.budget = self.there = None
        if columns.coupled:
            spare = builder.add_columns("over", columns.periods, cost=_DEAR * (1 + np.abs(terms.running).max()),
                                        upper=0.0 if whole else np.inf)
            self.there = builder.add_rows("there", (columns.periods, every.shape[1]), upper=instance.max_count)
            builder.add_terms(self.there[period[block]], x[:, None], every)
            builder.add_terms(self.there, spare[:, None], -1.0)
            if instance.budget_per_h is not None:
                self.budget = builder.add_rows("budget", columns.periods, upper=instance.budget_per_h)
                builder.add_terms(self.budget[period[block]], x,
                                  (every * terms.budget_running[period[block]]).sum(axis=1))
                builder.add_terms(self.budget[period[j]], started, terms.budget_starting[period[j], k])
                builder.add_terms(self.budget, spare, -1.0)

    def prices(self, found: HighsResult) -> Prices:
        """Return the prices of a solution; machines that no column has take the last one's, or the first guess."""
        columns, terms = self.columns, self.columns.terms
        assert found.row_dual is not None
        period = np.array([t for t, _ in columns.blocks])
        start = columns.prices.start.copy()
        dual = np.zeros(self.level.shape)
        dual[self.level] = found.row_dual[self.start]
        last = columns.base.copy()
        for u in range(start.shape[2]):
            if u < self.level.shape[2]:
                last = np.where(self.level[:, :, u], dual[:, :, u], last)
            start[:, :, u] = last
        budget, there = np.zeros(columns.periods), np.zeros(columns.prices.there.shape)
        if self.there is not None:
            there = np.maximum(-found.row_dual[self.there], 0.0)
        if self.budget is not None:
            budget = np.maximum(-found.row_dual[self.budget], 0.0)
        most = terms.starting + budget[:, None] * terms.budget_starting
        return Prices(np.clip(start, 0.0, most[period][:, :, None]), budget, there)


def maximise(columns: Columns, run: Run, *, seed: int, tolerance: float, most: int = 100) -> tuple[float, float]:
    """Make columns until prices prove what mixing them costs; return the bound and the value of the mixture.

    Prices are those of the mixture, drawn towards the best ones known, which keeps them from swinging.

    Parameters
    ----------
    columns : Columns
        A group with at least one column for each block.
    run : Run
        Its stop ends the work.
    seed : int
        Of HiGHS.
    tolerance : float
        Distance of value and bound at which to end.
    most : int
        Most rounds.
    """
    best, value = -np.inf, np.inf
    for _ in range(most):
        if run.stop() is not None or (mixed := columns.mix(seed)) is None:
            break
        value, prices = mixed
        tries = [prices] if best == -np.inf else [prices.towards(columns.prices, _KEPT), prices]
        added = 0
        for tried in tries:
            priced = columns.price_out(tried, run)
            if priced is None:
                return best, value
            bound, added = priced
            if bound > best:
                best, columns.prices = bound, tried
            if added:
                break
        run.tick()
        if value - best <= tolerance or not added:
            break
    return best, value
