"""Docstrings in numpydoc's format, and names of types as links where the type is one of ours."""

from typing import Any

from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.ext.napoleon import Config, NumpyDocstring
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import find_pending_xref_condition

# Types of parameters are words ("int array [F, G]"): as fields of Sphinx's own, each word would be a link to whatever
# bears its name.
FORMAT = Config(napoleon_use_param=False, napoleon_use_rtype=False,
                napoleon_custom_sections=[("Attributes", "params_style")])


def setup(app: Sphinx) -> dict[str, Any]:
    """Read docstrings by section, and leave out links that lead nowhere."""
    app.connect("autodoc-process-docstring", _by_section)
    app.add_post_transform(OwnTypes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _by_section(app: Sphinx, what: str, name: str, entry: object, options: object, lines: list[str]) -> None:
    # Of a constant or a property Napoleon takes the words before a colon for a type; under no such heading it does not.
    kind = "" if what in ("attribute", "data", "property") else what
    lines[:] = NumpyDocstring(lines, FORMAT, app, kind, name, entry, options).lines()


class OwnTypes(SphinxPostTransform):
    """Take away links to names that nothing in ecoopt bears.

    Sphinx looks each of them up among the ends of all names, for a sixth of the site's time, and finds none.
    """

    default_priority = 5  # before links are resolved

    def run(self, **kwargs: Any) -> None:
        """Keep the text of such links."""
        known = {name.rpartition(".")[2] for name in self.env.domains.python_domain.objects}
        for link in list(self.document.findall(pending_xref)):
            if link["refdomain"] == "py" and link["reftarget"].rpartition(".")[2] not in known:
                text = find_pending_xref_condition(link, "*")
                link.replace_self(text.children if text else link.children)
