"""The MIG serving instance: services and their model variants, identical GPUs, load and carbon by period."""

from functools import cached_property
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from ecoopt.core.arrays import FloatArray, IndexVector, IntArray, NonNegativeMatrix, array_field
from ecoopt.core.instance import Instance
from ecoopt.core.record import Record
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.mig import MigGeometry, count_rows
from ecoopt.instances.variants import ModelVariant, Name, variant_problems

Watts = Annotated[float, Field(ge=0, le=1e6)]
JoulesOnce = Annotated[float, Field(ge=0, le=1e12)]
Utilisation = Annotated[FloatArray, *array_field(np.float64, 3, ge=0, le=1)]
InitialSlices = Annotated[IntArray, *array_field(np.int64, ge=0, le=1e7)]
LateShare = Annotated[FloatArray, *array_field(np.float64, 2, ge=0, le=1)]

MOST_GPUS, MOST_PERIODS, MOST_VARIANTS = 1_000_000, 10_000, 200


class Service(Record):
    """An application whose requests are to be answered, and what it is measured by.

    Parameters
    ----------
    name : str
        The `application` of its variants.
    reference_quality : float
        Quality of the baseline, in 0..1; losses are relative to it.
    reference_j : float
        Energy of the baseline per request, idle power included, in joules.
    tail_limit_s : float
        Response time that all but a few requests keep; what `utilisation` was worked out for.
    late_budget : float
        Share of the service's requests that may be sent where they are late even without waiting; see `late_share`.
    """

    name: Name
    reference_quality: Annotated[float, Field(gt=0, le=1)]
    reference_j: Annotated[float, Field(gt=0, le=1e15)]
    tail_limit_s: Annotated[float, Field(gt=0, le=1e6)]
    late_budget: Annotated[float, Field(ge=0, le=1)] = 0.0


class MigServingInstance(Instance):
    """Which model variant runs on which MIG slices, period by period, and which requests go where.

    K services, V variants, P profiles, B pool sizes, T periods. In each period some GPUs are on; together they hold a
    number of slices of each profile; each slice runs at most one instance of a variant; requests are routed to
    instances at rates that their pool can bear. The objective is the mean over the periods of
    ``carbon_weight * carbon / reference carbon + (1 - carbon_weight) * mean relative quality loss`` (Clover, SC'23,
    whose f is `carbon_weight` less this).

    Parameters
    ----------
    geometry : MigGeometry
        The GPU; its exact count rows must be known (`ecoopt.instances.mig.count_rows`).
    gpus : int
        Number of GPUs.
    power_off : bool
        Whether GPUs may be off; all are on otherwise.
    idle_power_w, off_power_w : float
        Power of a GPU that is on, above which requests take their `energy_j`; power of one that is off.
    services : tuple of Service [K]
        The services.
    variants : tuple of ModelVariant [V]
        Each of one service; devices are profiles of the geometry. Larger variants may lack small profiles.
    pool_sizes : int array [B]
        Increasing from 1. A service's pool in a period, all its instances, counts as the largest of these that it
        reaches.
    utilisation : float array [V, P, B]
        Share of the time that instances may be busy, by variant, profile and pool size; 0 where they may not be used.
        Does not fall with the size.
    late_share : float array [V, P]
        Share of the requests sent there that are late even without waiting.
    start_utc : str
        Beginning of the first period.
    period_s : int
        Length of a period.
    load_rps : float array [K, T]
        Requests per second; some in each period.
    carbon : CarbonTrace
        Covers the horizon.
    pue : float
        Power usage effectiveness.
    reference_intensity_g_per_kwh : float
        Intensity at which the baseline's carbon is taken.
    carbon_weight : float
        Lambda, in 0..1.
    repartition_j : float
        Energy of creating or removing one slice.
    power_on_j : float
        Energy of switching on a GPU.
    initial_slices : int array [P], optional
        Slices before the first period; by default the first period's, for nothing.
    initial_gpus_on : int, optional
        GPUs that are on before the first period; by default the first period's, for nothing.
    """

    family: Literal["mig_serving"] = "mig_serving"
    schema_version: Literal[1] = 1
    geometry: MigGeometry
    gpus: Annotated[int, Field(ge=1, le=MOST_GPUS)]
    power_off: bool = True
    idle_power_w: Watts
    off_power_w: Watts = 0.0
    services: tuple[Service, ...]
    variants: tuple[ModelVariant, ...]
    pool_sizes: IndexVector
    utilisation: Utilisation
    late_share: LateShare
    start_utc: str
    period_s: Annotated[int, Field(ge=1, le=366 * 86400)] = 3600
    load_rps: NonNegativeMatrix
    carbon: CarbonTrace
    pue: Annotated[float, Field(ge=1, le=10)] = 1.5
    reference_intensity_g_per_kwh: Annotated[float, Field(gt=0, le=1e5)] = 250.0
    carbon_weight: Annotated[float, Field(ge=0, le=1)] = 0.1
    repartition_j: JoulesOnce = 0.0
    power_on_j: JoulesOnce = 0.0
    initial_slices: InitialSlices | None = None
    initial_gpus_on: Annotated[int, Field(ge=0, le=MOST_GPUS)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [*self._service_problems(), *variant_problems(self.variants, self.geometry),
                    *self._table_problems(), *self._load_problems(), *self._initial_problems()]
        if count_rows(self.geometry) is None:
            problems.append(f"geometry {self.geometry.name} has profiles or forbidden pairs whose exact count rows are "
                            "not known; use a geometry of the catalogue, or some of its profiles")
        if problems:
            raise ValueError(" | ".join(problems))
        self.intensity_g_per_kwh  # noqa: B018 - refuses a trace that does not cover the horizon
        return self

    @property
    def periods(self) -> int:
        """Number T of periods."""
        return int(self.load_rps.shape[1])

    @cached_property
    def intensity_g_per_kwh(self) -> FloatArray:
        """Mean intensity of each period, float array [T]."""
        return self.carbon.means(self.start_utc, self.period_s, self.periods)

    @cached_property
    def service_of_variant(self) -> tuple[int, ...]:
        """Service of each variant, in order."""
        names = [service.name for service in self.services]
        return tuple(names.index(variant.application) for variant in self.variants)

    def _service_problems(self) -> list[str]:
        names = [service.name for service in self.services]
        applications = {variant.application for variant in self.variants}
        problems = []
        if not names:
            problems.append("services is empty; give at least one")
        if not 1 <= len(self.variants) <= MOST_VARIANTS:
            problems.append(f"{len(self.variants)} variants; give 1 to {MOST_VARIANTS}")
        problems += [f"service {name} is listed twice; rename or remove one"
                     for index, name in enumerate(names) if name in names[:index]]
        problems += [f"service {name} has no variant; add one whose application it is"
                     for name in names if name not in applications]
        problems += [f"variant {variant.name} serves {variant.application}, which is no service; use one of "
                     f"{', '.join(names)}" for variant in self.variants if variant.application not in names]
        return problems

    def _table_problems(self) -> list[str]:
        problems = []
        sizes = self.pool_sizes
        if not len(sizes) or sizes[0] != 1 or (np.diff(sizes) <= 0).any():
            problems.append("pool_sizes must start at 1 and increase; correct it")
        shape = (len(self.variants), len(self.geometry.profiles), len(sizes))
        if self.utilisation.shape != shape:
            problems.append(f"utilisation has shape {list(self.utilisation.shape)}; give {list(shape)}: variants, "
                            "profiles, pool sizes")
        elif (np.diff(self.utilisation, axis=2) < 0).any():
            problems.append("utilisation falls with the pool size; give ceilings that do not")
        if self.late_share.shape != shape[:2]:
            problems.append(f"late_share has shape {list(self.late_share.shape)}; give {list(shape[:2])}: variants, "
                            "profiles")
        return problems

    def _load_problems(self) -> list[str]:
        services, periods = self.load_rps.shape
        if services != len(self.services) or not 1 <= periods <= MOST_PERIODS:
            return [f"load_rps has shape {[services, periods]}; give one row for each of {len(self.services)} services "
                    f"and 1 to {MOST_PERIODS} periods"]
        idle = np.flatnonzero(self.load_rps.sum(axis=0) <= 0)
        return [f"load_rps has no request in period {idle[0]}; leave such periods out"] if idle.size else []

    def _initial_problems(self) -> list[str]:
        if self.initial_slices is None or len(self.initial_slices) == len(self.geometry.profiles):
            return []
        return [f"initial_slices has {len(self.initial_slices)} entries; give one for each of the "
                f"{len(self.geometry.profiles)} profiles"]
