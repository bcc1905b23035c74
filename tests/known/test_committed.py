"""The sets and best-known values that come with ecoopt: every instance, every schedule, every figure holds."""

from collections import Counter
from pathlib import Path

import pytest

from ecoopt.known.history import read_history
from ecoopt.known.sets import CLASSES, chosen, read_set, set_names
from ecoopt.known.verify import verify
from ecoopt.registry import BUILTIN, methods
from ecoopt.study.file import read_content, study_from

NOTHING_HARD = {"mig_partition"}
"""Families of which no instance is known that an hour leaves open: 4,000 GPUs with residents are proven in less."""

NO_HOUR_YET = {"refresh", "node_mix", "shifting", "power_cap", "power_cap_jobs", "llm_config", "phase_split",
               "layer_placement", "kv_admission", "spot_parallel", "graph_partition"}
"""Families whose open instances have not been given the hour that would tell which of them are hard."""

NOTHING_OPEN = {"power_cap_thresholds"}
"""Families whose largest instances are proven in a minute: there the optimum is one best choice of the last state."""

STUDIES = Path(__file__).parents[2] / "benchmarks" / "studies"


def classes(family: str) -> set[str]:
    without_hard = {"hard"} if family in NOTHING_HARD | NO_HOUR_YET | NOTHING_OPEN else set()
    return set(CLASSES) - without_hard - ({"open"} if family in NOTHING_OPEN else set())


@pytest.mark.parametrize("family", set_names())
def test_everything_that_is_committed_holds(family):
    checked = list(verify(family))
    assert [c for c in checked if c.problem] == []
    assert len(checked) == len(read_set(family).instances) + len(read_history(family).entries)


@pytest.mark.parametrize("family", set_names())
def test_every_instance_has_a_value_and_a_bound_and_is_what_its_class_says(family):
    found, history = read_set(family), read_history(family)
    assert set(Counter(instance.difficulty for instance in found.instances)) == classes(family)
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


@pytest.mark.skipif(not STUDIES.is_dir(), reason="a wheel has no studies")
def test_every_class_of_every_set_is_in_a_study_whose_names_are_all_known():
    studied = set()
    for path in STUDIES.glob("*.toml"):
        study = study_from(read_content(path), str(path))
        sets = {entry.set for entry in study.instances}
        families = {name.partition("/")[0] for name in sets}
        studied |= {(family, instance.difficulty) for name in sets for family, instance in chosen(name)}
        known = {method for family in families for method in methods(family)}
        assert {method for entry in study.methods for method in entry.names or ()} <= known, path
    assert studied == {(family, difficulty) for family in set_names() for difficulty in classes(family)}
