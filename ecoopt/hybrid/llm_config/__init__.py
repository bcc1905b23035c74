"""Configurations of language models by both sides: the integer program, started by the best heuristic."""

from ecoopt.core.method import Kind, Method

METHODS = (
    Method("llm_config", "milp", Kind.EXACT, "Integer program by HiGHS, period by period, starts priced and paid",
           "ecoopt", "ecoopt.hybrid.llm_config.exact:milp"),
)
