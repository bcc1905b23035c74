"""The linear predictor: what is committed is what the published mixes give, and how wrong it is."""

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.instances.mig import geometry
from ecoopt.instances.mig_cluster import SpeedTable
from ecoopt.instances.mig_cluster.predictor import (
    coefficients,
    cross_validate,
    error_quantiles,
    fit,
    predict,
    read_mixes,
    small_speeds,
)

NETWORK = 0.0164
"""Mean absolute error of MISO's U-Net on its validation columns, fillers included."""


@pytest.fixture(scope="module")
def mixes(shared_data):
    return read_mixes(shared_data / "mig" / "miso_mps_to_mig_2800mixes.csv")


def test_the_committed_tables_are_those_of_the_published_mixes(mixes):
    np.testing.assert_allclose(coefficients(), fit(mixes), rtol=1e-5, atol=1e-6)
    errors = cross_validate(mixes)
    np.testing.assert_allclose(error_quantiles(), errors.quantiles, atol=1e-5)
    assert errors.mean == pytest.approx(0.0297, abs=5e-5)
    assert errors.mean_of_columns == pytest.approx(0.0170, abs=5e-5)
    assert errors.mean_of_columns < 1.05 * NETWORK


def test_predictions_of_known_mixes_are_near(mixes):
    here = mixes.jobs == 4
    found = predict(mixes.mps[here][:, :, :4])
    assert np.abs(found - mixes.mig[here][:, :, :4]).mean() < 0.035


def test_speeds_on_small_slices_follow_the_regression_over_the_types():
    two, one = small_speeds(np.array([0.9, 0.1]), np.array([0.85, 0.0]))
    assert two == pytest.approx([0.674, 0.01], abs=1e-3)
    assert one[0] == pytest.approx(0.447, abs=1e-3)


def test_wrong_shapes_and_files_are_refused(tmp_path):
    with pytest.raises(InputError, match="1 to 7 jobs"):
        predict(np.ones((2, 3, 8)))
    (tmp_path / "a.csv").write_text("x\n1,2\n")
    with pytest.raises(InputError, match="has 2 columns"):
        read_mixes(tmp_path / "a.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read_mixes(tmp_path / "b.csv")


def test_miso_with_the_linear_predictor_lies_near_miso_with_the_network():
    run = ecoopt.generate("mig_cluster", published=True)
    values = [ecoopt.solve(run, "miso", seed=seed, options={"predictor": "linear"}).objective for seed in range(10)]
    assert np.mean(values) == pytest.approx(1216, rel=0.03)


def test_the_linear_predictor_knows_no_other_slices():
    run = ecoopt.generate("mig_cluster", jobs=2)
    other = run.replace(geometry=geometry("A30-24"), speeds=SpeedTable(names=("a",), speed=np.array([[1.0, 0.5, 0.3]])),
                        job_type=np.zeros(2, dtype=np.int64))
    with pytest.raises(InputError, match="use noise"):
        ecoopt.solve(other, "miso", options={"predictor": "linear"})
