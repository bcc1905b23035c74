"""A small instance of every family of ours, by the options of its generator."""

from typing import Any

SMALL: dict[str, dict[str, Any]] = {
    "keepalive": {"functions": 6, "hours": 0.3, "seed": 3, "memory": 0.4},
}
