"""The path of a computation through the house: which modules its calls are in, and how often it changes the room.

>>> import autograd
>>> x = autograd.Value(2.0)
>>> flow(lambda: (x * x).backward())
<1 room, 0 moves: autograd.core>
"""

import sys

from tests.support.house.imports import PACKAGES
from tests.support.processes import ROOT


class Flow:
    """The calls that a computation made.

    Attributes
    ----------
    modules : list[str]
        The module of each call of a function of this project that has a name, in order. Comprehensions and lambdas
        are left out, since versions of Python differ in what is a call there. A generator is called where it is
        first resumed.
    rooms : list[str]
        The room of each: the part of ``autograd`` that it is in, or another package.
    moves : int
        How often a call is in another room than the one before.
    """

    def __init__(self, modules):
        self.modules = modules
        self.rooms = [".".join(name.split(".")[: 2 if name.startswith("autograd.") else 1]) for name in modules]
        self.moves = sum(here != there for here, there in zip(self.rooms, self.rooms[1:]))  # noqa: B905

    def __repr__(self):
        rooms = sorted(set(self.rooms))
        return f"<{len(rooms)} room{'s' * (len(rooms) > 1)}, {self.moves} moves: {', '.join(rooms)}>"


def flow(work):
    """The `Flow` of a call of ``work``."""
    modules = []
    begun = {}  # by its identity, each frame that was entered; kept, so that no two have the same one
    folders = tuple(str(ROOT / package) for package in PACKAGES)

    def note(frame, event, _):
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(folders) or code.co_name[0] == "<":
            return
        if id(frame) not in begun:
            begun[id(frame)] = frame
            modules.append(code.co_filename[len(str(ROOT)) + 1 : -3].replace("/", ".").replace("\\", "."))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return Flow(modules)
