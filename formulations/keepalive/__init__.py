"""Keep-alive, exact side: models, memory prices and bounds."""

from ecoopt.core.method import Kind, Method

METHODS = (
    Method("keepalive", "exact-unconstrained", Kind.EXACT,
           "Closed form without memory limits: a bound always, the optimum when it fits", "ecoopt",
           "ecoopt.formulations.keepalive.unconstrained:exact_unconstrained"),
)
