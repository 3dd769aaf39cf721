"""Pictures of programs: every value a box, every local derivative on its edge.

>>> from autograd import Value
>>> import visualize
>>> x = Value(2.0, name="x")
>>> y = (3 * x).tanh()
>>> visualize.draw(y)  # in a notebook, the picture
<drawing of 3 values>
>>> visualize.draw(y).save("y.svg")  # doctest: +SKIP
PosixPath('y.svg')
"""

import autograd

if not hasattr(autograd, "Value"):
    raise ImportError(
        f"`visualize` needs stepgrad's package `autograd`, but one in {autograd.__path__[0]} is found before it; "
        "HIPS autograd has a package of that name, and the two cannot share an environment"
    )

from .drawing import draw, draw_dot
from .expressions.document import play
from .networks.drawing import draw_network
from .pages.document import Page, page
from .picture.picture import Drawing
from .picture.render import RenderError
from .programs.selection import Selection, between, upstream

__all__ = [
    "Drawing",
    "Page",
    "RenderError",
    "Selection",
    "between",
    "draw",
    "draw_dot",
    "draw_network",
    "page",
    "play",
    "upstream",
]
