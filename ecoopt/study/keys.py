"""Keys: what makes a run the run it is, so that a finished one is known again."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ecoopt import __version__
from ecoopt.core.budget import Budget
from ecoopt.core.method import Method
from ecoopt.core.result import json_value
from ecoopt.family_class import Family
from ecoopt.registry import provider

_DIGITS = 32


def digest_of(content: Any) -> str:
    """Return the sha256 of JSON values, whatever the order of their keys."""
    text = json.dumps(json_value(content), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def own_options(method: Method, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that differ from the method's defaults, checked.

    Raises
    ------
    InputError
        With every option that is unknown or wrong.
    """
    fields = method.options_model.model_fields
    return {name: value for name, value in method.checked_options(dict(options)).items()
            if fields[name].is_required() or value != fields[name].default}


def code_version(entry: Family | Method) -> str:
    """Return ecoopt's version, with that of the package a third party's family or method comes from."""
    origin = provider(entry)
    return f"{__version__} + {origin}" if origin else __version__


def run_key(instance_digest: str, method: Method, options: Mapping[str, Any], seed: int, budget: Budget,
            version: str) -> str:
    """Return the key of a run: instance, method, options, seed, budget and version of the code.

    Parameters
    ----------
    instance_digest : str
        Content of the instance.
    method : Method
        The method.
    options : mapping
        Those that differ from the defaults.
    seed : int
        The seed.
    budget : Budget
        What may be spent.
    version : str
        See `code_version`.
    """
    limits = {name: value for name, value in asdict(budget).items() if value is not None}
    parts = [instance_digest, method.family, method.name, digest_of(options), seed, limits, version]
    return digest_of(parts)[:_DIGITS]
