"""Generation directives, methods that need both sides: the integer program, for a fleet taken apart by hours."""

from ecoopt.core.method import Kind, Method

METHODS = (
    Method("directives", "milp", Kind.EXACT,
           "Integer program of levels, evaluations and GPUs by HiGHS; a fleet's first in stretches of hours", "ecoopt",
           "ecoopt.hybrid.directives.exact:milp"),
)
