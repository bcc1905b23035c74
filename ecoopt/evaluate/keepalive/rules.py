"""The rules of keep-alive, and in people's terms who breaks them, where and by how much."""

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.score import Violation
from ecoopt.evaluate.keepalive.replay import Replay
from ecoopt.evaluate.violations import broken
from ecoopt.instances.keepalive import KeepAliveInstance, KeepAliveSchedule

NOT_RUN = "calls are not run"
RUN_TWICE = "more runs than calls"
UNKNOWN_CELL = "a keep follows an unknown cell"
UNKNOWN_GENERATION = "a keep is on an unknown generation"
NO_CONTAINER = "a keep holds no container"
TOO_SHORT = "a keep is shorter than a minute"
TOO_LONG = "a keep is longer than the longest keep-alive time"
NO_SUPPLY = "more containers are kept than there are"
NO_MEMORY = "the warm pool exceeds its memory"

MEMORY_TOLERANCE = 1e-9
"""Overflow that counts as rounding, relative to the pool's memory or to 1 GB, whichever is more."""


def violations(instance: KeepAliveInstance, schedule: KeepAliveSchedule, outcome: Replay) -> list[Violation]:
    """Return every broken rule: of calls, of rows of keeps, of supply, of memory. O(C G + K + G T)."""
    return [*_calls(instance, outcome), *_rows(instance, schedule), *_supply(instance, outcome),
            *_memory(instance, outcome)]


def generation_labels(instance: KeepAliveInstance) -> list[str]:
    """Return a distinct name for each generation: its own, with a number where several have the same."""
    labels: list[str] = []
    for box in instance.generations:
        label, number = box.name, 1
        while label in labels:
            number += 1
            label = f"{box.name}_{number}"
        labels.append(label)
    return labels


def _place(instance: KeepAliveInstance, cell: int) -> str:
    """Name a cell: its function and its minute."""
    calls = instance.invocations
    function = int(np.searchsorted(calls.offsets, cell, side="right")) - 1
    name = "" if instance.function_names is None else f" ({instance.function_names[function]})"
    return f"function {function}{name}, minute {calls.minutes[cell]}"


def _calls(instance: KeepAliveInstance, outcome: Replay) -> list[Violation]:
    """Every call runs once."""
    beyond = outcome.runs_beyond
    return [
        *broken(NOT_RUN, "calls", -beyond, lambda c: _place(instance, c)),
        *broken(RUN_TWICE, "calls", beyond, lambda c: _place(instance, c))]


def _rows(instance: KeepAliveInstance, schedule: KeepAliveSchedule) -> list[Violation]:
    """Rows of keeps name known places, hold containers, and last from one minute to the longest time."""
    cells, generations = instance.invocations.cells, len(instance.generations)
    cell, generation, longest = schedule.keep_cell, schedule.keep_generation, instance.max_keep_min

    def place(k: int) -> str:
        known = cell[k] < cells
        return f"keep row {k} ({_place(instance, int(cell[k])) if known else f'cell {cell[k]}'})"

    return [
        *broken(UNKNOWN_CELL, "cells", cell.astype(float) - (cells - 1),
                lambda k: f"keep row {k}: cell {cell[k]}, there are {cells} from 0"),
        *broken(UNKNOWN_GENERATION, "generations", generation.astype(float) - (generations - 1),
                lambda k: f"{place(k)}: generation {generation[k]}, there are {generations} from 0"),
        *broken(NO_CONTAINER, "containers", 1 - schedule.keep_containers, place),
        *broken(TOO_SHORT, "min", 1 - schedule.keep_min, place),
        *broken(TOO_LONG, "min", schedule.keep_min - longest,
                lambda k: f"{place(k)}: {schedule.keep_min[k]} min, the longest is {longest}")]


def _supply(instance: KeepAliveInstance, outcome: Replay) -> list[Violation]:
    """Only containers that executed or waited can be kept."""
    beyond = outcome.kept_beyond
    if instance.relocation:
        return broken(NO_SUPPLY, "containers", beyond[:, 0], lambda c: _place(instance, c))
    labels = generation_labels(instance)

    def place(index: int) -> str:
        c, s = divmod(index, len(labels))
        return f"{_place(instance, c)}, generation {labels[s]}"

    return broken(NO_SUPPLY, "containers", beyond.ravel(), place)


def _memory(instance: KeepAliveInstance, outcome: Replay) -> list[Violation]:
    """At the end of every minute the waiting containers fit; one violation per stretch of overflow."""
    found: list[Violation] = []
    for label, pool, used in zip(generation_labels(instance), instance.pool_memory_gb, outcome.memory_gb, strict=True):
        over = used > pool + MEMORY_TOLERANCE * max(1.0, pool)
        edges = np.flatnonzero(np.diff(over, prepend=False, append=False))
        begin, end = edges[::2], edges[1::2]
        if not begin.size:
            continue
        worst = np.array([b + np.argmax(used[b:e]) for b, e in zip(begin, end, strict=True)])

        def stretch(i: int, label: str = label, begin: IntArray = begin, end: IntArray = end,
                    worst: IntArray = worst) -> str:
            if end[i] - begin[i] == 1:
                return f"generation {label}, minute {begin[i]}"
            return f"generation {label}, minutes {begin[i]} to {end[i] - 1}, worst at minute {worst[i]}"

        found += broken(NO_MEMORY, "GB", used[worst] - pool, stretch)
    return found
