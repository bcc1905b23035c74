"""HiGHS versions: the one with wrong optima is refused, and the one in use solves what that one got wrong."""

import subprocess
import sys
from itertools import product

import numpy as np
import pytest

from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import LinearModel, solve_model, versions
from ecoopt.formulations.highs.versions import refuse_wrong_highspy


@pytest.mark.parametrize("version", ["1.14.0", "1.14.0.post1", "1.14.0+local"])
def test_highspy_1_14_0_is_refused_in_one_line_with_the_reason(version):
    with pytest.raises(ImportError, match="wrong optima") as refused:
        refuse_wrong_highspy(version)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("version", ["1.12.0", "1.13.1", "1.15.1", "1.14.1"])
def test_other_versions_are_taken(version):
    assert refuse_wrong_highspy(version) == version


def test_versions_name_what_solves():
    assert versions()["highspy"] == refuse_wrong_highspy()
    assert {"pyomo", "numpy", "scipy"} < set(versions())


def optimum(model: LinearModel) -> float:
    result = solve_model(model, Run(sense=model.sense))
    assert result.status is Status.OPTIMAL
    return result.objective


def test_canary_singleton_column_stuffing_beside_an_integer():
    # 1.14.0 says 15 for 9: a row of one continuous and one integer column, the integer one dearer.
    model = LinearModel([2.0, 3.0], [0, 0], [10, 10], [[1.0, 1.0]], [4.5], [np.inf], integer=[False, True])
    assert optimum(model) == pytest.approx(9.0)


def test_canary_binary_with_a_continuous_column_above_its_bound():
    # 1.14.0 says 11 per pair for 10.
    n = 10
    matrix = np.hstack([2 * np.eye(n), np.eye(n)])
    model = LinearModel(np.r_[np.full(n, 2.0), np.ones(n)], np.r_[np.zeros(n), np.full(n, 9.0)],
                        np.r_[np.ones(n), np.full(n, np.inf)], matrix, np.full(n, 10.0), np.full(n, np.inf),
                        integer=np.arange(2 * n) < n)
    assert optimum(model) == pytest.approx(10.0 * n)


def test_canary_fixed_charge_lot():
    # A fixed charge of 20 for a lot of 30 against a unit cost: the charge pays from 0.1 a unit on.
    model = LinearModel([100.0, 0.0, 1.0], [0, 0, 0], [1, np.inf, np.inf], [[-30.0, 1.0, 0.0], [0.0, 1.0, 1.0]],
                        [-np.inf, 28.2], [0.0, np.inf], integer=[True, False, False])
    assert optimum(model) == pytest.approx(28.2)


@pytest.mark.parametrize("seed", range(12))
def test_canary_small_mixed_models_match_enumeration(seed):
    rng = np.random.default_rng(seed)
    whole, rows = 4, 3
    cost = np.r_[rng.integers(-9, 10, whole), rng.integers(1, 9, 2)].astype(float)
    matrix = rng.integers(-4, 9, (rows, whole + 2)).astype(float)
    low = rng.integers(1, 6, rows) + 0.5
    upper = np.r_[np.full(whole, 2.0), 8.0, 8.0]
    model = LinearModel(cost, np.zeros(whole + 2), upper, matrix, low, np.full(rows, np.inf),
                        integer=np.arange(whole + 2) < whole)
    best = np.inf
    for values in product(range(3), repeat=whole):
        result = solve_model(model.replaced(lower=np.r_[values, 0.0, 0.0], upper=np.r_[values, 8.0, 8.0]), Run())
        best = min(best, np.inf if result.objective is None else result.objective)
    result = solve_model(model, Run())
    assert (np.inf if result.objective is None else result.objective) == pytest.approx(best, abs=1e-6)


def test_nothing_is_printed_when_a_solver_is_made():
    code = "from ecoopt.formulations.highs.silent import SilentHighs; SilentHighs()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
