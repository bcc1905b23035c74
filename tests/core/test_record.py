"""Records: frozen, validated, with a digest of their content."""

import subprocess
import sys
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ecoopt.core.arrays import FloatVector, IndexVector
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Provenance
from ecoopt.core.record import Record


class Load(Record):
    digest_excludes: ClassVar[frozenset[str]] = frozenset({"name"})
    name: str = ""
    watts: FloatVector = []
    counts: IndexVector = []
    origin: Provenance = Provenance()
    peak_w: float = 0.0


def test_a_record_cannot_be_changed():
    with pytest.raises(ValidationError):
        Load().peak_w = 1.0


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_not_finite_is_refused(value):
    with pytest.raises(InputError, match="finite number"):
        Load.from_content({"peak_w": value}, "f")


def test_an_unknown_key_is_refused():
    with pytest.raises(InputError, match="f: watt: unknown key"):
        Load.from_content({"watt": []}, "f")


def test_names_do_not_change_the_digest_and_content_does():
    assert Load(name="a").digest == Load(name="b").digest
    assert Load(peak_w=1).digest != Load(peak_w=2).digest
    assert Load(watts=[1.0, 2.0]).digest != Load(watts=[2.0, 1.0]).digest
    assert Load(watts=[1.0]).digest != Load(counts=[1]).digest
    assert Load(origin=Provenance(source="a")).digest != Load(origin=Provenance(source="b")).digest


def test_equality_and_hash_are_by_content():
    assert Load(watts=[1.0]) == Load(watts=np.array([1.0]), name="other")
    assert len({Load(watts=[1.0]), Load(watts=[1.0])}) == 1
    assert Load() != Provenance()
    assert Load() != "load"


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=5), st.floats(0, 1e9))
def test_the_digest_survives_a_file(watts, peak):
    load = Load(watts=watts, peak_w=peak)
    assert Load.from_content(load.model_dump(mode="json"), "f").digest == load.digest


def test_the_digest_is_the_same_in_every_process():
    code = ("from ecoopt.core.instance import Provenance\n"
            "print(Provenance(source='x', generator={'b': 1, 'a': (2, None, True)}).digest)")
    seen = {subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                           env={"PYTHONHASHSEED": seed, "PATH": ""}).stdout for seed in ("1", "2")}
    assert len(seen) == 1
    assert len(seen.pop().strip()) == 64


def test_replace_validates_anew():
    assert Load(peak_w=1).replace(peak_w=2).peak_w == 2
    with pytest.raises(ValidationError):
        Load().replace(peak_w="much")
