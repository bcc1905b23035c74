"""The referee of configurations: what it charges, by hand, and every rule broken once."""

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.evaluate.llm_config import rules
from ecoopt.instances.llm_config import LlmConfigSchedule, illustrative_example
from ecoopt.instances.llm_config.models import MODELS


@pytest.fixture
def instance():
    """Return two periods of the example, with idle power, starts, PUE and embodied carbon."""
    example = illustrative_example(demand_tokens_per_s=170.0)
    site = example.sites[0]
    return example.replace(
        configurations=tuple(one.replace(idle_w=one.power_w / 2) for one in example.configurations),
        classes=(example.classes[0].replace(demand_per_s=np.array([170.0, 85.0])),), start_j_per_gpu=3.6e5,
        gpu_lifetime_h=1000.0, models=(*example.models, MODELS[0]),
        sites=(site.replace(pue=1.5, carbon=site.carbon.replace(intensity_g_per_kwh=np.array([1000.0, 500.0]))),))


def schedule(replicas, tokens):
    """Return replicas of the first configuration, and its tokens, over two periods."""
    counts, made = np.zeros((2, 1, 6), dtype=int), np.zeros((2, 1, 1, 6))
    counts[:, 0, 0], made[:, 0, 0, 0] = replicas, tokens
    return LlmConfigSchedule(replicas=counts, tokens_per_s=made)


def what(instance, found):
    return {violation.what for violation in ecoopt.evaluate(instance, found).violations}


def test_the_charges_are_those_worked_out_by_hand(instance):
    score = ecoopt.evaluate(instance, schedule([2, 3], [170.0, 85.0]))
    assert score.feasible
    terms = {name: term.value for name, term in score.terms.items()}
    assert terms["idle_g"] == pytest.approx(1.5 * (300 + 450 / 2))
    assert terms["serving_g"] == pytest.approx(1.5 * (150 * 1.7 + 150 * 0.85 / 2))
    assert terms["start_g"] == pytest.approx(1.5 * 8 * 0.1 * 500)  # one more, 8 GPUs, 0.1 kWh each
    board_g = instance.gpus[0].embodied_kg * 1000 / 1000
    assert terms["embodied_g"] == pytest.approx(board_g * 8 * 5)
    parts = sum(terms[f"{name}_g"] for name in ("idle", "serving", "start", "embodied"))
    assert score.objective == pytest.approx(parts)
    assert (terms["gpu_h"], terms["most_gpus"], terms["starts"]) == (40.0, 24.0, 1.0)


def test_what_ran_before_does_not_start(instance):
    running = np.zeros((6, 1), dtype=int)
    cold = ecoopt.evaluate(instance.replace(running=running), schedule([2, 2], [170.0, 85.0]))
    running[0] = 2
    warm = ecoopt.evaluate(instance.replace(running=running), schedule([2, 2], [170.0, 85.0]))
    assert (cold.terms["starts"].value, warm.terms["starts"].value) == (2.0, 0.0)


def test_every_broken_rule_is_told(instance):
    asked, site, kinds = instance.classes[0], instance.sites[0], instance.configurations
    good = schedule([2, 2], [170.0, 85.0])
    assert what(instance, schedule([2, 2], [160.0, 85.0])) == {rules.NOT_SERVED}
    assert what(instance, schedule([2, 2], [170.0, 100.0])) == {rules.TOO_MUCH}
    assert what(instance, schedule([1, 2], [170.0, 85.0])) == {rules.OVERLOADED}
    assert what(instance, schedule([9, 2], [170.0, 85.0])) == {rules.TOO_MANY_GPUS}
    assert what(instance.replace(sites=(site.replace(power_limit_w=500.0),)), good) == {rules.TOO_MUCH_POWER}
    for change, broken in (
            ({"max_latency_s": 100.0}, rules.TOO_LATE), ({"length_tokens": 300}, rules.TOO_SHORT),
            ({"model": MODELS[0].name}, rules.WRONG_MODEL), ({"min_quality": 0.7}, rules.TOO_POOR),
            ({"mean_quality": 0.7}, rules.POOR_MEAN)):
        assert what(instance.replace(classes=(asked.replace(**change),)), good) == {broken}
    assert kinds[0].latency_s > 100


def test_what_does_not_belong_together_is_refused(instance):
    one = schedule([2, 2], [170.0, 85.0])
    with pytest.raises(InputError, match=r"has shape \[2, 1, 1, 6\], the instance \[1, 1, 1, 6\]"):
        ecoopt.evaluate(illustrative_example(), one)
    from ecoopt.evaluate.llm_config import evaluate

    with pytest.raises(InputError, match="give an LlmConfigInstance"):
        evaluate(instance, instance)
    with pytest.raises(ValueError, match="tokens_per_s has shape"):
        LlmConfigSchedule(replicas=one.replicas, tokens_per_s=np.zeros((2, 1, 2, 6)))
