"""The rules of generation directives, and in people's terms who breaks them, where and by how much."""

import math

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.score import Violation
from ecoopt.evaluate.directives.quality import believed_quality, quality
from ecoopt.evaluate.violations import broken
from ecoopt.instances.directives import DirectivesInstance, DirectivesSchedule

NOT_SERVED = "requests are not served"
SERVED_TWICE = "more requests are served than there are"
SPLIT = "requests are split between levels or regions"
TOO_FAR = "requests go farther than the round trip allows"
HOUR_TOO_POOR = "quality is below that of the hour"
WINDOW_TOO_POOR = "quality is below the window's"
NO_FIRST = "preferences are not evaluated in hour 0"
TOO_SOON = "preferences are evaluated too soon again"
TOO_LATE = "preferences are evaluated too late"
TOO_BUSY = "GPUs are busier than they may be"
TOO_MANY = "more GPUs are on than there are"
TOO_FAST = "more GPUs are switched than the ramp allows"

TOLERANCE = 1e-6
"""Excess that counts as rounding: of shares, and of quality in units of level 0's."""

_HOUR_S = 3600.0


def violations(instance: DirectivesInstance, schedule: DirectivesSchedule, busy_s: FloatArray) -> list[Violation]:
    """Return every broken rule: of shares, quality, evaluations and GPUs.

    Parameters
    ----------
    instance, schedule : DirectivesInstance, DirectivesSchedule
        Of matching shapes.
    busy_s : float array [R, T]
        GPU time of requests served.
    """
    return [*_shares(instance, schedule), *_hours(instance, schedule), *_windows(instance, schedule),
            *_evaluations(instance, schedule), *_gpus(instance, schedule, busy_s)]


def _shares(instance: DirectivesInstance, schedule: DirectivesSchedule) -> list[Violation]:
    """Every request is served once, whole where it must be, and near enough."""
    share = schedule.share
    beyond = share.sum(axis=(3, 4)) - 1.0

    def group(index: int) -> str:
        rest, c = divmod(index, instance.groups)
        known = f", class {instance.classes[c]}" if instance.class_aware else ""
        return f"{_hour(instance, rest)}{known}"

    found = [
        *broken(NOT_SERVED, "share", np.where(-beyond > TOLERANCE, -beyond, 0.0).ravel(), group),
        *broken(SERVED_TWICE, "share", np.where(beyond > TOLERANCE, beyond, 0.0).ravel(), group)]
    if instance.integer:
        part = np.minimum(share, np.abs(1.0 - share)).max(axis=(3, 4))
        found += broken(SPLIT, "share", np.where(part > TOLERANCE, part, 0.0).ravel(), group)
    if instance.fleet is not None:
        far = (instance.fleet.rtt_ms > instance.fleet.rtt_limit_ms) & ~np.eye(len(instance.regions), dtype=bool)
        gone = np.where(far[:, None, None, :], share.sum(axis=4), 0.0).sum(axis=3)
        found += broken(TOO_FAR, "share", np.where(gone > TOLERANCE, gone, 0.0).ravel(), group)
    return found


def _hours(instance: DirectivesInstance, schedule: DirectivesSchedule) -> list[Violation]:
    """Every hour's quality, as it is believed, is at least what the published rule and the floor ask."""
    floor = np.full_like(instance.requests, instance.hourly_floor)
    if instance.tolerance is not None:
        for r, region in enumerate(instance.regions):
            extent = region.most_g_per_kwh - region.least_g_per_kwh
            above = instance.intensity_g_per_kwh[r] - region.least_g_per_kwh
            dirty = np.clip(above / extent, 0.0, 1.0) if extent > 0 else np.zeros(instance.hours)
            floor[r] = np.maximum(floor[r], 1.0 - instance.tolerance * dirty)
    short = floor - believed_quality(instance, schedule)
    return broken(HOUR_TOO_POOR, "of level 0's", np.where(short > TOLERANCE, short, 0.0).ravel(),
                  lambda i: _hour(instance, i))


def _windows(instance: DirectivesInstance, schedule: DirectivesSchedule) -> list[Violation]:
    """Over each window, the quality of an origin's requests is on average what is asked."""
    reached = quality(instance, schedule)
    short, places = [], []
    for r, region in enumerate(instance.regions):
        for window in instance.windows:
            requests = instance.requests[r, window.start_h:window.end_h]
            total = math.fsum(requests.tolist())
            if total > 0:
                mean = math.fsum((requests * reached[r, window.start_h:window.end_h]).tolist()) / total
                lacking = 1.0 - window.loss - mean
                short.append(lacking if lacking > TOLERANCE else 0.0)
                places.append(f"region {region.name}, hours {window.start_h}..{window.end_h - 1}")
    return broken(WINDOW_TOO_POOR, "of level 0's", short, lambda i: places[i])


def _evaluations(instance: DirectivesInstance, schedule: DirectivesSchedule) -> list[Violation]:
    """Tell of evaluations that do not begin in hour 0, or come too soon or too late."""
    if instance.evaluator is None:
        return []
    known = schedule.evaluations
    if not len(known) or known[0] != 0:
        return broken(NO_FIRST, "h", [float(known[0]) if len(known) else float(instance.hours)], lambda _: "hour 0")
    gap = np.diff(np.append(known, instance.hours))
    return [
        *broken(TOO_SOON, "h", instance.evaluator.least_gap_h - gap[:-1], lambda i: f"hour {known[i + 1]}"),
        *broken(TOO_LATE, "h", gap - instance.evaluator.most_gap_h, lambda i: f"after hour {known[i]}")]


def _gpus(instance: DirectivesInstance, schedule: DirectivesSchedule, busy_s: FloatArray) -> list[Violation]:
    """GPUs bear what they serve, there are as many, and not too many are switched at once."""
    fleet, on = instance.fleet, schedule.gpus
    if fleet is None or on is None:
        return []
    bearing = fleet.utilisation * on
    busy = busy_s / _HOUR_S
    excess = busy - bearing
    found = [
        *broken(TOO_BUSY, "GPUs", np.where(excess > TOLERANCE * np.maximum(bearing, 1.0), excess, 0.0).ravel(),
                lambda i: _hour(instance, i)),
        *broken(TOO_MANY, "GPUs", (on - fleet.gpus[:, None]).ravel(), lambda i: _hour(instance, i))]
    if fleet.ramp_gpus is not None:
        before = on[:, :1] if fleet.initial_gpus is None else fleet.initial_gpus[:, None]
        switched = np.abs(np.diff(on, axis=1, prepend=before))
        found += broken(TOO_FAST, "GPUs", (switched - fleet.ramp_gpus).ravel(), lambda i: _hour(instance, i))
    return found


def _hour(instance: DirectivesInstance, index: int) -> str:
    """Name a region and an hour."""
    region, hour = divmod(index, instance.hours)
    return f"region {instance.regions[region].name}, hour {hour}"
