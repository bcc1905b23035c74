"""Pictures of MIG snapshots: a row for each GPU, or for each way to cut one, and the same bytes each time."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.instances.mig_partition import MigPartitionInstance, MigPartitionSchedule, generate
from ecoopt.plot import figures
from ecoopt.plot.mig_partition import MOST_ROWS
from ecoopt.plot.mig_partition import figures as draw
from ecoopt.plot.save import save_figure


def drawn(instance: MigPartitionInstance) -> Figure:
    found = ecoopt.solve(instance, "greedy")
    assert found.schedule is not None
    return figures(instance, found.schedule)["layouts"]


def labels(figure: Figure) -> list[str]:
    return [tick.get_text() for tick in figure.axes[0].get_yticklabels()]


def test_few_gpus_have_a_row_each() -> None:
    assert labels(drawn(generate(gpus=5, types=4))) == [f"GPU {gpu}" for gpu in range(5)]
    assert len(labels(drawn(generate(gpus=MOST_ROWS)))) == MOST_ROWS


def test_many_gpus_that_are_cut_alike_share_a_row() -> None:
    rows = labels(drawn(generate(gpus=300, geometry=("A100-40", "H100-80"))))
    assert len(rows) <= MOST_ROWS
    numbers = [int(row.partition(" ")[0]) for row in rows]
    assert numbers == sorted(numbers, reverse=True)
    assert 250 < sum(numbers) <= 300


def test_a_schedule_that_runs_nothing_is_drawn() -> None:
    instance = generate(gpus=2, jobs_per_gpu=1.0, place_all=False)
    nothing = np.full(2, -1)
    figure = figures(instance, MigPartitionSchedule(gpu=nothing, profile=nothing, start=nothing))["layouts"]
    assert "no instance" in str(figure.get_label())


def test_the_same_schedule_gives_the_same_bytes(tmp_path: Path) -> None:
    instance = generate(gpus=6, seed=1)
    for name in ("one", "two"):
        save_figure(drawn(instance), tmp_path / f"{name}.svg")
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_another_family_is_refused() -> None:
    with pytest.raises(InputError, match="give a MigPartitionInstance"):
        draw(generate(gpus=1), generate(gpus=1))  # type: ignore[arg-type]
