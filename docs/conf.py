"""The documentation site: these pages and the docstrings, with nothing fetched and every warning an error."""

import os
import sys
from pathlib import Path
from types import GenericAlias
from typing import Any

# Compiled functions are documented from their Python source.
os.environ["NUMBA_DISABLE_JIT"] = "1"
sys.path.insert(0, str(Path(__file__).parent / "extensions"))

import ecoopt

project = "ecoopt"
author = "The ecoopt developers"
copyright = "the ecoopt developers, Apache-2.0"
version = release = ecoopt.__version__

extensions = [
    "sphinx.ext.autodoc",
    "mathml",
    "catalogue",
    "docstrings",
    "reference",
]
if not os.environ.get("CI"):  # pages of source take as long as all others together, and can break nothing
    extensions.append("sphinx.ext.viewcode")
templates_path = ["_templates"]
exclude_patterns = ["_build", "_templates"]
default_role = "code"
add_module_names = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 100

autodoc_default_options = {"members": True, "member-order": "bysource", "ignore-module-all": True}
autodoc_typehints_format = "short"
autodoc_use_type_comments = False

math_number_all = False
numfig = False
html_math_renderer = "mathml"

html_theme = "furo"
html_title = f"ecoopt {release}"
html_static_path = ["_static"]
html_css_files = ["ecoopt.css"]
html_show_sphinx = False
html_copy_source = False


def setup(app: Any) -> None:
    """Leave out aliases like ``Pair = tuple[int, str]``: numpydoc takes them for classes, of which Sphinx 9 warns."""
    app.connect("autodoc-skip-member", _skip_aliases)


def _skip_aliases(app: Any, what: str, name: str, entry: object, skip: bool, options: object) -> bool | None:
    return True if isinstance(entry, GenericAlias) else None
