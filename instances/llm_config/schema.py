"""The instance: models, GPUs, configurations, request classes over time, and sites with pools of GPUs and carbon."""

from collections import Counter
from functools import cached_property
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from ecoopt.core.arrays import FloatArray, IntArray, array_field
from ecoopt.core.instance import Instance
from ecoopt.instances.carbon.trace import UtcTime
from ecoopt.instances.hardware import Gpu
from ecoopt.instances.llm_config.memory import PROMPT_TOKENS, fits
from ecoopt.instances.llm_config.models import LanguageModel
from ecoopt.instances.llm_config.parts import Configuration, RequestClass, Site

MOST_PERIODS, MOST_CLASSES = 100_000, 12
Running = Annotated[IntArray, *array_field(np.int64, 2, ge=0, le=1_000_000)]


class LlmConfigInstance(Instance):
    """How many replicas of each configuration each site has, period by period, and what they serve.

    K configurations, Q request classes, Z sites, G types of GPU, T periods. Carbon is minimised: of idle and busy
    replicas, of starts, and of making GPUs where their lifetime is given. A *placement* is a model on so many GPUs of a
    type; a replica starts where its placement has more replicas than in the period before. Another batch, length or cap
    is no start: the weights stay where they are.

    Parameters
    ----------
    models : tuple of LanguageModel
        Models.
    gpus : tuple of Gpu [G]
        Types of GPU.
    configurations : tuple of Configuration [K]
        Each fits in memory, as published or by the rule, or is measured.
    classes : tuple of RequestClass [Q]
        At most 12.
    sites : tuple of Site [Z]
        Sites.
    start_utc : str
        Beginning of period 0.
    period_s : int
        Length of a period.
    load : float
        Share of a replica's rate that may be used, in (0, 1].
    prompt_tokens : int
        Prompt for which the memory rule keeps room.
    start_j_per_gpu : float
        Energy of a start for each GPU of the replica, at the intensity of the period it is for.
    running : int array [K, Z], optional
        Replicas before period 0; by default whatever period 0 has, so that nothing starts there.
    gpu_lifetime_h : float, optional
        Hours over which a GPU's embodied carbon is written off, for the time it belongs to a replica. By default none
        is charged.
    """

    family: Literal["llm_config"] = "llm_config"
    schema_version: Literal[1] = 1
    models: tuple[LanguageModel, ...]
    gpus: tuple[Gpu, ...]
    configurations: tuple[Configuration, ...]
    classes: tuple[RequestClass, ...]
    sites: tuple[Site, ...]
    start_utc: UtcTime
    period_s: Annotated[int, Field(ge=1, le=366 * 86400)] = 3600
    load: Annotated[float, Field(gt=0, le=1)] = 0.85
    prompt_tokens: Annotated[int, Field(ge=0, le=10**7)] = PROMPT_TOKENS
    start_j_per_gpu: Annotated[float, Field(ge=0, le=1e12)] = 0.0
    running: Running | None = None
    gpu_lifetime_h: Annotated[float, Field(gt=0, le=1e9)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [*self._name_problems(), *self._class_problems(), *self._site_problems()]
        if not problems:
            problems = self._memory_problems()
        if problems:
            raise ValueError(" | ".join(problems))
        self.intensity_g_per_kwh  # noqa: B018 - refuses a trace that does not cover the horizon
        return self

    @property
    def periods(self) -> int:
        """Number T of periods."""
        return len(self.classes[0].demand_per_s)

    @cached_property
    def intensity_g_per_kwh(self) -> FloatArray:
        """Mean intensity of every period, float array [Z, T]."""
        return np.array([site.carbon.means(self.start_utc, self.period_s, self.periods) for site in self.sites])

    @property
    def replica_shape(self) -> tuple[int, int, int]:
        """Shape of a schedule's replicas: periods, sites, configurations."""
        return self.periods, len(self.sites), len(self.configurations)

    def _name_problems(self) -> list[str]:
        problems = []
        for what in ("models", "gpus", "configurations", "classes", "sites"):
            names = Counter(entry.name for entry in getattr(self, what))
            problems += [f"{what} is empty; give at least one"] if not names else []
            problems += [f"{what} names {name} {count} times; rename" for name, count in names.items() if count > 1]
        models, gpus = ({entry.name for entry in part} for part in (self.models, self.gpus))
        named = [(f"configuration {one.name}", one.model, "model", models) for one in self.configurations]
        named += [(f"configuration {one.name}", one.gpu, "GPU", gpus) for one in self.configurations]
        named += [(f"class {one.name}", one.model, "model", models) for one in self.classes if one.model is not None]
        problems += [f"{who} names {kind} {name}, which there is not; add it or correct the name"
                     for who, name, kind, known in named if name not in known]
        return problems

    def _class_problems(self) -> list[str]:
        lengths = {len(one.demand_per_s) for one in self.classes}
        problems = []
        if len(self.classes) > MOST_CLASSES:
            problems.append(f"{len(self.classes)} classes; give at most {MOST_CLASSES}")
        if len(lengths) > 1:
            problems.append(f"classes have demand_per_s of {sorted(lengths)} periods; give each as many")
        if any(not 1 <= length <= MOST_PERIODS for length in lengths):
            problems.append(f"demand_per_s has {max(lengths)} periods; give 1 to {MOST_PERIODS}")
        problems += [f"class {one.name} asks for more than 1e12 tokens a second; correct it" for one in self.classes
                     if one.tokens_per_s.size and one.tokens_per_s.max() > 1e12]
        return problems

    def _site_problems(self) -> list[str]:
        problems = [f"site {site.name} has {len(site.gpus)} entries in gpus; give {len(self.gpus)}"
                    for site in self.sites if len(site.gpus) != len(self.gpus)]
        shape = len(self.configurations), len(self.sites)
        if self.running is not None and self.running.shape != shape:
            problems.append(f"running has shape {list(self.running.shape)}; give {list(shape)}: configurations, sites")
        if self.gpu_lifetime_h is not None:
            problems += [f"gpu {gpu.name} has no embodied_kg; give it, or leave out gpu_lifetime_h"
                         for gpu in self.gpus if gpu.embodied_kg is None]
        return problems

    def _memory_problems(self) -> list[str]:
        models, gpus = {one.name: one for one in self.models}, {one.name: one for one in self.gpus}
        return [f"configuration {one.name} does not fit on {one.shards} {one.gpu}; lower batch or length_tokens, or "
                "say that it is measured"
                for one in self.configurations if not one.measured and not fits(
                    models[one.model], gpus[one.gpu], one.shards, one.batch, one.length_tokens, self.prompt_tokens)]
