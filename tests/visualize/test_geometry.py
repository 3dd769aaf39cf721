"""Pictures as a browser draws them, in several fonts: no text leaves its shape, and none lies on another."""

import re

import pytest

from tests.support.pictures.gallery import gallery
from tests.support.pictures.geometry import FONTS, faults
from visualize.canvas.shapes import Group, Picture, Rectangle, Text
from visualize.canvas.svg import svg


def picture(*children):
    return svg(Picture(100, 100, children, theme="light"))


def box(id, x, y, *texts):
    return Group((Rectangle(x, y, 40, 20, fill="input.fill"), *texts), id, ("node",))


BAD = {  # a picture, and what is wrong with it
    "too long for its box": (
        picture(box("n0", 10, 10, Text("too long", 12, 24, 60))),
        "'too long' leaves the shape of n0",
    ),
    "too high for its box": (picture(box("n0", 10, 10, Text("x", 12, 18, 6))), "'x' leaves the shape of n0"),
    "out of the picture": (picture(Text("outside", 70, 50, 40)), "'outside' leaves the picture"),
    "one over the other": (
        picture(Group((Text("1.0", 10, 50, 20),), "e0", ("edge",)), Group((Text("2.0", 25, 55, 20),), "e1", ("edge",))),
        "'1.0' of e0 and '2.0' of e1 overlap",
    ),
    "a label on a box": (
        picture(box("n0", 10, 10), Group((Text("1.0", 40, 25, 20),), "e0", ("edge",))),
        "'1.0' of e0 lies on n0",
    ),
}


FREE = ["neuron-light", "loss-depth-1", "compiled"]


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """The faults of the gallery, of bad pictures, and of some whose text has no fixed length; in one browser."""
    pictures = {name: drawing.svg(prefix=f"g{k}-") for k, (name, drawing) in enumerate(gallery())}
    free = {f"free {name}": re.sub(r' textLength="[^"]*"', "", pictures[name]) for name in FREE}
    bad = {name: text for name, (text, _) in BAD.items()}
    return pictures, faults(pictures | bad | free, tmp_path_factory.mktemp("gallery"))


@pytest.mark.needs_dot
@pytest.mark.needs_browser
@pytest.mark.long
class TestGeometry:
    def test_there_are_pictures_of_all_kinds(self, measured):
        pictures, _ = measured
        assert len(pictures) >= 40

    def test_no_text_leaves_its_shape_and_none_lies_on_another_in_any_font(self, measured):
        pictures, found = measured
        assert [fault for fault in found if fault.picture in pictures] == []

    @pytest.mark.parametrize("name", BAD)
    def test_the_check_finds_what_is_wrong(self, measured, name):
        _, found = measured
        assert {fault.font for fault in found if fault.picture == name and fault.what == BAD[name][1]} == set(FONTS)

    def test_without_the_length_of_each_text_pictures_would_depend_on_the_font(self, measured):
        _, found = measured
        wide = {fault.picture for fault in found if fault.font == "DejaVu Serif"}
        assert {f"free {name}" for name in FREE} <= wide
