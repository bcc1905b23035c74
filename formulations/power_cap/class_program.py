"""The dynamic program of each class at given prices: caps, and the hour and cap that waiting work is meant for.

Without quota and limits all is linear in the work, so that all that waits is done together: what comes in hours
``tau..s`` is done in hour s under cap c_s. A state is the cap in force at the end of an hour and the target
``(s, c_s)`` of what waits, or none. All classes are worked on at once.
"""

from dataclasses import dataclass, field

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.power_cap.tables import CapTables

CLOSED_G = 1e30
"""What entering a cap that is none costs."""

MOST_CELLS = 40_000_000


@dataclass(frozen=True, eq=False)
class ClassPrices:
    """What a unit costs. K classes, T hours, C caps.

    Parameters
    ----------
    work : float array [T, K, C]
        Grams of a GPU-hour of work.
    wait : float array [T, K]
        Grams of a GPU-hour that waits at the end of an hour, that of the last one with all that final work counts.
    """

    work: FloatArray
    wait: FloatArray


@dataclass(frozen=True, eq=False)
class ClassPaths:
    """An optimum of each class at its prices.

    Parameters
    ----------
    cap : int array [T, K]
        Caps.
    work : float array [T, K]
        Work done under them.
    waiting : float array [T, K]
        Work that waits.
    """

    cap: IntArray
    work: FloatArray
    waiting: FloatArray


@dataclass(eq=False)
class ClassProgram:
    """The program solved backwards at some prices. H is the longest wait that can pay, in hours.

    Parameters
    ----------
    tables : CapTables
        The instance.
    prices : ClassPrices
        The prices; those of waiting must not be negative.
    """

    tables: CapTables
    prices: ClassPrices
    values: FloatArray = field(init=False)
    _targets: list[FloatArray] = field(init=False)
    _never: list[FloatArray] = field(init=False)
    _clear: list[FloatArray] = field(init=False)

    def __post_init__(self) -> None:
        tables = self.tables
        classes, _, caps = tables.shape
        self._entry = np.where(tables.open, 0.0, CLOSED_G)
        self._change = tables.instance.change_g
        self._move = self._change * (1.0 - np.eye(caps)) + self._entry[:, None, :]
        self._come = tables.submitted.T[:, :, None] * tables.factor
        self._upto = np.concatenate([np.zeros((1, classes)), np.cumsum(self.prices.wait, axis=0)])
        self.horizon = longest_wait(tables, self.prices) + 1
        self._backwards()

    @property
    def value(self) -> float:
        """Sum of the classes' optima."""
        return float(self.values.sum())

    def _unit(self, tau: int) -> FloatArray:
        """Return the cost of a GPU-hour that comes in hour tau by its target, float array [K, H, C]."""
        classes, hours, caps = self.tables.shape
        unit = np.full((classes, self.horizon, caps), CLOSED_G)
        last = min(tau + self.horizon, hours)
        kept = (self._upto[tau:last] - self._upto[tau])[:, :, None] + self.prices.work[tau:last]
        unit[:, : last - tau] = kept.transpose(1, 0, 2)
        return unit

    def _left(self, tau: int) -> FloatArray:
        """Return the cost of a GPU-hour that comes in hour tau and is never done, float array [K]."""
        return np.asarray(self._upto[-1] - self._upto[tau])

    def _after(self, state: FloatArray) -> FloatArray:
        """Return the least of staying and changing into a state [K, C, ...], by the cap before."""
        entered = state + self._entry.reshape(self._entry.shape + (1,) * (state.ndim - 2))
        return np.asarray(np.minimum(entered, entered.min(axis=1, keepdims=True) + self._change))

    def _backwards(self) -> None:
        """Work out what is still to pay from the end of each hour on."""
        classes, hours, caps = self.tables.shape
        clear = np.zeros((classes, caps))
        targets = np.full((classes, caps, self.horizon, caps), CLOSED_G)
        never = np.zeros((classes, caps))
        self._clear, self._targets, self._never = [clear], [targets], [never]
        for tau in range(hours - 1, 0, -1):
            come, unit = self._come[tau], self._unit(tau)
            found = come[:, :, None, None] * unit[:, None]
            found[:, :, 0] += self._move + clear[:, None, :]
            found[:, :, 1:] += self._after(targets)[:, :, :-1]
            never = self._after(never) + come * self._left(tau)[:, None]
            targets = found
            clear = np.minimum(targets.min(axis=(2, 3)), never)
            self._clear.append(clear)
            self._targets.append(targets)
            self._never.append(never)
        for row in (self._clear, self._targets, self._never):
            row.reverse()
        now, later, left = self._first()
        self.values = np.minimum(np.minimum(now.min(axis=1), later.min(axis=(1, 2, 3))), left.min(axis=1))

    def _first(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the whole cost by first cap: work done at once [K, C], by target [K, C, H, C], never [K, C]."""
        tables = self.tables
        amount = tables.initial_backlog + tables.submitted[:, 0] * tables.first
        known = (tables.initial >= 0)[:, None]
        begin = self._entry + np.where(known & (tables.initial[:, None] != np.arange(self._entry.shape[1])),
                                       self._change, 0.0)
        unit = self._unit(0)
        now = begin + amount[:, None] * unit[:, 0] + self._clear[0]
        later = np.full(self._targets[0].shape, CLOSED_G)
        later[:, :, 1:] = (begin[:, :, None, None] + amount[:, None, None, None] * unit[:, None, 1:]
                           + self._targets[0][:, :, :-1])
        left = begin + amount[:, None] * self._left(0)[:, None] + self._never[0]
        return now, later, left

    def paths(self) -> ClassPaths:
        """Return an optimum of each class."""
        tables = self.tables
        classes, hours, caps = tables.shape
        rows, horizon = np.arange(classes), self.horizon
        cap, work = np.zeros((hours, classes), dtype=np.int64), np.zeros((hours, classes))
        waiting = np.zeros((hours, classes))
        now, later, left = self._first()
        every = np.concatenate([now[:, :, None], later.reshape(classes, caps, -1), left[:, :, None]], axis=2)
        first, choice = np.divmod(every.reshape(classes, -1).argmin(axis=1), every.shape[2])
        cap[0] = first
        # A target is an hour and a cap; -1 is none, `hours` is never.
        hour, under = np.divmod(choice - 1, caps)
        meant = np.where(choice == 0, 0, np.where(choice == every.shape[2] - 1, hours, hour))
        held = tables.initial_backlog + tables.submitted[:, 0] * tables.first
        for t in range(hours):
            if t > 0:
                before = cap[t - 1]
                held = held + self._come[t][rows, before]
                free = meant < t
                table = np.concatenate([self._targets[t - 1][rows, before].reshape(classes, -1),
                                        self._never[t - 1][rows, before][:, None]], axis=1)
                pick = table.argmin(axis=1)
                ahead, chosen = np.divmod(pick, caps)
                meant = np.where(free, np.where(pick == horizon * caps, hours, t + ahead), meant)
                under = np.where(free & (pick < horizon * caps), chosen, under)
                there = np.clip(meant - t - 1, 0, horizon - 1)
                onward = np.where((meant == hours)[:, None], self._never[t],
                                  self._targets[t][rows, :, there, under])
                cap[t] = np.where(meant == t, under, (onward + self._move[rows, before]).argmin(axis=1))
            done = meant == t
            work[t] = np.where(done, held, 0.0)
            held = np.where(done, 0.0, held)
            waiting[t] = held
        return ClassPaths(cap, work, waiting)

    def through(self) -> tuple[FloatArray, FloatArray]:
        """Return the least cost of a class by transition [K, T - 1, C, C], and by its first cap [K, C]."""
        classes, hours, caps = self.tables.shape
        now, later, left = self._first()
        first = np.minimum(np.minimum(now, later.min(axis=(2, 3))), left)
        crossing = np.empty((classes, hours - 1, caps, caps))
        # What has been paid by the end of hour t, what waits counted as its target will cost.
        done = now - self._clear[0]
        paid = np.full(later.shape, CLOSED_G)
        paid[:, :, :-1] = later[:, :, 1:] - self._targets[0][:, :, :-1]
        lost = left - self._never[0]
        for tau in range(1, hours):
            come, unit = self._come[tau], self._unit(tau)
            held = np.minimum(done[:, :, None, None], paid) + come[:, :, None, None] * unit[:, None]
            gone = np.minimum(done, lost) + come * self._left(tau)[:, None]
            clear, targets, never = self._clear[tau], self._targets[tau], self._never[tau]
            best = held[:, :, 0] + clear[:, None, :]
            if self.horizon > 1:
                onward = held[:, :, None, 1:] + targets[:, None, :, :-1]
                best = np.minimum(best, onward.min(axis=(3, 4)))
            best = np.minimum(best, gone[:, :, None] + never[:, None, :])
            crossing[:, tau - 1] = best + self._move
            done = (held[:, :, 0] + self._move).min(axis=1)
            paid = np.full(paid.shape, CLOSED_G)
            paid[:, :, :-1] = self._after(held[:, :, 1:])
            lost = self._after(gone)
        return crossing, first


def longest_wait(tables: CapTables, prices: ClassPrices) -> int:
    """Return the most hours that work can pay to wait before it is done.

    Work that comes in hour tau may be done at once under the cap in force, which costs at most the dearest cap. Waiting
    for hour s costs what waiting counts and at least the cheapest cap there.
    """
    hours = tables.shape[1]
    dearest = np.where(tables.open, prices.work, -np.inf).max(axis=2)
    cheapest = np.where(tables.open, prices.work, np.inf).min(axis=2)
    upto = np.concatenate([np.zeros((1, dearest.shape[1])), np.cumsum(prices.wait, axis=0)])
    longest = 0
    # Once no work that comes anywhere pays to wait d hours for the cheapest price of all, no longer wait does.
    floor = np.minimum.accumulate(cheapest[::-1], axis=0)[::-1]
    for d in range(1, hours):
        kept = upto[d:hours] - upto[: hours - d]
        if (kept + cheapest[d:] < dearest[: hours - d]).any():
            longest = d
        if not (kept + floor[d:] < dearest[: hours - d]).any():
            break
    return longest


def fits(tables: CapTables, prices: ClassPrices) -> bool:
    """Return whether the program's tables are of a size that can be kept."""
    classes, hours, caps = tables.shape
    return classes * hours * caps * caps * (longest_wait(tables, prices) + 1) <= MOST_CELLS
