"""The thresholds instance: a row of servers with a power limit, levels to slow them down, and scenarios of power."""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from ecoopt.core.arrays import FloatArray, NonNegativeVector, PositiveVector, array_field
from ecoopt.core.instance import Instance
from ecoopt.instances.variants import Name

Losses = Annotated[FloatArray, *array_field(np.float64, 2, ge=0, le=1)]
Shares = Annotated[FloatArray, *array_field(np.float64, gt=0, le=1)]
Traces = Annotated[FloatArray, *array_field(np.float64, 3, ge=0, le=1e6)]

MOST_SERVERS, MOST_LEVELS, MOST_STATES, MOST_PRIORITIES, MOST_READINGS = 100_000, 64, 16, 8, 200_000_000
ROUNDING = 1e-9
"""Share by which power must exceed a threshold or the limit to be above it."""


class PowerCapThresholdsInstance(Instance):
    """How many servers to add to a row and how far to slow them down above each threshold of power (as in POLCA).

    P priorities, L levels, S thresholds, W scenarios of T steps. In every step the *demand* of the row is the power its
    servers would draw at full speed, and its *state* is the number of thresholds that the demand exceeds. In state 0
    all run at full speed; in state s servers of priority p run at a level of their own, which reduces their power and
    loses a part of their work. Levels do not become faster from state to state, and no priority is slower than one
    below it. A scenario *trips* when the row draws more than its limit in some step.

    Parameters
    ----------
    limit_w : float
        Power limit of the row.
    servers : int
        Servers there are.
    least_added, most_added : int
        Fewest and most servers to add.
    value_h : float
        What an added server is worth, in weighted server-hours of a scenario.
    priorities : tuple of str [P]
        Names, lowest priority first.
    share : float array [P]
        Share of the servers, old and new, of each priority; they add up to 1.
    weight : float array [P]
        What a lost server-hour counts.
    power_ratio : float array [L]
        Power at each level relative to full speed, decreasing from 1.
    loss : float array [P, L]
        Share of the work lost at each level, not decreasing, 0 at full speed.
    thresholds : float array [S]
        Shares of the limit, increasing, at most 1.
    server_w : float array [W, T, P]
        Power of a server of each priority at full speed.
    step_s : int
        Length of a step.
    trip_share : float
        Share of the scenarios that may trip; rounded down to whole scenarios.
    """

    family: Literal["power_cap_thresholds"] = "power_cap_thresholds"
    schema_version: Literal[1] = 1
    limit_w: Annotated[float, Field(gt=0, le=1e12)]
    servers: Annotated[int, Field(ge=1, le=MOST_SERVERS)]
    least_added: Annotated[int, Field(ge=0, le=MOST_SERVERS)] = 0
    most_added: Annotated[int, Field(ge=0, le=MOST_SERVERS)]
    value_h: Annotated[float, Field(ge=0, le=1e9)] = 0.0
    priorities: tuple[Name, ...]
    share: Shares
    weight: NonNegativeVector
    power_ratio: PositiveVector
    loss: Losses
    thresholds: PositiveVector
    server_w: Traces
    step_s: Annotated[int, Field(ge=1, le=366 * 86400)] = 300
    trip_share: Annotated[float, Field(ge=0, lt=1)] = 0.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [*self._level_problems(), *self._row_problems()]
        if problems:
            raise ValueError(" | ".join(problems))
        return self

    @property
    def scenarios(self) -> int:
        """Number of scenarios W."""
        return int(self.server_w.shape[0])

    @property
    def levels(self) -> int:
        """Number of levels L."""
        return len(self.power_ratio)

    @property
    def states(self) -> int:
        """Number of thresholds S: states in which servers may be slowed down."""
        return len(self.thresholds)

    @property
    def hours(self) -> float:
        """Hours of a scenario."""
        return float(self.server_w.shape[1] * self.step_s / 3600)

    @property
    def most_trips(self) -> int:
        """Number of scenarios that may trip."""
        return int(np.floor(self.trip_share * self.scenarios + 1e-9))

    def _level_problems(self) -> list[str]:
        ratio, shape = self.power_ratio, (len(self.priorities), self.levels)
        problems = []
        if not 1 <= self.levels <= MOST_LEVELS:
            problems.append(f"power_ratio has {self.levels} entries; give 1 to {MOST_LEVELS}")
        elif ratio[0] != 1 or (np.diff(ratio) >= 0).any():
            problems.append("power_ratio does not decrease from 1; put full speed first, then ever slower levels")
        if self.loss.shape != shape:
            problems.append(f"loss has shape {list(self.loss.shape)}; give {list(shape)}: priorities, levels")
        elif self.loss.size and ((self.loss[:, 0] != 0).any() or (np.diff(self.loss, axis=1) < 0).any()):
            problems.append("loss does not grow from 0 with the level; correct it")
        return problems

    def _row_problems(self) -> list[str]:
        count, problems = len(self.priorities), []
        if not 1 <= count <= MOST_PRIORITIES:
            problems.append(f"there are {count} priorities; give 1 to {MOST_PRIORITIES}")
        if len(set(self.priorities)) < count:
            problems.append("names of priorities are not distinct; rename the duplicates")
        problems += [f"{name} has {len(getattr(self, name))} entries for {count} priorities"
                     for name in ("share", "weight") if len(getattr(self, name)) != count]
        if len(self.share) == count and abs(float(self.share.sum()) - 1) > ROUNDING:
            problems.append(f"share adds up to {self.share.sum():.9g}, not 1; correct it")
        if self.weight.size and self.weight.max() > 1e6:
            problems.append(f"weight goes up to {self.weight.max():g}; keep it within 1e6")
        if not 1 <= self.states <= MOST_STATES:
            problems.append(f"thresholds has {self.states} entries; give 1 to {MOST_STATES}")
        elif (np.diff(self.thresholds) <= 0).any() or self.thresholds[-1] > 1:
            problems.append("thresholds do not increase up to 1 at most; correct them")
        if self.server_w.shape[2:] != (count,) or 0 in self.server_w.shape or self.server_w.size > MOST_READINGS:
            problems.append(f"server_w has shape {list(self.server_w.shape)}; give scenarios, steps and {count} "
                            f"priorities, {MOST_READINGS:,} entries at most")
        if self.least_added > self.most_added:
            problems.append(f"least_added = {self.least_added} is above most_added = {self.most_added}; exchange them")
        if self.most_added + self.servers > MOST_SERVERS:
            problems.append(f"there would be more than {MOST_SERVERS:,} servers; lower most_added")
        return problems
