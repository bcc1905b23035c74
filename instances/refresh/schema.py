"""The refresh instance: generations, sites, workloads over periods, the first stock, budgets and caps."""

from functools import cached_property
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from ecoopt.core.arrays import FloatArray, NonNegativeVector
from ecoopt.core.instance import Instance
from ecoopt.instances.carbon.trace import UtcTime
from ecoopt.instances.refresh.parts import MOST_PERIODS, Generation, Site, Stock, Workload

DAY_S, DAY_H, W_PER_KW = 86400, 24.0, 1000.0
MOST_ENTRIES, MOST_DAYS = 20_000_000, 3660
_SLACK = 1e-9


class RefreshInstance(Instance):
    """Which GPUs are bought and retired where and when, and what each serves, for the least carbon over the horizon.

    G generations, S sites, W workloads, T periods of `period_days` days. GPUs are bought and retired at the beginning
    of a period. A GPU bought in period t serves in t .. t + life - 1 at most, one of age a in the beginning up to
    period life - a - 1. Carbon is embodied in GPUs bought, and that of energy: of work, of GPUs that are there and
    idle, and of work that is carried from its home.

    Parameters
    ----------
    generations : tuple of Generation [G]
        What can be bought or is there.
    sites : tuple of Site [S]
        Where.
    workloads : tuple of Workload [W]
        What is to be served; all of the same T periods.
    stock : tuple of Stock
        GPUs before the first period.
    start_utc : str
        Beginning of period 0.
    period_days : int
        Length of a period.
    budget : float array [T], optional
        Money that becomes available in each period; what is not spent is kept. No limit by default.
    operational_cap_g : float array [T], optional
        Most carbon of energy in each period, all sites together; no limit by default.
    horizon_end : {"charge", "credit"}
        Embodied carbon of a purchase: ``charge`` all of it, or ``credit`` the part of its life after the horizon.
    """

    family: Literal["refresh"] = "refresh"
    schema_version: Literal[1] = 1
    generations: tuple[Generation, ...]
    sites: tuple[Site, ...]
    workloads: tuple[Workload, ...]
    stock: tuple[Stock, ...] = ()
    start_utc: UtcTime = "2024-01-01T00:00:00Z"
    period_days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 30
    budget: NonNegativeVector | None = None
    operational_cap_g: NonNegativeVector | None = None
    horizon_end: Literal["charge", "credit"] = "charge"

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = self._list_problems() or [*self._length_problems(), *self._name_problems(), *self._idle_problems()]
        if problems:
            raise ValueError(" | ".join(problems))
        self.intensity_g_per_kwh  # noqa: B018 - refuses a trace that does not cover the horizon
        return self

    @property
    def periods(self) -> int:
        """Number T of periods."""
        return len(self.workloads[0].demand)

    @property
    def stock_shape(self) -> tuple[int, int, int]:
        """Shape of purchases and retirements: generations, sites, periods."""
        return len(self.generations), len(self.sites), self.periods

    @property
    def work_shape(self) -> tuple[int, int, int, int]:
        """Shape of work: generations, sites, workloads, periods."""
        return len(self.generations), len(self.sites), len(self.workloads), self.periods

    @property
    def period_h(self) -> float:
        """Hours of a period."""
        return DAY_H * self.period_days

    @cached_property
    def intensity_g_per_kwh(self) -> FloatArray:
        """Mean intensity of every period, float array [S, T]."""
        return np.array([
            site.carbon.means(self.start_utc, DAY_S * self.period_days, self.periods) if site.carbon is not None
            else site.intensity_g_per_kwh for site in self.sites])

    def _list_problems(self) -> list[str]:
        problems = [f"{what} is empty; give at least one" for what in ("generations", "sites", "workloads")
                    if not getattr(self, what)]
        if not problems and not 1 <= self.periods <= MOST_PERIODS:
            problems.append(f"workload {self.workloads[0].name} has {self.periods} periods; give 1 to {MOST_PERIODS}")
        if not problems and (size := int(np.prod(self.work_shape))) > MOST_ENTRIES:
            problems.append(f"work would have {size} entries, more than {MOST_ENTRIES}; make the instance smaller")
        return problems

    def _length_problems(self) -> list[str]:
        count, periods = len(self.generations), self.periods
        problems = []
        for workload in self.workloads:
            problems += [f"{field} of workload {workload.name} has {len(getattr(workload, field))} entries; give {size}"
                         for field, size in (("energy_kwh", count), ("gpu_h", count), ("demand", periods))
                         if len(getattr(workload, field)) != size]
        for site in self.sites:
            problems += [f"{field} of site {site.name} has {len(found)} entries; give {periods}"
                         for field in ("intensity_g_per_kwh", "most_purchases")
                         if (found := getattr(site, field)) is not None and len(found) != periods]
        problems += [f"{field} has {len(found)} entries; give {periods}" for field in ("budget", "operational_cap_g")
                     if (found := getattr(self, field)) is not None and len(found) != periods]
        return problems

    def _name_problems(self) -> list[str]:
        problems = []
        for what in ("generations", "sites", "workloads"):
            names = [entry.name for entry in getattr(self, what)]
            problems += [f"{what} names {name} twice; rename one" for index, name in enumerate(names)
                         if name in names[:index]]
        generations, sites = ({entry.name for entry in found} for found in (self.generations, self.sites))
        problems += [f"home {workload.home} of workload {workload.name} is no site; correct it"
                     for workload in self.workloads if workload.home is not None and workload.home not in sites]
        for entry in self.stock:
            problems += [f"stock names {name}, which is no {what}; correct it"
                         for what, name, known in (("generation", entry.generation, generations),
                                                   ("site", entry.site, sites)) if name not in known]
        return problems

    def _idle_problems(self) -> list[str]:
        """Refuse work that draws less than idling does: it would be charged less than nothing."""
        problems = []
        for workload in self.workloads:
            if len(workload.energy_kwh) == len(workload.gpu_h) == len(self.generations):
                for g, generation in enumerate(self.generations):
                    idle_kwh = generation.unit_idle_w / W_PER_KW * workload.gpu_h[g]
                    if workload.energy_kwh[g] < idle_kwh * (1 - _SLACK):
                        problems.append(f"energy_kwh of workload {workload.name} on {generation.name} is below what "
                                        f"an idle unit draws in that time, {idle_kwh:.6g}; correct one")
        return problems
