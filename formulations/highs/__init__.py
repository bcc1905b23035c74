"""HiGHS: a Pyomo model or arrays in, a solution, a proven bound and a ledger of the search out."""

from ecoopt.formulations.highs.builder import ModelBuilder
from ecoopt.formulations.highs.explain import Explanation, Relief, explain
from ecoopt.formulations.highs.handed_over import HandedOver
from ecoopt.formulations.highs.linear_model import LinearModel
from ecoopt.formulations.highs.result import Basis, HighsResult
from ecoopt.formulations.highs.solve import solve_lp, solve_model
from ecoopt.formulations.highs.versions import versions

__all__ = [
    "Basis", "Explanation", "HandedOver", "HighsResult", "LinearModel", "ModelBuilder", "Relief", "explain",
    "hand_over", "solve_lp", "solve_model", "versions"]


def hand_over(model: object) -> HandedOver:
    """Return the arrays of a Pyomo model; see `ecoopt.formulations.highs.arrays.hand_over`."""
    # Pyomo takes a second to import, which a family that writes arrays does not need.
    from ecoopt.formulations.highs.arrays import hand_over as read

    return read(model)
