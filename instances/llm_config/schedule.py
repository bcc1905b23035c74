"""The schedule: replicas by period, site and configuration, and the tokens that each class has from them."""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import model_validator

from ecoopt.core.arrays import FloatArray, IntArray, array_field
from ecoopt.core.instance import Schedule

Replicas = Annotated[IntArray, *array_field(np.int64, 3, ge=0, le=1_000_000)]
Tokens = Annotated[FloatArray, *array_field(np.float64, 4, ge=0, le=1e13)]


class LlmConfigSchedule(Schedule):
    """A decision for every period. T periods, Q classes, Z sites, K configurations.

    Parameters
    ----------
    replicas : int array [T, Z, K]
        Replicas that are on.
    tokens_per_s : float array [T, Q, Z, K]
        Output tokens of a class that they make.
    """

    family: Literal["llm_config"] = "llm_config"
    schema_version: Literal[1] = 1
    replicas: Replicas
    tokens_per_s: Tokens

    @model_validator(mode="after")
    def _check(self) -> Self:
        periods, sites, kinds = self.replicas.shape
        wanted = (periods, self.tokens_per_s.shape[1], sites, kinds)
        if self.tokens_per_s.shape != wanted:
            raise ValueError(f"tokens_per_s has shape {list(self.tokens_per_s.shape)}; give {list(wanted)}: periods, "
                             "classes, sites and configurations as in replicas")
        return self
