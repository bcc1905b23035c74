"""The configuration program: layers filled with patterns of slots, contiguity dropped, by column generation.

Its prices prove bounds in whole numbers, whatever the solver's tolerance.
"""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.formulations.highs import ModelBuilder, solve_lp
from ecoopt.formulations.layer_placement.patterns import cheapest_pattern
from ecoopt.instances.layer_placement import LayerPlacementInstance, Slots, slots_of

UNITS = 2**44
"""Units of price in what no machines are worth."""

MOST_PATTERNS = 2_000
_CLOSED = 1e-7


@dataclass(frozen=True)
class Prices:
    """Prices of slots that hold for one target.

    Parameters
    ----------
    target : int
        Tokens per second.
    slot : int array [n]
        Price of having a slot on a layer.
    layer : int
        Least price of a pattern that takes the target.
    unit : float
        Weight of one unit of price.
    """

    target: int
    slot: IntArray
    layer: int
    unit: float

    def worth(self, slots: Slots, types: int) -> IntArray:
        """Return the most that the layers of one machine of each type are priced at, int array [Q]."""
        most = np.zeros(types, dtype=np.int64)
        np.maximum.at(most, slots.kind, slots.held * self.slot)
        return most

    def unreachable(self, instance: LayerPlacementInstance) -> bool:
        """Return whether the prices prove that no placement reaches the target.

        A layer that reaches it has slots priced at `layer` at least, and all layers together no more than all machines.
        """
        worth = self.worth(slots_of(instance), len(instance.types)).tolist()
        total: int = sum(n * each for n, each in zip(instance.count.tolist(), worth, strict=True))
        return total < instance.layers * self.layer

    def least_weight(self, instance: LayerPlacementInstance, weight: FloatArray) -> float:
        """Return what the machines of a placement that reaches the target weigh at least.

        ``L v - sum_q N_q max(0, max_k k w_qk - c_q)``, less a share of 1e-12 for rounding.
        """
        worth = self.worth(slots_of(instance), len(instance.types)) * self.unit
        spare = np.maximum(worth - weight, 0.0)
        gained = instance.layers * self.layer * self.unit
        return float(gained - instance.count @ spare - 1e-12 * (gained + instance.count @ (worth + weight)))


class Configuration:
    """The configuration program of an instance, for one target after the other.

    Variables: ``machines`` m_i of each slot's type that hold it, ``layers`` y_p that have a pattern p, and ``short``,
    layers left out at a penalty that no machines are worth. Rows: ``filled`` sum_p y_p + short >= L; ``had``
    sum_p p_i y_p <= k_i m_i; ``owned`` sum_i m_i <= N_q. Without weights as many layers are filled as can be: L is more
    than all machines hold.

    Parameters
    ----------
    instance : LayerPlacementInstance
        What is asked.
    weight : float array [Q]
        Of a machine that is used; zeros to ask which targets can be reached at all.
    """

    def __init__(self, instance: LayerPlacementInstance, weight: FloatArray) -> None:
        self.instance, self.weight, self.slots = instance, weight, slots_of(instance)
        self.penalty = 1.0 + float(instance.count @ weight) + float(weight.max())
        self.asked = instance.layers if weight.any() else int(instance.count @ instance.most_held) + 1
        self._patterns: list[IntArray] = []

    def prices(self, target: int, run: Run, *, decide: bool = False) -> Prices:
        """Return the prices of a target, positive; patterns are found as they are needed.

        Prices of any round hold, so that a run that must stop loses no proof. With `decide` they are good enough to
        tell whether the program excludes the target, no more.
        """
        slots, unit = self.slots, self.penalty / UNITS
        alone = [np.where(np.arange(len(slots.kind)) == i, -(-target // speed), 0)
                 for i, speed in enumerate(slots.speed.tolist())]
        known = alone + [pattern for pattern in self._patterns if int(pattern @ slots.speed) >= target]
        while True:
            dual, gained, filled = self._solved(known)
            scaled = np.rint(np.clip(dual, 0.0, self.penalty) / unit).astype(np.int64)
            least, pattern = cheapest_pattern(scaled, slots.speed, target)
            prices = Prices(target, scaled, least, unit)
            ended = least * unit >= gained * (1 - _CLOSED) or len(known) > MOST_PATTERNS or run.stop() is not None
            if ended or prices.unreachable(self.instance) or (decide and filled >= self.instance.layers):
                return prices
            known.append(pattern)
            self._patterns.append(pattern)

    def _solved(self, patterns: list[IntArray]) -> tuple[FloatArray, float, float]:
        """Return prices of slots, float array [n], the price of a layer, and layers filled, with some patterns."""
        table, slots, instance = np.array(patterns), self.slots, self.instance
        builder = ModelBuilder()
        machines = builder.add_columns("machines", len(slots.kind), cost=self.weight[slots.kind])
        layers = builder.add_columns("layers", len(table))
        short = builder.add_columns("short", 1, cost=self.penalty)
        filled = builder.add_rows("filled", 1, lower=float(self.asked))
        had = builder.add_rows("had", len(slots.kind), lower=0.0)
        owned = builder.add_rows("owned", len(instance.types), upper=instance.count)
        builder.add_terms(filled, np.concatenate([layers, short]), 1.0)
        builder.add_terms(had, machines, slots.held)
        place, slot = np.nonzero(table)
        builder.add_terms(had[slot], layers[place], -table[place, slot])
        builder.add_terms(owned[slots.kind], machines, 1.0)
        found = solve_lp(builder.model())
        assert found.row_dual is not None
        assert found.x is not None
        return found.row_dual[had], float(found.row_dual[filled[0]]), float(found.x[layers].sum())
