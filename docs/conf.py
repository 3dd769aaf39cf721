"""The settings of the site, which ``make docs`` builds with Sphinx into ``docs/_build/html``.

Nothing is fetched, neither when the site is built nor when it is read: MathJax is copied from an installed package, and
the pictures are drawn by the build. With ``STEPGRAD_DOCS_QUICK=1`` their scripts run at the size of the tests, and the
chapters say so: such a build is for checks, and not to be published.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PAGES = HERE / "_build" / "pages"
sys.path.insert(0, str(ROOT))

import autograd  # noqa: E402

project = "stepgrad"
author = "the authors of stepgrad"
copyright = f"{author}, MIT licence"
version = release = autograd.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["_build"]
myst_enable_extensions = ["amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_fence_as_directive = ["mermaid"]
myst_heading_anchors = 4

# --- The reference ----------------------------------------------------------------------------------------------------

default_role = "py:obj"  # a name in single backticks is a link, if the reference has it
autodoc_typehints = "none"  # the docstrings say the types
autodoc_member_order = "bysource"
add_module_names = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
napoleon_google_docstring = False
napoleon_use_rtype = False
# Sections in which a line may describe several names together.
napoleon_custom_sections = [(section, "params_style") for section in ("Parameters", "Attributes", "Warns")]
autodoc_inherit_docstrings = False  # a method that says nothing new is described by the class that it comes from

# --- The look ---------------------------------------------------------------------------------------------------------

html_theme = "furo"
html_title = "stepgrad"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_extra_path = ["_build/pages", "_build/notebooks"]  # the pages to step through and the notebooks, as they are
html_show_sourcelink = False
html_domain_indices = False  # the theme has no link to them
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#00588f", "color-brand-content": "#00588f"},
    "dark_css_variables": {"color-brand-primary": "#56b4e9", "color-brand-content": "#56b4e9"},
}
pygments_style = "default"
pygments_dark_style = "github-dark"
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

mathjax_path = "tex-svg-full.js"  # draws with outlines, so that it needs no fonts
mathjax_options = {"defer": "defer"}


def mathjax() -> Path:
    """The file of MathJax that pages load, as a package brings it."""
    found = importlib.util.find_spec("mathjax")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError('the formulas of the site need MathJax: pip install -e ".[docs]"')
    return Path(found.submodule_search_locations[0], "static", "mathjax", "es5", mathjax_path)


def write_what_is_generated(_: Any) -> None:
    """Draw the pictures of the course, and write the reference and the notebooks."""
    from docs import course_pictures, notebooks, reference_pages

    course_pictures.draw_all(quick=bool(os.environ.get("STEPGRAD_DOCS_QUICK")))
    reference_pages.write()
    notebooks.write()
    write_pages_to_step_through(PAGES)


def mark_quick_pictures(_: Any, document: str, source: list[str]) -> None:
    """Say on a page of the course that its pictures come from quick runs, if they do."""
    from docs.course_pictures import marked

    if document.startswith("course/"):
        source[0] = marked(source[0])


def write_pages_to_step_through(folder: Path) -> None:
    """Write the pages of a neuron, an expression, networks that learn, and the one to play with, as they are today."""
    import visualize
    from autograd import Value
    from docs.kept_pictures import filmed, trained
    from examples.start.draw_expression import expression, neuron

    for name, y in {"neuron": neuron(), "expression": expression(Value(-4.0, "a"), Value(2.0, "b"))}.items():
        y.backward()
        visualize.page(y, direction="LR" if name == "neuron" else "TB").save(folder / f"{name}.html")
    trained().save(folder / "network.html")
    filmed().save(folder / "film.html")
    visualize.play().save(folder / "play.html")


def as_readers_see_it(_: Any, doctree: Any) -> None:
    """Take off what a session has for doctest alone: options, and the empty line at the end."""
    from docutils import nodes

    for block in doctree.findall(nodes.literal_block):
        block.rawsource = re.sub(r"  # doctest: .*", "", block.astext()).rstrip("\n")
        block[:] = [nodes.Text(block.rawsource)]


def setup(app: Any) -> None:
    """Connect the steps of the build."""
    from docs import docstrings, notebooks, reference_pages
    from docs.drawn_diagrams import directive

    for folder in (notebooks.FOLDER, PAGES):
        folder.mkdir(parents=True, exist_ok=True)
    app.config.html_static_path.append(str(mathjax()))
    app.add_directive("mermaid", directive())
    app.connect("builder-inited", write_what_is_generated, priority=100)
    docstrings.connect(app, reference_pages.public_classes())
    app.connect("source-read", mark_quick_pictures)
    app.connect("doctree-read", as_readers_see_it)
