"""The KV admission schedule: the stretches in which each request runs without a break, and where."""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import model_validator

from ecoopt.core.arrays import IndexVector, IntArray, array_field
from ecoopt.core.instance import Schedule

LATEST_START = 2**40


class KvAdmissionSchedule(Schedule):
    """S stretches of N requests, in order of request and of time. A request without a stretch is refused.

    Parameters
    ----------
    offset : int array [N + 1]
        Stretches of request i are those from ``offset[i]`` until ``offset[i + 1]``.
    replica : int array [S]
        Where each stretch runs.
    start_round : int array [S]
        The round it begins in.
    tokens : int array [S]
        Tokens it generates.
    """

    family: Literal["kv_admission"] = "kv_admission"
    schema_version: Literal[1] = 1
    offset: IndexVector
    replica: IndexVector
    start_round: Annotated[IntArray, *array_field(np.int64, ge=0, le=LATEST_START)]
    tokens: Annotated[IntArray, *array_field(np.int64, ge=1, le=10_000_000)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems, stretches = [], len(self.start_round)
        problems += [f"{name} has {len(getattr(self, name))} entries, start_round {stretches}; give one of each per "
                     "stretch" for name in ("replica", "tokens") if len(getattr(self, name)) != stretches]
        offset = self.offset
        if len(offset) < 2 or offset[0] != 0 or offset[-1] != stretches or (np.diff(offset) < 0).any():
            problems.append(f"offset does not rise from 0 to {stretches} in at least 2 entries; count the stretches of "
                            "each request")
        if problems:
            raise ValueError(" | ".join(problems))
        return self

    @classmethod
    def unbroken(cls, start_round: IntArray, replica: IntArray, output_tokens: IntArray) -> Self:
        """Return the schedule in which requests run without a break; a start below 0 refuses the request.

        Parameters
        ----------
        start_round, replica, output_tokens : int array [N]
            The round each begins in, where, and how many tokens it generates.
        """
        served = np.asarray(start_round) >= 0
        return cls(offset=np.append(0, np.cumsum(served)), replica=np.asarray(replica)[served],
                   start_round=np.asarray(start_round)[served], tokens=np.asarray(output_tokens)[served])
