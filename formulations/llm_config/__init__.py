"""Configurations of language models, exact side: the fleet model, its relaxation, and the frontier of latency."""

from typing import TYPE_CHECKING

from ecoopt.core.instance import Instance
from ecoopt.core.method import Kind, Method

if TYPE_CHECKING:
    from ecoopt.formulations.llm_config.energy_frontier import FrontierPoint
    from ecoopt.instances.llm_config import LlmConfigInstance

__all__ = ["METHODS", "explain", "frontier"]

_HERE = "ecoopt.formulations.llm_config"

METHODS = (
    Method("llm_config", "lp", Kind.BOUND, "Linear relaxation of the integer program", "ecoopt", f"{_HERE}.exact:lp"),
)


def frontier(
    instance: "LlmConfigInstance", *, seconds: float | None = None, gap: float | None = None, seed: int = 0,
) -> "tuple[FrontierPoint, ...]":
    """Return the frontier of latency and carbon; see `ecoopt.formulations.llm_config.energy_frontier.frontier`."""
    from ecoopt.formulations.llm_config.energy_frontier import frontier as exact

    return exact(instance, seconds=seconds, gap=gap, seed=seed)


def explain(instance: Instance) -> list[str]:
    """Return why an instance has no schedule, one line for each reason; nothing when it has one."""
    from ecoopt.formulations.llm_config.infeasible import reasons
    from ecoopt.instances.llm_config import LlmConfigInstance

    assert isinstance(instance, LlmConfigInstance)
    return reasons(instance)
