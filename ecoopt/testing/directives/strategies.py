"""Hypothesis strategies for tiny directives instances, and for schedules of them that keep rules or break them."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.directives import (
    DirectivesInstance,
    DirectivesSchedule,
    Evaluator,
    Fleet,
    Region,
    Window,
)

_START = "2023-03-01T08:00:00Z"
_INTENSITIES = (0.0, 10.0, 50.0, 200.0, 400.0)


@st.composite
def directives_instances(
    draw: st.DrawFn, *, hours: int = 4, classes: int = 2, levels: int = 3, regions: int = 1,
    integer: bool | None = None, evaluator: bool | None = None, fleet: bool | None = False,
) -> DirectivesInstance:
    """Draw a tiny instance: ties, hours without requests, preferences for short answers, nested windows.

    Parameters
    ----------
    hours, classes, levels, regions : int
        Most of each; several regions with a fleet only.
    integer, evaluator, fleet : bool, optional
        As in the instance; drawn when None.
    """
    with_fleet = draw(st.booleans()) if fleet is None else fleet
    judged = False if with_fleet else draw(st.booleans()) if evaluator is None else evaluator
    count = draw(st.integers(1, regions)) if with_fleet else 1
    length, kinds, depth = (draw(st.integers(1, most)) for most in (hours, classes, levels))
    requests = _table(draw, (count, length), (0.0, 1.0, 2.0, 5.0))
    requests[0, 0] = max(requests[0, 0], 1.0)
    preference = _table(draw, (kinds, depth), (0.0, 0.2, 0.4, 0.5))
    preference[:, 0] = np.maximum(preference[:, 0], 0.2)
    content: dict[str, Any] = {
        "name": "tiny", "classes": tuple(f"d{d}" for d in range(kinds)), "levels": tuple(f"L{l}" for l in range(depth)),
        "energy_kwh": _table(draw, (kinds, depth), (0.0, 0.1, 0.3, 1.0)),
        "time_s": _table(draw, (kinds, depth), (0.0, 300.0, 1800.0)), "preference": preference,
        "regions": tuple(_region(draw, f"r{r}", length) for r in range(count)), "start_utc": _START,
        "requests": requests, "mix": _mix(draw, (count, length, kinds)),
        "embodied_g_per_s": draw(st.sampled_from((0.0, 0.001))), "pue": draw(st.sampled_from((1.0, 1.5))),
        "class_aware": not judged and draw(st.booleans()),
        "integer": draw(st.booleans()) if integer is None else integer,
        "tolerance": draw(st.sampled_from((None, 0.1, 0.5))), "hourly_floor": draw(st.sampled_from((0.0, 0.0, 0.7))),
        "windows": _windows(draw, length)}
    if judged:
        least = draw(st.integers(1, 3))
        content["evaluator"] = Evaluator(prompts=draw(st.sampled_from((0, 1, 3))), judge_kwh=draw(
            st.sampled_from((0.0, 0.1))), least_gap_h=least, most_gap_h=least + draw(st.integers(0, 2)))
    if with_fleet:
        content["fleet"] = _fleet(draw, count)
    instance: DirectivesInstance = DirectivesInstance.from_content(content, "drawn instance")
    return instance


@st.composite
def directives_schedules(draw: st.DrawFn, instance: DirectivesInstance) -> DirectivesSchedule:
    """Draw a schedule of an instance that may break any rule."""
    shape = instance.share_shape
    weight = _table(draw, (*shape[:3], shape[3] * shape[4]), (0.0, 0.0, 1.0, 3.0))
    weight[..., 0] += np.where(weight.sum(axis=-1) == 0, 1.0, 0.0)
    share = (weight / weight.sum(axis=-1, keepdims=True)).reshape(shape)
    if draw(st.integers(0, 4)) == 0:
        share[0, 0] *= 0.5
    evaluations: list[int] = []
    if instance.evaluator is not None:
        evaluations = sorted(draw(st.sets(st.integers(0, instance.hours - 1))))
    gpus = None
    if instance.fleet is not None:
        gpus = _table(draw, shape[:2], (0.0, 1.0, 2.0, 3.0, 8.0)).astype(np.int64)
    return DirectivesSchedule(share=share, evaluations=np.array(evaluations, dtype=np.int64), gpus=gpus)


def _table(draw: st.DrawFn, shape: tuple[int, ...], values: tuple[float, ...]) -> FloatArray:
    size = int(np.prod(shape))
    return np.array(draw(st.lists(st.sampled_from(values), min_size=size, max_size=size))).reshape(shape)


def _mix(draw: st.DrawFn, shape: tuple[int, int, int]) -> FloatArray:
    weight = _table(draw, shape, (0.0, 1.0, 3.0))
    weight[..., 0] += np.where(weight.sum(axis=-1) == 0, 1.0, 0.0)
    return np.asarray(weight / weight.sum(axis=-1, keepdims=True), dtype=np.float64)


def _region(draw: st.DrawFn, name: str, hours: int) -> Region:
    values = _table(draw, (hours,), _INTENSITIES)
    trace = CarbonTrace(zone="nowhere", start_utc=_START, step_s=3600, intensity_g_per_kwh=values)
    least, most = draw(st.sampled_from(((0.0, 400.0), (50.0, 200.0), (100.0, 100.0))))
    return Region(name=name, carbon=trace, least_g_per_kwh=least, most_g_per_kwh=most,
                  mean_g_per_kwh=(least + most) / 2)


def _windows(draw: st.DrawFn, hours: int) -> tuple[Window, ...]:
    loss = st.sampled_from((0.0, 0.05, 0.2, 0.5))
    found = [Window(start_h=0, end_h=hours, loss=draw(loss))] if draw(st.booleans()) else []
    if hours > 1 and draw(st.booleans()):
        cut = draw(st.integers(1, hours - 1))
        found += [Window(start_h=0, end_h=cut, loss=draw(loss)), Window(start_h=cut, end_h=hours, loss=draw(loss))]
    return tuple(found)


def _fleet(draw: st.DrawFn, regions: int) -> Fleet:
    away = 1.0 - np.eye(regions)
    return Fleet(
        gpus=np.array([draw(st.integers(1, 4)) for _ in range(regions)]), idle_power_w=draw(
            st.sampled_from((0.0, 100.0))), utilisation=draw(st.sampled_from((0.8, 1.0))),
        ramp_gpus=draw(st.sampled_from((None, 0, 1))),
        initial_gpus=draw(st.sampled_from((None, np.ones(regions, dtype=np.int64)))),
        rtt_ms=_table(draw, (regions, regions), (10.0, 200.0)), rtt_limit_ms=100.0,
        network_kwh=away * draw(st.sampled_from((0.0, 0.01))))
