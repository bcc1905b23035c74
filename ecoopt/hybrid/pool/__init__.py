"""Pool methods that need both the exact and the fast side."""

from ecoopt.core.method import Kind, Method
from ecoopt.core.status import Sense

_HERE = "ecoopt.hybrid.pool"

METHODS = (
    Method("pool", "milp", Kind.EXACT, "Columns of machines with a price for every start, then the counts by HiGHS",
           "ecoopt", f"{_HERE}.exact:milp", Sense.MAX),
)
