"""Hypothesis strategy for tiny MIG snapshots whose optimum can be enumerated in milliseconds."""

from typing import Any, Literal

import numpy as np
from hypothesis import strategies as st

from ecoopt.instances.mig import MigGeometry, MigProfile, all_layouts, geometry
from ecoopt.instances.mig_partition import GpuBlock, MigPartitionInstance, Running

Objective = Literal["stp", "weighted_stp", "mean_slowdown", "max_min", "energy"]

_A100 = geometry("A100-40")
_PLAIN = _A100.restricted_to([name for name in _A100.names if name != "1g.10gb"])
_ODD = MigGeometry(
    name="odd", compute_slices=3, memory_slices=4,
    profiles=(MigProfile(name="whole", compute_slices=3, memory_slices=4, starts=(0,), memory_gb=8.0),
              MigProfile(name="half", compute_slices=2, memory_slices=2, starts=(0, 2), memory_gb=4.0),
              MigProfile(name="bit", compute_slices=1, memory_slices=1, starts=(0, 1, 3), memory_gb=2.0,
                         max_instances=2)),
    forbidden_pairs=(("half", "bit"),))

GEOMETRIES = (_PLAIN, _A100, _PLAIN.forbidding("4g.20gb", "3g.20gb"), geometry("A30-24"), _ODD)
"""GPUs with known rows, and one that has none."""

_OBJECTIVES: tuple[Objective, ...] = ("stp", "weighted_stp", "mean_slowdown", "max_min", "energy")
_PINS: tuple[Literal["free", "gpu", "placement"], ...] = ("free", "free", "gpu", "placement")


@st.composite
def mig_partition_instances(
    draw: st.DrawFn, *, gpus: int = 3, jobs: int = 5, objective: Objective | None = None, running: bool | None = None,
) -> MigPartitionInstance:
    """Draw a tiny instance: speeds with zeros and ties, tight and loose GPUs, rules, residents with pins and costs.

    Parameters
    ----------
    gpus, jobs : int
        Most GPUs and jobs.
    objective : str, optional
        As in the instance; drawn when None.
    running : bool, optional
        Whether there are residents; drawn when None.
    """
    types = draw(st.integers(1, 3))
    count = draw(st.integers(1, jobs))
    aim = draw(st.sampled_from(_OBJECTIVES)) if objective is None else objective
    kinds = [draw(st.sampled_from(GEOMETRIES)) for _ in range(draw(st.integers(1, min(2, gpus))))]
    shares = [draw(st.integers(1, gpus - len(kinds) + 1))] + [1] * (len(kinds) - 1)
    blocks = tuple(_block(draw, kind, share, types) for kind, share in zip(kinds, shares, strict=True))
    job_type = np.array(draw(st.lists(st.integers(0, types - 1), min_size=count, max_size=count)))
    content: dict[str, Any] = {
        "name": "tiny", "blocks": blocks, "type_names": tuple(f"type{k}" for k in range(types)),
        "type_memory_gb": np.array([draw(st.sampled_from((0.0, 0.0, 4.0, 9.0))) for _ in range(types)]),
        "job_type": job_type, "objective": aim,
        "weight": draw(st.none() | st.just([draw(_steps(4)) for _ in range(count)])),
        "work_s": [60.0 + 600 * draw(_steps(1)) for _ in range(count)],
        "least_speed": draw(st.none() | st.just([draw(st.sampled_from((0.0, 0.0, 0.25))) for _ in range(count)])),
        "least_slices": draw(st.none() | st.just([draw(st.sampled_from((0, 0, 2))) for _ in range(count)])),
        "place_all": aim not in ("stp", "weighted_stp") or draw(st.booleans())}
    if running or (running is None and draw(st.booleans())):
        content["running"] = _running(draw, blocks, job_type)
    return MigPartitionInstance(**content)


def _steps(most: float) -> st.SearchStrategy[float]:
    """Return a strategy for amounts in eight steps, so that zeros and ties come up."""
    return st.integers(0, 8).map(lambda step: most * step / 8)


def _block(draw: st.DrawFn, kind: MigGeometry, gpus: int, types: int) -> GpuBlock:
    """Draw a block; larger profiles come first and are mostly, not always, faster."""
    profiles = len(kind.profiles)
    share = np.array([profile.compute_slices / kind.compute_slices for profile in kind.profiles])
    bent = np.array([[draw(st.sampled_from((0.0, 0.5, 0.8, 1.0, 1.0))) for _ in range(profiles)] for _ in range(types)])
    power = np.array([[60 * draw(_steps(1)) for _ in range(profiles)] for _ in range(types)])
    return GpuBlock(geometry=kind, gpus=gpus, speed=np.round(bent * share ** 0.5, 3), active_power_w=power,
                    idle_power_w=draw(st.sampled_from((0.0, 50.0))))


def _running(draw: st.DrawFn, blocks: tuple[GpuBlock, ...], job_type: np.ndarray) -> Running:
    """Draw residents: jobs in turn on the instances of a layout of each GPU, where they fit."""
    waiting, rows = list(range(len(job_type))), []
    first = 0
    for block in blocks:
        layouts = all_layouts(block.geometry)
        for gpu in range(first, first + block.gpus):
            for profile, start in layouts[draw(st.integers(0, len(layouts) - 1))]:
                fits = [job for job in waiting if block.speed[job_type[job], profile] > 0]
                if draw(st.booleans()) and fits:
                    waiting.remove(fits[0])
                    rows.append((fits[0], gpu, profile, start))
        first += block.gpus
    table = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    migration = np.array([draw(st.sampled_from((0.0, 0.05, 0.3))) for _ in rows])
    reset = np.array([draw(st.sampled_from((0.0, 0.5, 1.0))) for _ in rows]) * migration
    return Running(job=table[0], gpu=table[1], profile=table[2], start=table[3],
                   pin=tuple(draw(st.sampled_from(_PINS)) for _ in rows), migration_cost=migration, reset_cost=reset)
