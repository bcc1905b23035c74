"""Floor 3, exact side: models, bounds and the solver driver."""
