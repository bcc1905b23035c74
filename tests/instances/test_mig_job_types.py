"""The table of measured job types: whole rows, pools, and what becomes of it on other profiles."""

import csv
from pathlib import Path

import numpy as np
import pytest

from ecoopt.core.errors import InputError
from ecoopt.instances.mig import JOB_TYPES, geometry, job_types, speed_table


def test_the_pools_are_eight_and_five_models_in_four_batch_sizes() -> None:
    assert len(JOB_TYPES) == 32 == len(job_types())
    assert len(job_types("5-models")) == 20
    assert {kind.model for kind in job_types("5-models")} == {"resnet", "mobilenet", "embedding", "gnn", "transformer"}
    with pytest.raises(InputError, match="pool: 'all' is unknown"):
        job_types("all")


def test_rows_are_the_measured_ones_with_noise_above_one_cut(shared_data: Path) -> None:
    with (shared_data / "mig" / "miso_slice_speed.csv").open() as file:
        rows = list(csv.DictReader(file))
    for kind, row in zip(JOB_TYPES, rows, strict=True):
        assert kind.name == f"{row['model']}-{row['batch']}"
        measured = [float(row[f"f_{p}"]) for p in ("7g.40gb", "4g.20gb", "3g.20gb", "2g.10gb", "1g.5gb")]
        assert kind.speed == tuple(min(speed, 1.0) for speed in measured)
        assert kind.batch_s == float(row["t_7g.40gb"])
        assert kind.power_w == float(row["gpu_power_w"])


def test_a_job_that_fits_an_instance_fits_every_larger_one() -> None:
    table = speed_table(JOB_TYPES, geometry("A100-40"))
    assert (table[:, 0] == 1).all()
    assert ((table[:, :-2] > 0) >= (table[:, 1:-1] > 0)).all()
    assert {kind.least_slices for kind in JOB_TYPES} == {1, 2, 3}


def test_double_memory_1g_is_as_fast_as_1g() -> None:
    gpu = geometry("A100-40")
    table = speed_table(JOB_TYPES, gpu)
    assert np.array_equal(table[:, gpu.index("1g.10gb")], table[:, gpu.index("1g.5gb")])


def test_sizes_that_were_not_measured_are_refused() -> None:
    with pytest.raises(InputError, match="sizes not measured"):
        speed_table(JOB_TYPES, geometry("A30-24"))
