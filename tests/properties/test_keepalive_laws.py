"""Laws of keep-alive's optima: scaling, more memory, other orders, other clocks, traces that fall apart."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.hardware import EmbodiedParts
from ecoopt.instances.keepalive import Invocations, KeepAliveInstance, Weights
from ecoopt.testing.keepalive import keepalive_instances

SEEDS = st.integers(0, 2**32 - 1)
INSTANCES = keepalive_instances(minutes=12, calls=4, schedules=10**9)
HALF = settings(max_examples=settings().max_examples // 2)
"""Of the profile's examples: every one takes two or three solves."""


def optimum(instance: KeepAliveInstance) -> float:
    found = ecoopt.solve(instance, "milp", heuristic_start=False, polish_rounds=0)
    assert found.status == "optimal"
    assert found.objective is not None
    return found.objective


def close(value: float) -> object:
    return pytest.approx(value, rel=1e-7, abs=1e-7)


def with_minutes(instance: KeepAliveInstance, table: np.ndarray, intensity: np.ndarray) -> KeepAliveInstance:
    """Return an instance with the calls of a table [functions, minutes] and the intensity of each minute."""
    trace = CarbonTrace(zone="nowhere", start_utc=instance.start_utc, step_s=60, intensity_g_per_kwh=intensity)
    changed = instance.replace(invocations=Invocations.from_dense(table), carbon=trace, history=None)
    assert isinstance(changed, KeepAliveInstance)
    return changed


def dense(instance: KeepAliveInstance) -> np.ndarray:
    calls = instance.invocations
    table = np.zeros((calls.functions, calls.horizon_min), dtype=np.int64)
    table[calls.cell_function, calls.minutes] = calls.counts
    return table


@given(INSTANCES, st.sampled_from([0.25, 3.0, 10.0]))
@HALF
def test_carbon_scales_with_intensity_and_embodied_carbon(instance: KeepAliveInstance, factor: float) -> None:
    grams = instance.replace(weights=Weights(normalisation="grams", grams_per_s=0.0))
    boxes = tuple(
        box.replace(embodied=EmbodiedParts(cpu_kg=factor * box.embodied.cpu_kg, dram_kg=factor * box.embodied.dram_kg))
        for box in grams.generations)
    carbon = grams.carbon.replace(intensity_g_per_kwh=factor * grams.carbon.intensity_g_per_kwh)
    assert optimum(grams.replace(generations=boxes, carbon=carbon)) == close(factor * optimum(grams))


@given(INSTANCES, SEEDS)
@HALF
def test_more_memory_never_costs_more(instance: KeepAliveInstance, seed: int) -> None:
    pools = np.asarray(instance.pool_memory_gb)
    rng = np.random.default_rng(seed)
    more = instance.replace(pool_memory_gb=pools + rng.choice([0.0, 0.1, 1.0], len(pools)) * rng.random(len(pools)))
    before = optimum(instance)
    assert optimum(more) <= before + 1e-7 * max(1.0, abs(before))


@given(INSTANCES, SEEDS)
@HALF
def test_the_order_of_functions_does_not_matter(instance: KeepAliveInstance, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(instance.invocations.functions)
    names, past = instance.function_names, instance.history
    other = instance.replace(
        invocations=instance.invocations.select(order), function_profile=instance.function_profile[order],
        function_names=None if names is None else tuple(names[f] for f in order),
        history=None if past is None else past.select(order))
    assert optimum(other) == close(optimum(instance))


@given(INSTANCES, SEEDS)
@HALF
def test_the_order_of_generations_does_not_matter(instance: KeepAliveInstance, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(instance.generations))
    tables = ("warm_s", "cold_start_s", "warm_cpu_j", "warm_dram_j", "cold_start_cpu_j", "cold_start_dram_j")
    other = instance.replace(
        generations=tuple(instance.generations[s] for s in order), pool_memory_gb=instance.pool_memory_gb[order],
        profiles=instance.profiles.replace(**{name: getattr(instance.profiles, name)[:, order] for name in tables}))
    assert optimum(other) == close(optimum(instance))


@given(INSTANCES, SEEDS)
@HALF
def test_a_trace_falls_apart_where_it_is_idle_for_longer_than_a_container_may_wait(
    instance: KeepAliveInstance, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    table, intensity = dense(instance), instance.intensity_g_per_kwh
    cut, idle = int(rng.integers(0, len(intensity) + 1)), instance.max_keep_min + int(rng.integers(0, 3))
    whole = with_minutes(
        instance, np.insert(table, [cut] * idle, 0, axis=1),
        np.concatenate([intensity[:cut], rng.uniform(0, 900, idle), intensity[cut:]]))
    parts = [with_minutes(instance, table[:, part], intensity[part])
             for part in (slice(0, cut), slice(cut, None)) if len(intensity[part])]
    assert optimum(whole) == close(sum(optimum(part) for part in parts))


@given(INSTANCES, st.integers(-600, 600))
@HALF
def test_the_clock_does_not_matter_when_the_carbon_moves_with_it(instance: KeepAliveInstance, minutes: int) -> None:
    def moved(stamp: str) -> str:
        then = datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        return (then + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")

    later = instance.replace(start_utc=moved(instance.start_utc),
                             carbon=instance.carbon.replace(start_utc=moved(instance.carbon.start_utc)))
    assert optimum(later) == close(optimum(instance))


@given(INSTANCES, SEEDS)
@HALF
def test_idle_minutes_before_and_after_cost_nothing(instance: KeepAliveInstance, seed: int) -> None:
    rng = np.random.default_rng(seed)
    table, intensity = dense(instance), instance.intensity_g_per_kwh
    before, after = rng.integers(0, 40, 2)
    longer = with_minutes(
        instance, np.pad(table, ((0, 0), (before, after))),
        np.concatenate([rng.uniform(0, 900, before), intensity, rng.uniform(0, 900, after)]))
    assert optimum(longer) == close(optimum(with_minutes(instance, table, intensity)))


@given(keepalive_instances(minutes=12, calls=4, schedules=10**9, containers="persist", relocation=False))
@HALF
def test_every_freedom_of_containers_is_worth_something_or_nothing(instance: KeepAliveInstance) -> None:
    tied, moving = optimum(instance), optimum(instance.replace(relocation=True))
    released = optimum(instance.replace(relocation=True, containers="release"))
    slack = 1e-7 * max(1.0, abs(tied))
    assert moving <= tied + slack
    assert moving <= released + slack


@given(INSTANCES, SEEDS)
@HALF
def test_only_the_longest_time_on_the_menu_matters(instance: KeepAliveInstance, seed: int) -> None:
    longest = instance.max_keep_min
    rng = np.random.default_rng(seed)
    menu = np.unique([0, longest, *rng.integers(0, longest + 1, 4)])
    assert optimum(instance.replace(keep_alive_menu_min=menu)) == close(optimum(instance))
    longer = instance.replace(keep_alive_menu_min=np.append(instance.keep_alive_menu_min, longest + 1 + seed % 5))
    before = optimum(instance)
    assert optimum(longer) <= before + 1e-7 * max(1.0, abs(before))
