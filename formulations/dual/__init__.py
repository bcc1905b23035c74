"""Dual engines: prices on coupling constraints and a priced subproblem give a bound and an averaged solution."""

from ecoopt.formulations.dual.ascent import DualResult, Oracle, Priced
from ecoopt.formulations.dual.bundle import maximise_by_bundle
from ecoopt.formulations.dual.mixture import Mixture
from ecoopt.formulations.dual.subgradient import maximise_by_subgradient
from ecoopt.formulations.dual.volume import maximise_by_volume

__all__ = [
    "DualResult", "Mixture", "Oracle", "Priced", "maximise_by_bundle", "maximise_by_subgradient", "maximise_by_volume"]
