"""Metrics: published measures of solvers over instances and runs, as pure functions over arrays.

Rows of a table [I, M] are instances, columns are methods. Where values are to be small, infinite or NaN is a failure: a
run that found or solved nothing. ``scipy.stats``, which takes a second to load, is loaded by what needs it.
"""

from ecoopt.metrics.bootstrap import mean_interval
from ecoopt.metrics.means import shifted_geometric_mean
from ecoopt.metrics.paired import PairTest, holm, paired_tests
from ecoopt.metrics.primal import StepCurve, primal_curve, primal_gap, primal_integral
from ecoopt.metrics.profiles import Profile, pairwise_profile, performance_profile
from ecoopt.metrics.ranks import RankTest, friedman
from ecoopt.metrics.tally import Tally, tally
from ecoopt.metrics.targets import reached, target_value, time_to_target

__all__ = [
    "PairTest", "Profile", "RankTest", "StepCurve", "Tally", "friedman", "holm", "mean_interval", "paired_tests",
    "pairwise_profile", "performance_profile", "primal_curve", "primal_gap", "primal_integral", "reached",
    "shifted_geometric_mean", "tally", "target_value", "time_to_target"]
