"""Configurations of language models: published facts, caps, the illustrative table, the generator, what is refused."""

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.instances.hardware import gpu
from ecoopt.instances.llm_config import (
    MODELS,
    cap_factors,
    fits,
    illustrative_example,
    illustrative_table,
    language_model,
    measured_caps_w,
    needed_gb,
    published_fit,
)
from ecoopt.instances.llm_config.demand import streams
from ecoopt.instances.llm_config.terms import terms_of

BOARDS = {"V100": gpu("V100-PCIe-32"), "A100": gpu("A100-PCIe-80")}
TABLE_II = [("7B", "V100", 1, 64), ("13B", "V100", 2, 64), ("65B", "V100", 8, 64), ("7B", "A100", 1, 64),
            ("13B", "A100", 1, 64), ("65B", "A100", 4, 128)]


@pytest.mark.parametrize(("size", "board", "shards", "batch"), TABLE_II)
def test_minimum_hardware_is_accepted_and_rejected_as_printed(size, board, shards, batch):
    model = language_model(f"LLaMA-{size}")
    assert fits(model, BOARDS[board], shards, batch, 256)
    assert not fits(model, BOARDS[board], shards, 2 * batch, 256)  # the largest batch is printed
    if shards > 1:
        assert not fits(model, BOARDS[board], shards // 2, batch, 256)


def test_facts_go_before_the_rule_and_the_rule_decides_the_rest():
    large, small = language_model("LLaMA-65B"), language_model("LLaMA-7B")
    assert needed_gb(small, 1, 64, 256) > 0.95 * 32  # run all the same
    assert needed_gb(large, 4, 64, 2048) > 80  # run all the same: table IV
    assert fits(large, BOARDS["A100"], 4, 64, 2048)
    assert not fits(large, BOARDS["V100"], 8, 64, 512)  # the text: not beyond length 256
    assert needed_gb(small, 1, 128, 256) < 0.95 * 80  # the rule would allow it, table II does not
    assert not fits(small, BOARDS["A100"], 1, 128, 256)
    assert not fits(large, BOARDS["V100"], 6, 1, 256)  # 64 heads on six GPUs
    assert published_fit("LLaMA-65B", BOARDS["A100"], 8, 64, 256) is None
    assert published_fit("LLaMA-65B", gpu("A100-PCIe-40"), 4, 64, 256) is None
    assert [round(model.cache_gb_per_token * 1e3, 3) for model in MODELS] == [0.524, 0.819, 2.621]


def test_the_means_of_the_table_of_caps_are_those_printed():
    assert measured_caps_w() == (250.0, 175.0, 150.0)
    mean = {cap: cap_factors(cap) for cap in (175.0, 150.0)}
    assert [round(100 * mean[cap].time - 100, 2) for cap in mean] == [6.71, 19.56]
    assert [round(100 * mean[cap].energy - 100, 2) for cap in mean] == [-23.21, -34.0]
    assert cap_factors(250.0, 300) == (1.0, 1.0)
    assert cap_factors(150.0, 384).time == pytest.approx((1.1533 + 1.2170) / 2)
    assert cap_factors(150.0, 64) == cap_factors(150.0, 256)
    with pytest.raises(InputError, match="was not measured; use one of 250, 175, 150"):
        cap_factors(200.0)


def test_the_table_says_that_it_is_synthetic_and_agrees_with_what_is_printed():
    table = illustrative_table()
    assert all("illustrative, synthetic" in one.source for one in table)
    full = {(one.model, one.gpu, one.shards, one.cap_w): one for one in table
            if (one.batch, one.length_tokens) == (64, 256)}
    on_v100 = [full["LLaMA-65B", "V100-PCIe-32", shards, 250.0] for shards in (8, 16, 32)]
    assert [one.power_w for one in on_v100] == pytest.approx([300.0, 600.0, 1000.0])
    assert [one.j_per_token for one in on_v100] == pytest.approx([3.0, 3.5, 4.0])
    for size, shards, ratio in (("7B", 1, 2.0), ("13B", 2, 1.25)):
        one, other = (full[f"LLaMA-{size}", *key, 250.0] for key in (("A100-PCIe-80", 1), ("V100-PCIe-32", shards)))
        assert one.tokens_per_s == pytest.approx(ratio * other.tokens_per_s)


def test_no_configuration_that_another_replaces_is_kept_and_starts_keep_more():
    terms = terms_of(ecoopt.generate("llm_config", start_j_per_gpu=0.0))
    chained = terms_of(ecoopt.generate("llm_config"))
    assert len(terms.kept) <= len(chained.kept) < len(terms.instance.configurations)
    assert set(terms.kept) <= set(chained.kept)


def test_streams_are_those_of_the_table_and_demand_keeps_their_proportions():
    assert [one.name for one in streams()][:4] == ["chat-512", "chat-256", "chat-1024", "code-256"]
    instance = ecoopt.generate("llm_config", periods=24 * 14, noise=0.0)
    mean = [one.tokens_per_s.mean() for one in instance.classes]
    assert mean[0] / mean[1] == pytest.approx(698.75 / 375.94)


@pytest.mark.parametrize(("arguments", "message"), [
    ({"v100": 0, "a100": 0}, "there are no GPUs"), ({"example": True, "periods": 5, "seed": 1}, "leave it out")])
def test_arguments_that_would_go_unheard_are_refused(arguments, message):
    with pytest.raises(InputError, match=message) as caught:
        ecoopt.generate("llm_config", **arguments)
    assert len(caught.value.problems) == max(len(arguments) - 1, 1)


def test_the_example_takes_a_name():
    assert ecoopt.generate("llm_config", example=True, name="mine").name == "mine"


def test_every_wrong_argument_is_told_at_once():
    with pytest.raises(InputError) as told:
        ecoopt.generate("llm_config", zones=["nowhere"], periods=0, period_s=7, busy=0.0, models=["GPT"], load=2.0,
                        start_utc="2023-01-01T00:30:00Z", power=0.0, seed=-1, name="")
    assert {problem.field for problem in told.value.problems} == {
        "zones", "periods", "period_s", "busy", "models", "load", "start_utc", "power", "seed", "name"}


@pytest.mark.parametrize(("change", "message"), [
    ({"gpus": ()}, "gpus is empty"), ({"running": np.zeros((1, 1), dtype=int)}, "running has shape"),
    ({"models": (language_model("LLaMA-7B"),)}, "names model LLaMA-65B, which there is not"),
    ({"configurations": (illustrative_example().configurations[1].replace(batch=4096),)},
     "does not fit on 16 V100-PCIe-32"),
    ({"start_utc": "2030-01-01T00:00:00Z"}, "does not|not cover|covers|outside"),
])
def test_an_instance_that_cannot_be_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        illustrative_example().replace(**change)


def test_parts_that_contradict_each_other_are_refused():
    instance = illustrative_example()
    one, asked, site = instance.configurations[0], instance.classes[0], instance.sites[0]
    with pytest.raises(ValueError, match="idle_w = 400 is above power_w"):
        one.replace(idle_w=400.0)
    for change, message in (
            ({"classes": (asked, asked.replace(name="b", demand_per_s=np.ones(2)))}, "give each as many"),
            ({"classes": tuple(asked.replace(name=f"c{q}") for q in range(13))}, "give at most 12"),
            ({"classes": (asked.replace(demand_per_s=np.zeros(0)),)}, "0 periods"),
            ({"classes": (asked.replace(demand_per_s=np.full(1, 1e9), tokens_each=1e9),)}, "more than 1e12"),
            ({"sites": (site.replace(gpus=np.ones(3, dtype=int)),)}, "3 entries in gpus; give 2"),
            ({"gpu_lifetime_h": 1.0, "gpus": tuple(b.replace(embodied_kg=None) for b in instance.gpus)},
             "has no embodied_kg")):
        with pytest.raises(ValueError, match=message):
            instance.replace(**change)
