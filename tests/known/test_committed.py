"""The sets and best-known values that come with ecoopt: every instance, every schedule, every figure holds."""

from collections import Counter

import pytest

from ecoopt.known.history import read_history
from ecoopt.known.sets import CLASSES, read_set, set_names
from ecoopt.known.verify import verify
from ecoopt.registry import BUILTIN


@pytest.mark.parametrize("family", set_names())
def test_everything_that_is_committed_holds(family):
    checked = list(verify(family))
    assert [c for c in checked if c.problem] == []
    assert len(checked) == len(read_set(family).instances) + len(read_history(family).entries)


@pytest.mark.parametrize("family", set_names())
def test_every_instance_has_a_value_and_a_bound_and_is_what_its_class_says(family):
    found, history = read_set(family), read_history(family)
    assert set(Counter(instance.difficulty for instance in found.instances)) == set(CLASSES)
    for instance in found.instances:
        value, bound = (history.latest(instance.instance_digest, what) for what in ("value", "bound"))
        assert value is not None, instance.name
        assert bound is not None, instance.name
        closed = abs(value.value - bound.value) <= 1e-9 * abs(value.value)
        assert closed == (instance.difficulty == "easy"), instance.name
        if closed:
            assert bound.wall_s <= 60, instance.name
        if instance.difficulty == "hard":
            own = [entry for entry in history.entries if entry.instance_digest == instance.instance_digest]
            assert any(entry.method == "milp" and entry.wall_s >= 3600 for entry in own), instance.name


def test_every_family_of_ours_has_a_set():
    assert {family.name for family in BUILTIN} == set(set_names())
