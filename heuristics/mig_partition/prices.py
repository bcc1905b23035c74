"""Prices: a rent for each slot under which GPUs and jobs decide one by one, a bound, and which residents should stay.

Jobs rent instances, GPUs let them (Lagrangian relaxation of "no more jobs than instances"). At rents, a job takes the
slot where its value exceeds the rent most; a GPU takes the layout that earns most, where a resident that stays pays
what it would lose by going. There are as many rents as slots, however many GPUs and jobs, and any rents give a bound.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.instances.mig import all_placements, maximal_layouts
from ecoopt.instances.mig_partition import JobClasses, MigPartitionInstance, Residency

AIMS = (0.1, 0.01, 0.001)
"""By what share of the bound a search of rents aims lower, one search after another."""

PATIENCE, LEAST_STEP = 12, 2e-3
"""Rounds without a better bound before steps are halved, and the step at which a search of rents ends."""

BoolArray = NDArray[np.bool_]


class _Block(NamedTuple):
    """The GPUs of a block. A placements, L layouts, O occupied GPUs."""

    first_slot: int
    slot: IntArray
    layouts: FloatArray
    empty: int
    home: IntArray
    had: FloatArray


class Letting(NamedTuple):
    """What happens at some rents.

    Parameters
    ----------
    rent : float array [S]
        The rents.
    bound : float
        Bound on the sum of values less costs.
    surplus : float array [S]
        Instances let less jobs that want one: the bound's derivative.
    stays : bool array [R]
        Residents that stay.
    best : float array [C]
        What a job of each class is worth at best beyond its rent.
    """

    rent: FloatArray
    bound: float
    surplus: FloatArray
    stays: BoolArray
    best: FloatArray


class Market:
    """An instance at rents that can be tried.

    Parameters
    ----------
    instance, classes, residency
        What it is about.
    value : float array [C, S + 1]
        What a job is worth on each slot; the last column when it is left out, minus infinity where it may not be.
    scale : float
        What a unit of the residents' costs is worth in terms of `value`.
    firm : bool
        Whether residents pinned to their GPU stay in their places, rather than go anywhere as the bound must allow.
    """

    def __init__(
        self, instance: MigPartitionInstance, classes: JobClasses, residency: Residency, value: FloatArray,
        scale: float, firm: bool,
    ) -> None:
        self.value, self.here, self.scale = value, residency, scale
        self.of_resident = classes.of_job[residency.job]
        self.fresh = (classes.jobs - np.bincount(self.of_resident, minlength=len(classes.jobs))).astype(np.float64)
        self.stuck = residency.pin >= (1 if firm else 2)
        finite = np.abs(value[np.isfinite(value)])
        dearest = float(residency.migration_cost.max(initial=0.0)) * scale
        self.never = -1e4 * max(float(finite.max(initial=1.0)), dearest)
        self.stay_value = np.maximum(value[self.of_resident, residency.slot], self.never)
        self.blocks = [self._block(instance, classes, b) for b in range(len(instance.blocks))]

    def _block(self, instance: MigPartitionInstance, classes: JobClasses, b: int) -> _Block:
        geometry = instance.blocks[b].geometry
        places = all_placements(geometry)
        column = {place: a for a, place in enumerate(places)}
        # Nothing is let at a loss, so that layouts to which something can be added need not be looked at.
        layouts = np.zeros((len(maximal_layouts(geometry)), len(places)))
        for row, layout in enumerate(maximal_layouts(geometry)):
            layouts[row, [column[place] for place in layout]] = 1.0
        first = int(classes.slots.first[b])
        here = self.here
        low, high = int(instance.first_gpu[b]), int(instance.first_gpu[b + 1])
        occupied = [o for o, gpu in enumerate(here.gpus.tolist()) if low <= gpu < high]
        row_of = {int(here.gpus[o]): row for row, o in enumerate(occupied)}
        home = np.full((len(occupied), len(places)), -1, dtype=np.int64)
        had = np.zeros((len(occupied), len(places)))
        by_profile = {(place.profile, place.start): a for place, a in column.items()}
        for r, gpu in enumerate(here.gpu.tolist()):
            if gpu in row_of:
                home[row_of[gpu], by_profile[int(here.slot[r]) - first, int(here.start[r])]] = r
        for o in occupied:
            had[row_of[int(here.gpus[o])], [by_profile[place] for place in here.before[o]]] = 1.0
        return _Block(first, np.array([first + place.profile for place in places]), layouts, len(here.empty[b]), home,
                      had)

    def let(self, rent: FloatArray) -> Letting:
        """Return what happens at rents [S]."""
        paid = self.value - np.append(rent, 0.0)
        choice = paid.argmax(axis=1)
        best = paid[np.arange(len(paid)), choice]
        wanted = np.zeros(self.value.shape[1])
        np.add.at(wanted, choice, self.fresh)
        bound = float(best @ self.fresh)
        go = np.where(self.stuck, self.never, best[self.of_resident] - self.scale * self.here.migration_cost)
        bound += float(go.sum())
        bonus = self.stay_value - go
        stays = np.zeros(len(go), dtype=np.bool_)
        offered = np.zeros(len(rent))
        for block in self.blocks:
            rents = rent[block.slot]
            earned = block.layouts @ rents
            bound += block.empty * float(earned.max())
            np.add.at(offered, block.slot, block.empty * block.layouts[int(earned.argmax())])
            if not len(block.home):
                continue
            used, kept, income = self._occupied(block, rents, bonus)
            bound += float(income.sum())
            stays[block.home[kept]] = True
            np.add.at(offered, np.broadcast_to(block.slot, used.shape)[used & ~kept], 1.0)
        np.add.at(wanted, choice[self.of_resident[~stays]], 1.0)
        return Letting(rent, bound, offered - wanted[:-1], stays, best)

    def _occupied(
        self, block: _Block, rents: FloatArray, bonus: FloatArray
    ) -> tuple[BoolArray, BoolArray, FloatArray]:
        """Return the placements used [O, A] and those of them where residents stay, and the income of each GPU [O]."""
        resident = np.where(block.home >= 0, block.home, 0)
        some = np.full(block.home.shape, -np.inf)
        some[block.home >= 0] = bonus[block.home[block.home >= 0]]
        reset = self.scale * self.here.reset_cost[resident] if len(bonus) else np.zeros(block.home.shape)
        anew = np.maximum(rents, some - reset)
        calm = np.maximum(rents, some) * block.had
        each = np.stack([calm @ block.layouts.T, anew @ block.layouts.T])
        row = each.argmax(axis=2)
        income = each.max(axis=2)
        state = income[1] > income[0]
        used = block.layouts[np.where(state, row[1], row[0])] > 0
        used &= state[:, None] | (block.had > 0)
        kept = used & (np.where(state[:, None], some - reset, some) >= rents) & (block.home >= 0)
        return used, kept, np.where(state, income[1], income[0])


def search_rents(market: Market, run: Run, rounds: int) -> Letting:
    """Return what happens at the rents with the least bound found.

    Subgradient steps of Polyak's length towards a share below the best bound, halved when the bound has not fallen for
    some rounds (Held, Wolfe and Crowder, Mathematical Programming 6, 1974); then again, with a smaller share.

    Parameters
    ----------
    market : Market
        What happens at rents.
    run : Run
        Limits the search; a round is an iteration.
    rounds : int
        Most rounds.
    """
    best = market.let(np.zeros(market.value.shape[1] - 1))
    left = rounds
    for aim in AIMS:
        now, step, idle = best, 1.0, 0
        while left and step >= LEAST_STEP and run.stop() is None:
            length = float(now.surplus @ now.surplus)
            if length == 0:
                break
            drop = max(now.bound - best.bound + aim * abs(best.bound), 1e-300)
            now = market.let(np.maximum(now.rent - step * drop / length * now.surplus, 0.0))
            run.tick(1, 1)
            left, idle = left - 1, idle + 1
            if now.bound < best.bound:
                best, idle = now, 0
            elif idle >= PATIENCE:
                step, idle, now = step / 2, 0, best
    return best
