"""ModelVariant: tables, joint use, files, refusals."""

import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.core.errors import InputError
from ecoopt.instances.mig import geometry
from ecoopt.instances.variants import ModelVariant, energy_table, service_time_table, variant_problems
from ecoopt.testing.mig import known_geometries
from ecoopt.testing.variants import model_variants, variants_for

SMALL = {"name": "small", "application": "vision", "quality": 0.78, "quality_metric": "top-1", "memory_gb": 2.0,
         "service_time_s": {"1g.5gb": 0.3, "7g.40gb": 0.1}, "energy_j": {"1g.5gb": 4.0, "7g.40gb": 5.0}}


@given(model_variants())
def test_a_variant_is_read_back_as_written(variant: ModelVariant) -> None:
    again = ModelVariant.from_content(json.loads(json.dumps(variant.model_dump(mode="json"))), "file")
    assert again == variant
    assert again.model_dump() == variant.model_dump()


@given(model_variants())
def test_the_order_of_a_table_and_the_source_are_no_part_of_the_digest(variant: ModelVariant) -> None:
    turned = dict(reversed(list(variant.service_time_s.items())))
    assert variant.replace(service_time_s=turned, source="elsewhere").digest == variant.digest
    slower = {device: 2 * seconds for device, seconds in variant.service_time_s.items()}
    assert variant.replace(service_time_s=slower).digest != variant.digest


@given(st.lists(model_variants(), max_size=4), st.lists(st.sampled_from(["1g.5gb", "T4", "A100", "K80"]), unique=True))
def test_tables_hold_each_figure_and_infinity_where_there_is_none(
        variants: list[ModelVariant], devices: list[str]) -> None:
    seconds, joules = service_time_table(variants, devices), energy_table(variants, devices)
    assert seconds.shape == joules.shape == (len(variants), len(devices))
    for row, variant in enumerate(variants):
        for column, device in enumerate(devices):
            if device in variant.devices:
                assert seconds[row, column] == variant.service_time_s[device]
                assert joules[row, column] == variant.energy_j[device]
            else:
                assert np.isposinf([seconds[row, column], joules[row, column]]).all()


@given(st.data())
def test_variants_drawn_for_a_gpu_can_be_used_on_it(data: st.DataObject) -> None:
    entry = data.draw(known_geometries())
    variants = data.draw(variants_for(entry))
    assert variant_problems(variants, entry) == ()
    seconds = service_time_table(variants, entry.names)
    shares = entry.compute_share
    for row in seconds:
        runs = np.flatnonzero(np.isfinite(row))
        order = runs[np.argsort(shares[runs])]
        assert (np.diff(row[order]) <= 1e-12).all()


def test_variants_that_cannot_be_used_together_are_named_with_every_reason() -> None:
    small = ModelVariant.from_content(SMALL, "file")
    other = small.replace(quality_metric="top-5")
    large = small.replace(name="large", memory_gb=5.0)
    foreign = small.replace(name="foreign", service_time_s={"T4": 1.0}, energy_j={"T4": 1.0})
    assert variant_problems([small, large, foreign]) == ()
    assert variant_problems([small, small.replace(application="sound")], geometry("A100-40")) == ()
    assert variant_problems([small, other, large, foreign], geometry("A100-40")) == (
        "variant vision/small is listed twice; rename or remove one",
        "variant vision/small measures quality by top-5, others of its application by top-1; use one metric",
        "variant vision/large needs 5 GB, 1g.5gb has 4.75; remove 1g.5gb from its tables",
        "variant vision/foreign names device T4; use one of A100-40's, 7g.40gb, 4g.20gb, 3g.20gb, 2g.10gb, 1g.10gb, "
        "1g.5gb")


@pytest.mark.parametrize(("change", "lines"), [
    ({"energy_j": {"1g.5gb": 4.0, "T4": 1.0}},
     ["device 7g.40gb has a service_time_s and no energy_j", "device T4 has an energy_j and no service_time_s"]),
    ({"service_time_s": {}, "energy_j": {}}, ["service_time_s is empty"]),
    ({"quality": 78.0, "memory_gb": 0, "colour": "red"},
     ["quality: .* less than or equal to 1", "memory_gb: .* greater than 0", "colour: unknown key"]),
    ({"service_time_s": {"1g.5gb": 0.0, "7g.40gb": -1.0}},
     [r"service_time_s.1g.5gb: .* greater than 0", r"service_time_s.7g.40gb: .* greater than 0"]),
    ({"energy_j": {"1g.5gb": "4", "7g.40gb": float("inf")}},
     ["energy_j.1g.5gb: .* valid number", "energy_j.7g.40gb: .*(finite|less than)"]),
    ({"name": "", "quality": True}, ["name: .* at least 1 character", "quality: .* valid number"]),
])
def test_every_problem_of_a_variant_is_named(change: dict[str, object], lines: list[str]) -> None:
    ModelVariant.from_content(SMALL, "v.json")
    with pytest.raises(InputError) as caught:
        ModelVariant.from_content(SMALL | change, "v.json")
    found = str(caught.value).splitlines()
    assert len(found) == len(lines)
    for line, pattern in zip(found, lines, strict=True):
        assert line.startswith("v.json: ")
        assert re.search(pattern, line), line
