"""Schedules with numbers that no integer could add up are refused, not added up."""

import numpy as np
import pytest

from ecoopt.core.errors import InputError
from ecoopt.instances.dispatch import DispatchSchedule
from ecoopt.instances.pool import PoolSchedule


def test_a_start_beyond_all_time_is_refused():
    with pytest.raises(InputError, match="start_tick"):
        DispatchSchedule.from_content({"machine": [0], "start_tick": [2**63 - 1]}, "schedule")


def test_a_count_beyond_all_machines_is_refused():
    content = PoolSchedule.of(np.ones((1, 1, 1), dtype=np.int64)).model_dump(mode="json")
    content["rented"]["count"] = [2**62]
    with pytest.raises(InputError, match="count"):
        PoolSchedule.from_content(content, "schedule")
