"""Clover's controller: simulated annealing on the graph of configurations, measured one by one, hour by hour."""

from dataclasses import dataclass, field

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.mig_serving.configurations import partitions_of
from ecoopt.heuristics.mig_serving.pairs import Pairs, pairs_of
from ecoopt.instances.mig_serving import MigServingInstance, MigServingSchedule

HOTTEST, COOLEST, COOLING, BOLTZMANN = 100.0, 10.0, 5.0, 1e-4
DRAWS = 400
_RANGE, _PATIENT = 4, 10


def clover(
    instance: MigServingInstance, run: Run, *, seed: int, start: MigServingSchedule | None, trigger: float = 0.05,
    measurements: int = 10, patience: int = 5,
) -> Outcome:
    """Anneal on the configuration graph whenever the carbon intensity has moved (Clover's controller).

    The numbers are those of the published code: neighbours within distance 4 of the centre, drawn uniformly up to 400
    times; temperature from 100 in steps of 5 down to 10, times 1e-4; a score that divides by the lateness, which for
    scores below zero is the wrong way round; warm start; configurations measured before are known. Besides, an hour
    whose load the configuration of the hour before cannot bear is optimised too: the published load is constant.

    Sees no hour before it comes. One iteration is an hour, one evaluation a measurement; of the hour, 30 s each would
    be spent in measured configurations, which a schedule cannot say. When the budget ends, things stay as they are.

    Parameters
    ----------
    trigger : float
        Least change of intensity, relative to the reference, that starts an optimisation.
    measurements : int
        Configurations measured in an hour; ten times as many while none is feasible.
    patience : int
        Configurations in a row without improvement that end an hour, once one is feasible.
    """
    return _Controller(instance, run, seed, trigger, measurements, patience, graph=True).outcome()


def blover(
    instance: MigServingInstance, run: Run, *, seed: int, start: MigServingSchedule | None, trigger: float = 0.05,
    measurements: int = 10, patience: int = 5,
) -> Outcome:
    """Propose configurations at random, without graph and without centre (Clover's BLOVER).

    Parameters
    ----------
    trigger, measurements, patience
        As for `clover`.
    """
    return _Controller(instance, run, seed, trigger, measurements, patience, graph=False).outcome()


@dataclass
class _Controller:
    """The loop over hours and what it remembers. Configurations are instances [Q] of one GPU."""

    instance: MigServingInstance
    run: Run
    seed: int
    trigger: float
    measurements: int
    patience: int
    graph: bool
    known: set[tuple[bytes, bytes]] = field(default_factory=set)

    def outcome(self) -> Outcome:
        """Go through the hours and offer the schedule if all of them keep their limits."""
        pairs = pairs_of(self.instance)
        self.pairs = pairs
        self.proposals = _Proposals(pairs, np.random.default_rng(self.seed))
        self.weight = self.instance.carbon_weight
        centre, last = _first(pairs), -np.inf
        rows, optimised, measured = [], 0, self.run.evaluations
        for t, intensity in enumerate(self.instance.intensity_g_per_kwh):
            moved = abs(intensity - last) / self.instance.reference_intensity_g_per_kwh > self.trigger
            if self.run.stop() is None and (moved or self._score(centre, t)[1] > 1):
                centre, last = self._optimise(centre, t), intensity
                optimised += 1
            if self.run.stop() is None:
                self.run.tick(1)
            rows.append(centre)
        gpus, slices = self.instance.gpus, pairs.slices(np.array(rows))
        counts, on = np.array(rows) * gpus, np.full(len(rows), gpus)
        objective = pairs.objective(counts, on, slices * gpus)
        if np.isfinite(objective):
            self.run.offer(objective, lambda: pairs.schedule(counts, on, slices * gpus))
        return self.run.outcome(None, None, hours_optimised=optimised, measurements=self.run.evaluations - measured)

    def _score(self, row: IntArray, t: int) -> tuple[float, float]:
        """Return f of a configuration in an hour, in fractions, and its lateness."""
        cost, lateness = self.pairs.measure(row * self.instance.gpus, t)
        cost += float(self.pairs.standing_cost(self.instance.gpus)[t])
        return self.weight - self.instance.periods * cost, lateness

    def _optimise(self, centre: IntArray, t: int) -> IntArray:
        """Return the best feasible configuration that an hour's search finds, else the one of before."""
        rng = self.proposals.rng
        best, best_score = None, -np.inf
        score, lateness = self._measured(centre, t)
        if lateness <= 1:
            best, best_score = centre, score
        centre_score = score / lateness
        began, seen, idle, temperature = self.run.evaluations, {centre.tobytes()}, 0, HOTTEST
        while self.run.stop() is None:
            spent = self.run.evaluations - began
            if spent >= self.measurements * (1 if best is not None else _PATIENT) or (
                    best is not None and idle >= self.patience):
                break
            row = self.proposals.draw(centre if self.graph else None, seen)
            if row is None:
                break
            seen.add(row.tobytes())
            score, lateness = self._measured(row, t)
            idle += 1
            if lateness <= 1 and score > best_score:
                best, best_score, idle = row, score, 0
            # As published, a score below zero is made better by being late.
            penalised = score / lateness
            drawn = rng.random()
            if penalised >= centre_score or drawn < np.exp((penalised - centre_score) / (BOLTZMANN * temperature)):
                centre, centre_score = row, penalised
            temperature = max(temperature - COOLING, COOLEST)
        return centre if best is None else best

    def _measured(self, row: IntArray, t: int) -> tuple[float, float]:
        """Return score and lateness, and count a measurement unless the configuration is known at this load."""
        key = row.tobytes(), self.instance.load_rps[:, t].tobytes()
        score, lateness = self._score(row, t)
        if key not in self.known:
            self.known.add(key)
            self.run.tick(0, 1)
        return score, lateness


class _Proposals:
    """Random configurations: a uniform partition, and on each of its slices a uniform variant."""

    def __init__(self, pairs: Pairs, rng: np.random.Generator) -> None:
        self.rng, self.pairs = rng, pairs
        partitions = partitions_of(pairs.instance.geometry)
        labels = [pairs.labels(p) for p in range(partitions.shape[1])]
        most = int(partitions.sum(axis=1).max())
        # Slots that hold nothing have one label, a column beyond the last.
        self.choices = np.ones((len(partitions), most), dtype=np.int64)
        self.labels = np.full((len(partitions), most, pairs.count), pairs.count)
        for m, cut in enumerate(partitions.tolist()):
            slots = [p for p, count in enumerate(cut) for _ in range(count) if len(labels[p])]
            for slot, p in enumerate(slots):
                self.choices[m, slot] = len(labels[p])
                self.labels[m, slot, :len(labels[p])] = labels[p]

    def draw(self, centre: IntArray | None, seen: set[bytes]) -> IntArray | None:
        """Return a configuration not seen, near the centre if there is one; None when all draws fail."""
        partition = self.rng.integers(len(self.choices), size=DRAWS)
        slot = np.floor(self.rng.random((DRAWS, self.choices.shape[1])) * self.choices[partition]).astype(np.int64)
        chosen = np.take_along_axis(self.labels[partition], slot[..., None], axis=2)[..., 0]
        rows = np.zeros((DRAWS, self.pairs.count + 1), dtype=np.int64)
        np.add.at(rows, (np.arange(DRAWS)[:, None], chosen), 1)
        rows = np.ascontiguousarray(rows[:, :-1])
        if centre is not None:
            rows = rows[np.abs(rows - centre).sum(axis=1) <= _RANGE]
        return next((row.copy() for row in rows if row.tobytes() not in seen), None)


def _first(pairs: Pairs) -> IntArray:
    """Return where the controller begins: BASE's configuration, for several services one slice for each.

    The best variants, on the partition with just enough slices, hungry services on large slices.
    """
    instance = pairs.instance
    partitions = partitions_of(instance.geometry)
    services = len(instance.services)
    slices = partitions.sum(axis=1)
    enough = np.flatnonzero(slices >= min(services, slices.max()))
    cut = partitions[enough[slices[enough].argmin()]]
    quality: FloatArray = np.array([variant.quality for variant in instance.variants])[pairs.variant]
    need = instance.load_rps[:, 0] * np.array(
        [pairs.slowness[pairs.service == k].max(initial=0.0) for k in range(services)])
    order = np.argsort(-need, kind="stable")
    row = np.zeros(pairs.count, dtype=np.int64)
    for slot, profile in enumerate(np.repeat(np.arange(len(cut)), cut)):
        own = np.flatnonzero((pairs.profile == profile) & (pairs.service == order[slot % services]))
        if len(own):
            row[own[quality[own].argmax()]] += 1
    return row
