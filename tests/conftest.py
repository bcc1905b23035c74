"""What every test shares: hypothesis profiles and where optional real data lies."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    # Two processes that compile two signatures of one function at once can mix them up in numba's cache on disk: each
    # worker has its own, which begins as a copy of what one process compiled before.
    own = Path(__file__).parents[1] / "build" / "numba" / worker
    before = Path(os.environ.get("NUMBA_CACHE_DIR", own))
    if before.is_dir() and not own.exists():
        shutil.copytree(before, own)
    os.environ["NUMBA_CACHE_DIR"] = str(own)

settings.register_profile("ci", max_examples=20, deadline=None, derandomize=True,
                          suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", max_examples=10, deadline=None, derandomize=True,
                          suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("nightly", max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("ECOOPT_HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real traces; the test is skipped where there is none."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("ECOOPT_SHARED_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"real traces not found at {folder}; set ECOOPT_SHARED_DATA to their folder")
    return folder


@pytest.fixture(scope="module")
def toy() -> Iterator[None]:
    """A third party's family, found through its entry points as if it were installed."""
    yield from _installed("toy")


@pytest.fixture(scope="module")
def faults(toy: None) -> Iterator[None]:
    """A third party's methods that fail in every way a method can, and a broken entry point."""
    yield from _installed("toy_faults")


def _installed(folder: str) -> Iterator[None]:
    """Put a folder of tests with its dist-info on the path, here and for child processes."""
    from ecoopt import registry

    place = str(Path(__file__).parent / folder)
    before = os.environ.get("PYTHONPATH")
    sys.path.insert(0, place)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (place, before)))
    registry.refresh()
    yield
    sys.path.remove(place)
    os.environ.pop("PYTHONPATH")
    if before is not None:
        os.environ["PYTHONPATH"] = before
    registry.refresh()
