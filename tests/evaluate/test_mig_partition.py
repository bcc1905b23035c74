"""The referee of MIG snapshots: figures worked out by hand, and every rule found when it is broken."""

from typing import Any

import numpy as np
import pytest

from ecoopt.core.errors import InputError
from ecoopt.core.score import Score
from ecoopt.evaluate.mig_partition import evaluate, rules
from ecoopt.instances.mig import geometry
from ecoopt.instances.mig_partition import (
    GpuBlock,
    MigPartitionInstance,
    MigPartitionSchedule,
    Running,
    generate,
)

A100 = geometry("A100-40").restricted_to(["7g.40gb", "4g.20gb", "3g.20gb", "2g.10gb", "1g.5gb"])
SEVEN, FOUR, THREE, TWO, ONE = range(5)


def instance(**changes: Any) -> MigPartitionInstance:
    """Two GPUs and three jobs of two types; the second type does not fit the smallest profile."""
    speed = np.array([[1.0, 0.8, 0.75, 0.5, 0.25], [1.0, 0.9, 0.8, 0.6, 0.0]])
    content: dict[str, Any] = {
        "name": "two", "blocks": (GpuBlock(geometry=A100, gpus=2, speed=speed, active_power_w=100 * speed,
                                           idle_power_w=70.0),),
        "type_names": ("small", "large"), "type_memory_gb": np.array([4.0, 9.0]), "job_type": np.array([0, 1, 0]),
        "weight": np.array([1.0, 2.0, 4.0]), "work_s": np.array([60.0, 120.0, 180.0])}
    return MigPartitionInstance(**(content | changes))


def schedule(*places: tuple[int, int, int]) -> MigPartitionSchedule:
    gpu, profile, start = np.array(places).T
    return MigPartitionSchedule(gpu=gpu, profile=profile, start=start)


GOOD = schedule((0, ONE, 6), (0, FOUR, 0), (1, SEVEN, 0))


def whats(score: Score) -> list[str]:
    return [violation.what for violation in score.violations]


@pytest.mark.parametrize(("objective", "value"), [
    ("stp", 0.25 + 0.9 + 1.0), ("weighted_stp", 0.25 + 1.8 + 4.0), ("mean_slowdown", -(4 + 1 / 0.9 + 1) / 3),
    ("max_min", 0.25),
    ("energy", -((25 + 10) * 240 + (90 + 40) * 120 / 0.9 + (100 + 70) * 180)),
])
def test_objectives_are_those_worked_out_by_hand(objective: str, value: float) -> None:
    score = evaluate(instance(objective=objective), GOOD)
    assert score.feasible
    assert score.objective == pytest.approx(value, rel=1e-12)


def test_figures_count_jobs_gpus_and_slices() -> None:
    terms = {name: term.value for name, term in evaluate(instance(), GOOD).terms.items()}
    assert terms["jobs_running"] == 3
    assert terms["gpus_used"] == 2
    assert terms["idle_compute_slices"] == 2
    assert terms["mean_slowdown"] == pytest.approx((4 + 1 / 0.9 + 1) / 3)
    assert terms["energy_kwh"] == pytest.approx((35 * 240 + 130 * 120 / 0.9 + 170 * 180) / 3.6e6)
    assert (terms["migrations"], terms["gpus_reset"], terms["disturbance_cost"]) == (0, 0, 0)


@pytest.mark.parametrize(("places", "what", "by"), [
    (((0, ONE, 6), (-1, -1, -1), (1, SEVEN, 0)), rules.LEFT_OUT, 1),
    (((0, ONE, 6), (3, FOUR, 0), (1, SEVEN, 0)), rules.UNKNOWN_GPU, 2),
    (((0, ONE, 6), (0, 5, 0), (1, SEVEN, 0)), rules.UNKNOWN_PROFILE, 1),
    (((0, ONE, 7), (0, FOUR, 0), (1, SEVEN, 0)), rules.WRONG_START, 1),
    (((0, ONE, 3), (0, FOUR, 0), (1, SEVEN, 0)), rules.OVERLAP, 1),
    (((0, ONE, 6), (0, ONE, 5), (1, SEVEN, 0)), rules.NO_FIT, 1),
])
def test_a_broken_rule_of_jobs_and_placements_is_found(
    places: tuple[tuple[int, int, int], ...], what: str, by: float
) -> None:
    found = [violation for violation in evaluate(instance(), schedule(*places)).violations if violation.what == what]
    assert [violation.by for violation in found] == [by]


def test_memory_and_the_jobs_own_rules_are_checked() -> None:
    asked = instance(least_speed=np.array([0.3, 0.0, 0.0]), least_slices=np.array([0, 0, 0]),
                     type_memory_gb=np.array([5.0, 9.0]))
    found = {violation.what: violation.by for violation in evaluate(asked, GOOD).violations}
    assert found == {rules.NO_MEMORY: pytest.approx(0.25), rules.TOO_SLOW: pytest.approx(0.05)}
    asked = instance(least_slices=np.array([3, 4, 7]))
    assert [(v.what, v.by) for v in evaluate(asked, GOOD).violations] == [(rules.TOO_SMALL, 2)]


def test_limits_of_a_gpu_are_checked() -> None:
    narrow = A100.replace(compute_slices=7, profiles=tuple(
        kind.replace(max_instances=1) if kind.name == "1g.5gb" else kind for kind in A100.profiles))
    block = instance().blocks[0].replace(geometry=narrow.forbidding("4g.20gb", "1g.5gb"))
    places = schedule((0, ONE, 6), (0, FOUR, 0), (0, ONE, 5))
    assert whats(evaluate(instance(blocks=(block,)), places)) == [rules.TOO_MANY, rules.FORBIDDEN]
    tight = A100.replace(compute_slices=7, profiles=(
        A100.profiles[0], A100.profiles[1], A100.profiles[2].replace(compute_slices=5), *A100.profiles[3:]))
    block = instance().blocks[0].replace(geometry=tight)
    places = schedule((0, THREE, 4), (0, FOUR, 0), (1, SEVEN, 0))
    assert whats(evaluate(instance(blocks=(block,)), places)) == [rules.COMPUTE]


def running(pins: tuple[str, str], reset: float = 0.1) -> Running:
    """Job 0 runs on 1g at 6 of GPU 0, job 1 on 4g at 0 of it."""
    return Running(job=np.array([0, 1]), gpu=np.array([0, 0]), profile=np.array([ONE, FOUR]), start=np.array([6, 0]),
                   pin=pins, migration_cost=np.array([0.2, 0.4]), reset_cost=np.array([reset, reset]))


@pytest.mark.parametrize(("places", "cost", "migrations", "resets"), [
    (((0, ONE, 6), (0, FOUR, 0), (1, SEVEN, 0)), 0.0, 0, 0),
    (((0, ONE, 5), (0, FOUR, 0), (1, SEVEN, 0)), 0.2 + 0.1, 1, 1),
    (((0, ONE, 6), (0, FOUR, 0), (0, ONE, 5)), 0.2, 0, 1),
    (((1, ONE, 6), (0, FOUR, 0), (0, ONE, 6)), 0.2, 1, 0),
    (((1, ONE, 6), (1, FOUR, 0), (0, SEVEN, 0)), 0.6, 2, 1),
])
def test_moving_and_cutting_anew_cost_what_they_should(
    places: tuple[tuple[int, int, int], ...], cost: float, migrations: int, resets: int
) -> None:
    score = evaluate(instance(running=running(("free", "free"))), schedule(*places))
    assert score.feasible
    assert score.terms["disturbance_cost"].value == pytest.approx(cost)
    assert score.terms["migrations"].value == migrations
    assert score.terms["gpus_reset"].value == resets
    assert score.objective == pytest.approx(score.terms["stp"].value - cost)


def test_pins_are_checked() -> None:
    moved = schedule((1, ONE, 6), (0, FOUR, 0), (0, ONE, 5))
    assert whats(evaluate(instance(running=running(("gpu", "free"))), moved)) == [rules.MOVED_GPU]
    shifted = schedule((0, ONE, 5), (0, FOUR, 0), (1, SEVEN, 0))
    assert whats(evaluate(instance(running=running(("gpu", "free"))), shifted)) == []
    assert whats(evaluate(instance(running=running(("placement", "free"))), shifted)) == [rules.MOVED]
    left = schedule((-1, -1, -1), (0, FOUR, 0), (1, SEVEN, 0))
    assert whats(evaluate(instance(running=running(("gpu", "free")), place_all=False), left)) == [rules.MOVED_GPU]


def test_what_cannot_be_scored_is_refused() -> None:
    with pytest.raises(InputError, match="has 1 entries, the instance 3 jobs"):
        evaluate(instance(), schedule((0, 0, 0)))
    with pytest.raises(InputError, match="give a MigPartitionInstance"):
        evaluate(generate(gpus=1), generate(gpus=1))  # type: ignore[arg-type]
