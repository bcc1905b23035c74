"""Keep-alive's laws are not traced: its other tests reach what they reach, and tracing takes as long as the laws do."""

from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents and item.path.name.startswith("test_keepalive"):
            item.add_marker(pytest.mark.no_cover)
