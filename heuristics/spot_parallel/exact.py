"""Exact paths by dynamic programming; with budgets, the best that one price finds and the bound that it proves."""

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.spot_parallel.dynamic import ToCome
from ecoopt.heuristics.spot_parallel.plans import Start, begun, ended, pressed, priced
from ecoopt.heuristics.spot_parallel.splicing import Spliced
from ecoopt.instances.spot_parallel import SpotParallelInstance


def dp(instance: SpotParallelInstance, run: Run, *, seed: int, start: Start) -> Outcome:
    """Find the best configurations from the leaves of the tree to its root.

    Optimal without budgets, unless GPUs have names and moving takes time: then pauses of least moving make it a bound.
    With budgets, what they limit has one price, which is searched: each price gives a bound, and a path that is
    spliced with others. An iteration is a price. Ignores `seed`.
    """
    tables = begun(instance, run, start)
    if isinstance(tables, Outcome):
        return tables

    spliced = Spliced(tables, run)

    def build(price: FloatArray) -> IntArray:
        to_come = ToCome(tables, priced(tables, price))
        run.prove(bound_of(to_come, price))
        return spliced.best(to_come)

    pressed(tables, run, build)
    return ended(run)


def bound_of(to_come: ToCome, price: FloatArray) -> float:
    """Return the bound of a dynamic program with prices of the budgets, float array [B], rounding taken off."""
    value, spent = to_come.value, float(price @ to_come.tables.most)
    rounding = 1e-12 + 2e-16 * to_come.tables.instance.nodes
    return value - spent - rounding * (abs(value) + spent)
