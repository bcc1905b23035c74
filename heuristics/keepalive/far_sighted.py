"""Planning with the future known: each baseline decides gap by gap, blind to memory.

The publication does not say where calls run that find nothing kept for them. Here they are placed by the score that all
EcoLife's schemes share; with the option `own_placement`, by the baseline's own.
"""

from dataclasses import replace
from typing import TypeAlias

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.keepalive.online.arrivals import ArrivalStream
from ecoopt.heuristics.keepalive.online.cost import schedule_cost
from ecoopt.heuristics.keepalive.online.tariff import Quote, Tariff
from ecoopt.heuristics.keepalive.online.view import Decision, Lots, PastView, Policy
from ecoopt.heuristics.keepalive.online.walk import walk
from ecoopt.instances.keepalive.schedule import KeepAliveSchedule
from ecoopt.instances.keepalive.schema import KeepAliveInstance

Start: TypeAlias = KeepAliveSchedule | None
Choice = tuple[IntArray, IntArray]
_CHUNK = 1 << 18


def co2_opt(
    instance: KeepAliveInstance, run: Run, *, seed: int = 0, start: Start = None, own_placement: bool = False
) -> Outcome:
    """Minimise carbon alone, gap by gap: keep to the next call on a generation, or start cold where it emits least.

    EcoLife's CO2-OPT (``carbon_opt.py`` of the artifact), its decisions accounted honestly.
    """
    return _run(instance, run, start, _Carbon(instance, own_placement))


def energy_opt(
    instance: KeepAliveInstance, run: Run, *, seed: int = 0, start: Start = None, own_placement: bool = False
) -> Outcome:
    """Minimise energy alone, gap by gap.

    EcoLife's ENERGY-OPT was never published; this is CO2-OPT without embodied carbon and without the grid, with the
    family's own attribution of energy (the artifact's helpers charge a waiting container the whole box's idle energy,
    under which keeping could never pay).
    """
    return _run(instance, run, start, _Energy(instance, own_placement))


def service_time_opt(
    instance: KeepAliveInstance, run: Run, *, seed: int = 0, start: Start = None, own_placement: bool = False
) -> Outcome:
    """Keep everything on the last generation until its next call.

    EcoLife's SERVICE-TIME-OPT (``perf_opt.py``), which waits however long; here a wait ends with the longest time on
    the menu, and a container whose next call lies beyond it is not kept.
    """
    return _run(instance, run, start, _Time(instance, own_placement))


def oracle(
    instance: KeepAliveInstance, run: Run, *, seed: int = 0, start: Start = None, own_placement: bool = False
) -> Outcome:
    """Minimise the weighted score gap by gap, knowing when the next call comes.

    EcoLife's ORACLE (``oracle.py``), its decisions accounted honestly.
    """
    return _run(instance, run, start, _Oracle(instance, own_placement))


class _FarSighted(Tariff):
    """A tariff with a baseline's own scores, by which it keeps and, if so asked, places calls."""

    def __init__(self, instance: KeepAliveInstance, own_placement: bool) -> None:
        super().__init__(instance)
        self.own_placement = own_placement
        self._quotes: dict[float, Quote] = {}

    def scores(self, intensity: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the scores of warm calls, cold calls and a minute's wait at an intensity, float arrays [P, G]."""
        quote = super().at(intensity)
        return quote.warm, quote.cold, quote.keep

    def at(self, intensity_g_per_kwh: float) -> Quote:
        """Return the costs, with the placement asked for."""
        if not self.own_placement:
            return super().at(intensity_g_per_kwh)
        if intensity_g_per_kwh not in self._quotes:
            warm, cold, _ = self.scores(intensity_g_per_kwh)
            self._quotes[intensity_g_per_kwh] = replace(
                super().at(intensity_g_per_kwh), warm_order=np.argsort(warm, axis=1, kind="stable"),
                cold_at=np.argmin(cold, axis=1))
        return self._quotes[intensity_g_per_kwh]


class _Carbon(_FarSighted):
    def scores(self, intensity: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        c = self.costs
        return (c.warm_embodied_g + c.warm_kwh * intensity, c.cold_embodied_g + c.cold_kwh * intensity,
                c.keep_embodied_g + c.keep_kwh * intensity)


class _Energy(_FarSighted):
    def scores(self, intensity: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        return self.costs.warm_kwh, self.costs.cold_kwh, self.costs.keep_kwh


class _Time(_FarSighted):
    def scores(self, intensity: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        c = self.costs
        newest = np.arange(self.generations) < self.generations - 1
        # Any other generation is out of the question, whatever its speed.
        barred = np.where(newest, c.cold_s.max() + 1, 0.0)
        return c.warm_s + barred, c.cold_s + barred, 0 * c.cold_s


class _Oracle(_FarSighted):
    pass


class _Plan(Policy):
    """Decisions made beforehand, handed out in order of time; the earlier keep their place in a full pool."""

    def __init__(self, keep: Choice, generations: int) -> None:
        self._generation, self._minutes = keep
        self._generations, self._next = generations, 0

    def decide(self, now: PastView) -> Decision:
        part = slice(self._next, self._next + len(now.functions))
        self._next = part.stop
        return Decision(
            self._generation[part], np.repeat(self._minutes[part, None], self._generations, axis=1), now.counts)

    def priority(self, now: PastView, lots: Lots) -> FloatArray:
        raise AssertionError("plans are not adjusted")


def _choose(instance: KeepAliveInstance, tariff: _FarSighted, cells: IntArray) -> Choice:
    """Return generation and minutes of the best option of each cell: to the next call on some generation, or not.

    As published, the next call is scored at the intensity of this one. O(C G).
    """
    calls = instance.invocations
    gap = np.zeros(calls.cells, np.int64)
    same = calls.cell_function[1:] == calls.cell_function[:-1]
    gap[:-1][same] = np.diff(calls.minutes)[same]
    gap[gap > instance.max_keep_min] = 0
    generation, minutes = np.zeros(len(cells), np.int64), np.zeros(len(cells), np.int64)
    levels, level = np.unique(instance.intensity_g_per_kwh, return_inverse=True)
    tables = [np.stack(table) for table in zip(*(tariff.scores(float(x)) for x in levels), strict=True)]
    for begin in range(0, len(cells), _CHUNK):
        part = cells[begin:begin + _CHUNK]
        at, profile, length = level[calls.minutes[part]], instance.cell_profile[part], gap[part]
        warm, cold, keep = (table[at, profile] for table in tables)
        waiting = warm + keep * length[:, None]
        best = np.argmin(waiting, axis=1)
        pays = (length > 0) & (waiting[np.arange(len(part)), best] < cold.min(axis=1))
        generation[begin:begin + _CHUNK] = best
        minutes[begin:begin + _CHUNK] = np.where(pays, length, 0)
    return generation, minutes


def _run(instance: KeepAliveInstance, run: Run, start: Start, tariff: _FarSighted) -> Outcome:
    """Carry out a plan made without regard to memory; where memory binds, the keeps that no longer fit are dropped."""
    if start is not None:
        run.offer(schedule_cost(instance, start).objective, start)
    plan = _choose(instance, tariff, ArrivalStream(instance.invocations).cells)
    schedule, details = walk(instance, _Plan(plan, tariff.generations), tariff, run, adjust=False)
    cost = schedule_cost(instance, schedule)
    run.offer(cost.objective, schedule)
    return run.outcome(None, None, **details, policy_objective=cost.objective)
