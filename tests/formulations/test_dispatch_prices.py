"""The band's solver, prices of long lines from blocks, and bounds that budgets cut short."""

import numpy as np
import pytest

import ecoopt
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Sense
from ecoopt.formulations.dispatch import relaxation
from ecoopt.formulations.dispatch.band import factor, solve


@pytest.mark.parametrize(("order", "width"), [(1, 1), (7, 3), (40, 9), (5, 9)])
def test_a_band_is_solved_as_its_full_matrix(order, width):
    rng = np.random.default_rng(order)
    near = np.abs(np.subtract.outer(np.arange(order), np.arange(order))) < width
    matrix = np.where(near, rng.normal(size=(order, order)), 0.0)
    matrix = np.where(near, matrix + matrix.T, 0.0) + 4 * width * np.eye(order)
    band = np.zeros((order, width))
    for i in range(order):
        for j in range(min(width, order - i)):
            band[i, j] = matrix[i + j, i]
    right = rng.normal(size=order)
    found = right.copy()
    factor(band)
    solve(band, found)
    assert found == pytest.approx(np.linalg.solve(matrix, right), rel=1e-9)


def test_blocks_bound_a_long_line_nearly_as_well_as_the_whole(monkeypatch):
    instance = ecoopt.generate("dispatch", queries=1200, rate_per_s=140, tick_ms=10, seed=1)
    whole, parts = Run(Budget(), sense=Sense.MAX), Run(Budget(), sense=Sense.MAX)
    relaxation.prove(instance, whole, cells=35)
    monkeypatch.setattr(relaxation, "BLOCK", 500)
    relaxation.prove(instance, parts, cells=35)
    assert whole.bound <= parts.bound <= whole.bound + 3


def test_fewer_cells_bound_less_well():
    instance = ecoopt.generate("dispatch", queries=300, rate_per_s=140, tick_ms=10, seed=2)
    bounds = [ecoopt.solve(instance, "bound", options={"cells": cells}).bound for cells in (35, 12, 4)]
    assert bounds == sorted(bounds)
    assert bounds[-1] < bounds[0] + 6


def test_a_bound_is_proven_however_short_the_time():
    instance = ecoopt.generate("dispatch", queries=300, rate_per_s=140, tick_ms=10, seed=2)
    hurried, full = (ecoopt.solve(instance, "bound", time_limit=seconds) for seconds in (0.0, 30.0))
    assert full.bound < hurried.bound <= instance.queries


def test_queries_that_come_too_late_for_every_type_count_nothing():
    instance = ecoopt.generate("dispatch", queries=20, qos_ms=1.0, tick_ms=1.0, seed=0)
    found = ecoopt.solve(instance, "bound")
    assert (found.bound, ecoopt.solve(instance, "milp").objective) == (0.0, 0.0)
