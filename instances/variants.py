"""ModelVariant: one model that can serve an application, with its quality, and its time and energy per device."""

from collections.abc import Iterable, Sequence
from typing import Annotated, ClassVar, Self

import numpy as np
from pydantic import Field, StringConstraints, model_validator

from ecoopt.core.arrays import FloatArray
from ecoopt.core.record import Record
from ecoopt.instances.mig import MigGeometry

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Seconds = Annotated[float, Field(gt=0, le=1e9, strict=True)]
Joules = Annotated[float, Field(ge=0, le=1e15, strict=True)]


class ModelVariant(Record):
    """One model that can serve an application.

    A device is a whole GPU or a MIG profile, named as its owner names it: ``"T4"``, ``"1g.5gb"``. A device that is
    absent from the two tables cannot run the variant.

    Parameters
    ----------
    name : str
        Name of the variant, as in ``"EfficientNet-B3"``.
    application : str
        What it serves; variants of one application can stand in for each other.
    quality : float
        Quality in 0..1, larger is better.
    quality_metric : str
        What `quality` measures, as in ``"ImageNet top-1 accuracy"``. One metric per application.
    memory_gb : float
        Memory one running copy needs, in units of 2^30 bytes.
    service_time_s : dict of str to float
        Seconds of one request, by device.
    energy_j : dict of str to float
        Energy of one request above the device's idle power, in joules, by device; the same devices.
    source : str
        Where the figures come from; no part of the digest.
    """

    digest_excludes: ClassVar[frozenset[str]] = frozenset({"source"})

    name: Name
    application: Name
    quality: Annotated[float, Field(ge=0, le=1, strict=True)]
    quality_metric: Name
    memory_gb: Annotated[float, Field(gt=0, le=1e9, strict=True)]
    service_time_s: dict[Name, Seconds]
    energy_j: dict[Name, Joules]
    source: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [f"device {device} has a service_time_s and no energy_j; add it"
                    for device in self.service_time_s if device not in self.energy_j]
        problems += [f"device {device} has an energy_j and no service_time_s; add it"
                     for device in self.energy_j if device not in self.service_time_s]
        if not self.service_time_s:
            problems.append("service_time_s is empty; give at least one device")
        if problems:
            raise ValueError(" | ".join(problems))
        return self

    @property
    def devices(self) -> tuple[str, ...]:
        """Devices that can run the variant, sorted."""
        return tuple(sorted(self.service_time_s))


def service_time_table(variants: Sequence[ModelVariant], devices: Sequence[str]) -> FloatArray:
    """Return seconds per request, float array [variants, devices]; infinite where a device cannot run a variant."""
    return np.array([[variant.service_time_s.get(device, np.inf) for device in devices]
                     for variant in variants]).reshape(len(variants), len(devices))


def energy_table(variants: Sequence[ModelVariant], devices: Sequence[str]) -> FloatArray:
    """Return joules per request, float array [variants, devices]; infinite where a device cannot run a variant."""
    return np.array([[variant.energy_j.get(device, np.inf) for device in devices]
                     for variant in variants]).reshape(len(variants), len(devices))


def variant_problems(variants: Iterable[ModelVariant], geometry: MigGeometry | None = None) -> tuple[str, ...]:
    """Return what keeps variants from being used together, one line each; nothing when they can be.

    Parameters
    ----------
    variants : iterable of ModelVariant
        Names are to be distinct within an application, and an application is to have one quality metric.
    geometry : MigGeometry, optional
        The GPU whose profiles are the devices: each device is to be one of them and to hold the variant.
    """
    problems: list[str] = []
    seen: dict[tuple[str, str], None] = {}
    metric: dict[str, str] = {}
    for variant in variants:
        label = f"{variant.application}/{variant.name}"
        if (variant.application, variant.name) in seen:
            problems.append(f"variant {label} is listed twice; rename or remove one")
        seen[variant.application, variant.name] = None
        known = metric.setdefault(variant.application, variant.quality_metric)
        if known != variant.quality_metric:
            problems.append(f"variant {label} measures quality by {variant.quality_metric}, others of its application "
                            f"by {known}; use one metric")
        if geometry is not None:
            problems += _device_problems(variant, label, geometry)
    return tuple(problems)


def _device_problems(variant: ModelVariant, label: str, geometry: MigGeometry) -> list[str]:
    """Return the devices of a variant that the GPU does not offer or that are too small for it."""
    problems = []
    for device in variant.devices:
        if device not in geometry.names:
            problems.append(f"variant {label} names device {device}; use one of {geometry.name}'s, "
                            f"{', '.join(geometry.names)}")
        elif (room_gb := geometry.profiles[geometry.index(device)].memory_gb) < variant.memory_gb:
            problems.append(f"variant {label} needs {variant.memory_gb:g} GB, {device} has {room_gb:g}; "
                            f"remove {device} from its tables")
    return problems
