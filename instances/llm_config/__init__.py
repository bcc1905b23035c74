"""Configurations of language models: GPU type, shards, batch and cap over sites and periods; schema and generator."""

from ecoopt.instances.llm_config.capping import CapFactors, cap_factors, measured_caps_w
from ecoopt.instances.llm_config.generate import generate
from ecoopt.instances.llm_config.illustrative import illustrative_example, illustrative_table
from ecoopt.instances.llm_config.memory import fits, needed_gb, published_fit
from ecoopt.instances.llm_config.models import MODELS, LanguageModel, language_model
from ecoopt.instances.llm_config.parts import Configuration, RequestClass, Site
from ecoopt.instances.llm_config.schedule import LlmConfigSchedule
from ecoopt.instances.llm_config.schema import LlmConfigInstance

Instance = LlmConfigInstance
Schedule = LlmConfigSchedule

__all__ = [
    "MODELS", "CapFactors", "Configuration", "Instance", "LanguageModel", "LlmConfigInstance", "LlmConfigSchedule",
    "RequestClass", "Schedule", "Site", "cap_factors", "fits", "generate", "illustrative_example", "illustrative_table",
    "language_model", "measured_caps_w", "needed_gb", "published_fit"]
