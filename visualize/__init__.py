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

from .drawing import Drawing, draw, draw_dot
from .network import draw_network
from .page import Page, page
from .render import RenderError
from .selection import Selection, between, upstream

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
    "upstream",
]
