"""Configurations of language models by both sides: the integer program, started by the best heuristic."""

from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.hybrid.llm_config.exact"

METHODS = (
    Method("llm_config", "milp", Kind.EXACT, "Integer program by HiGHS, period by period, starts priced and paid",
           "ecoopt", f"{_HERE}:milp"),
    Method("llm_config", "whole", Kind.EXACT, "Integer program of all periods at once, from greedy's schedule",
           "ecoopt", f"{_HERE}:whole"),
)
