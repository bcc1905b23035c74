"""How a run ended, as two questions kept apart: what is known now, and why it stopped."""

from enum import StrEnum


class Status(StrEnum):
    """What is known about the instance when a method returns."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    NONE = "none"
    ERROR = "error"


class Termination(StrEnum):
    """Why a method stopped."""

    DONE = "done"
    PROOF = "proof"
    GAP = "gap"
    TIME = "time"
    ITERATIONS = "iterations"
    STALLED = "stalled"
    TARGET = "target"
    INTERRUPTED = "interrupted"
    CRASH = "crash"


class Sense(StrEnum):
    """Direction of a family's objective."""

    MIN = "min"
    MAX = "max"
