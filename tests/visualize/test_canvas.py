"""Text that is measured, the writer of SVG, and that of PNG and PDF."""

import io
import re
from pathlib import Path as File

import matplotlib
import numpy as np
import pypdf
import pytest
from matplotlib.image import imread

from visualize.canvas.printed import printed
from visualize.canvas.shapes import Ellipse, Group, Path, Picture, Rectangle, Text
from visualize.canvas.svg import elements, svg
from visualize.canvas.text import Run, clean, extent, merged, run, script, set_line, set_lines, width
from visualize.canvas.theme import DARK, LIGHT

# --- Widths -----------------------------------------------------------------------------------------------------------


@pytest.mark.smoke
@pytest.mark.parametrize(("file", "bold"), [("phvr8a.afm", False), ("phvb8a.afm", True)])
def test_the_widths_of_letters_are_those_of_adobes_font_metrics(file, bold):
    text = (File(matplotlib.get_data_path()) / "fonts" / "afm" / file).read_text(encoding="latin-1")
    metrics = re.findall(r"^C (\d+) ; WX (\d+) ; N (\w+)", text, re.MULTILINE)
    published = {
        chr(int(code)): int(wide) for code, wide, name in metrics if 32 <= int(code) < 127 if name[:5] != "quote"
    }
    assert len(published) > 90
    assert {letter: round(width(letter, 1000, bold)) for letter in published} == published


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("ȟ", 556),  # as wide as h
        ("é", 556),  # as wide as e
        ("e\u0301\u0302", 556),  # marks stand on their letter
        ("日本", 2000),
        ("ｗ", 1000),  # a letter of full width
        ("😀", 1000),
        ("x²", 833),
        ("ₙ", 345),
        ("жЖ", 556 + 722),
        ("→", 720),
        ("a\u200db", 1112),
    ],
)
def test_letters_that_helvetica_lacks_are_as_wide_as_their_kind(text, expected):
    assert width(text, 1000) == expected


def test_a_line_is_as_high_as_its_highest_letters():
    line = run("y", 10), run("z", 20)
    assert extent(line) == pytest.approx((5 + 10, 19, 5))
    assert extent(()) == (0, 0, 0)
    assert extent(line).height == pytest.approx(24)


def test_indices_stand_above_one_another_and_do_not_touch():
    letter, above, below = script(run("w", 10, italic=True), "2", "13")
    w, two, thirteen = set_line((letter, above, below), 0, 100)
    assert two.x == thirteen.x == pytest.approx(7.22)
    assert two.y < w.y < thirteen.y
    assert two.size == thirteen.size == pytest.approx(7)
    assert (thirteen.y - 0.95 * 7) - (two.y + 0.25 * 7) > -1e-9
    assert extent((letter, above, below)).width == pytest.approx(7.22 + 2 * 0.556 * 7)
    assert [each.text for each in script(run("x"))] == ["x"]
    assert [each.over for each in script(run("x"), below="1")] == [False, False]


def test_text_is_set_without_the_spaces_at_its_ends_which_still_take_up_room():
    one, two = set_line((run("data ", 10, colour="faint"), run(" 2.0", 10)), 5, 20)
    assert (one.text, two.text) == ("data", "2.0")
    assert two.x - (one.x + one.length) == pytest.approx(2 * 2.78)
    assert set_line((run("   "),), 0, 0) == []
    [mark] = set_line((run("\u0301"),), 0, 0)
    assert mark.length > 0


def test_a_line_may_stand_before_a_place_or_around_it():
    [left], [middle], [right] = (set_line((run("ab", 10),), 100, 0, anchor) for anchor in (0, 0.5, 1))
    assert [left.x, middle.x, right.x] == pytest.approx([100, 100 - 5.56, 100 - 11.12])
    first, second = set_lines([(run("a", 10),), (run("b", 10),)], 0, 50)
    assert (first.y, second.y) == pytest.approx((59.5, 71.5))


def test_runs_of_one_look_are_one():
    assert list(merged((run("a"), run("b"), run("c", bold=True)))) == [run("ab"), run("c", bold=True)]
    assert list(merged(())) == []
    above, below = Run("1", shift=5), Run("1", shift=5, over=True)
    assert list(merged((above, below))) == [above, below]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\t", "a\\nb\\t"),
        ("\x00\x7f\x85", "\\x00\\x7f\\x85"),
        ("half\ud83d", "half?"),
        ("\ufffe", "\ufffd"),
        ("é", "é"),
    ],
)
def test_what_no_format_can_hold_is_written_out(text, shown):
    assert clean(text) == shown
    assert clean("x" * 1000) == "x" * 200 + "…" + "x" * 199


# --- The writers ------------------------------------------------------------------------------------------------------

TEXTS = [Text("Wide letters", 20, 50, 120, 14), Text("$x_1$ <&>", 20, 80, 70, 14, bold=True, colour="accent")]
SHAPES = (
    Group((Rectangle(10, 30, 150, 30, 8, "input.fill", "input.line"), TEXTS[0]), "n0", ("node",)),
    Rectangle(170, 30, 20, 20, 0, "output.fill"),
    Ellipse(180, 80, 10, 15, "fold.fill", "fold.line", dashed=True),
    Path(((10, 100), (60, 60), (110, 140), (160, 100)), curved=True, line="line"),
    Path(((160, 96), (170, 100), (160, 104)), closed=True, fill="line"),
    TEXTS[1],
)


def test_svg_keeps_texts_to_their_length_and_escapes_them():
    text, other = elements(TEXTS, lambda shape: "")
    assert text == '<text x="20" y="50" textLength="120" lengthAdjust="spacingAndGlyphs">Wide letters</text>'
    assert other.endswith(">$x_1$ &lt;&amp;&gt;</text>")
    assert 'xml:space="preserve"' in next(elements([Text("a  b", 0, 0, 1)], lambda shape: ""))


def test_svg_has_ids_and_classes_with_a_prefix_and_a_description():
    written = svg(Picture(200, 120, SHAPES, "light", 'a "title" <b>'), prefix="p-")
    assert '<g id="p-n0" class="p-node">' in written
    assert 'aria-label="a &quot;title&quot; &lt;b&gt;"' in written
    assert '<path d="M10,100C60,60 110,140 160,100" fill="none" stroke="#7a7a7a"' in written
    assert 'z"' in written


def rgb(colour):
    return [int(colour[k : k + 2], 16) for k in (1, 3, 5)]


@pytest.mark.parametrize(("theme", "colours"), [("auto", LIGHT), ("dark", DARK)])
def test_a_bitmap_has_the_shapes_at_their_places_and_the_letters_as_long_as_in_svg(theme, colours):
    pixels = imread(io.BytesIO(printed(Picture(200, 120, SHAPES, theme), "png", dpi=288)))
    assert pixels.shape[:2] == (480, 800)
    palette = colours.named()

    def at(x, y):
        return (255 * pixels[int(4 * y), int(4 * x), :3]).round().tolist()

    assert at(2, 2) == rgb(palette["paper"])
    assert at(13, 57) == at(157, 33) == rgb(palette["input.fill"])
    assert at(10.5, 30.5) == rgb(palette["paper"])  # the corner is round
    assert at(171, 31) == rgb(palette["output.fill"])
    assert at(180, 80) == rgb(palette["fold.fill"])
    for text, ground in zip(TEXTS, ("input.fill", "paper"), strict=True):
        around = pixels[int(4 * (text.y - 11)) : int(4 * (text.y + 3)), 4 * 12 : 4 * 156, :3]
        inked = np.abs(around - np.array(rgb(palette[ground])) / 255).sum(axis=2).max(axis=0) > 0.3
        begin, *_, end = 12 + np.flatnonzero(inked) / 4
        assert begin == pytest.approx(text.x, abs=2)
        assert end == pytest.approx(text.x + text.length, abs=2)


@pytest.mark.untraced
def test_a_pdf_has_its_size_its_title_and_text_that_can_be_searched():
    content = printed(Picture(200, 120, SHAPES, "light", "a title"), "pdf")
    [page] = pypdf.PdfReader(io.BytesIO(content)).pages
    assert (float(page.mediabox.width), float(page.mediabox.height)) == (200, 120)
    assert pypdf.PdfReader(io.BytesIO(content)).metadata.title == "a title"
    assert page.extract_text().splitlines() == ["Wide letters", "$x_1$ <&>"]
    assert printed(Picture(200, 120, SHAPES, "light", "a title"), "pdf") == content


def test_letters_that_no_font_has_are_boxes_and_no_reason_to_warn():
    picture = Picture(60, 20, (Text("\U0001f600日", 2, 15, 40), Text("\u0301", 2, 15, 1)))
    assert printed(picture, "png").startswith(b"\x89PNG")
    assert printed(picture, "pdf").startswith(b"%PDF")
