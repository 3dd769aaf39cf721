"""From text to picture: by the program dot, by pygraphviz, and what happens where neither does it."""

import io
import json
import math
import os
import re
import sys
from xml.etree import ElementTree

import pypdf
import pytest

import visualize
from autograd import AutogradError, InputTypeError, InputValueError, Value, scope
from visualize import RenderError
from visualize.picture.render import can_render, render

from .test_draw import HOSTILE, marked

SVG = "{http://www.w3.org/2000/svg}"
LAYOUT = json.dumps(  # of three boxes and two edges, as Graphviz writes it
    {
        "bb": "0,0,1000,500",
        "objects": [{"name": f"n{k}", "pos": f"{100 * k + 100},100"} for k in range(3)],
        "edges": [{"id": f"e2_{k}", "pos": "e,9,9 1,2 3,4 5,6 7,8", "lp": "50,60"} for k in range(2)],
    }
)


def drawing():
    y = Value(3.0, name="x") * Value(2.0, name="w")
    y.name = "y"
    return visualize.draw(y)


def lines_of(svg):
    """The texts of each box, edge and frame of an SVG picture, line by line."""
    lines = []
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        written, ends = {}, {}
        for text in group.findall(f"{SVG}text"):
            x, y, length = (float(text.get(name)) for name in ("x", "y", "textLength"))
            apart = " " if x - ends.get(y, x) > 1 else ""
            written[y] = written.get(y, "") + apart + text.text
            ends[y] = x + length
        lines += written.values()
    return lines


@pytest.fixture
def program_dot(without_dot, without_pygraphviz):
    """Put a program of that name on the path, with what it does given in Python."""
    if os.name == "nt":
        pytest.skip("a script with #! is not a program on Windows")

    def write(does, first_line=f"#!{sys.executable}"):
        path = without_dot / "dot"
        path.write_text(f"{first_line}\n{does}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    return write


@pytest.fixture
def no_renderer(without_dot, without_pygraphviz):
    """A machine without Graphviz."""


# --- The pictures -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("format", "begins"), [("svg", b"<svg "), ("png", b"\x89PNG\r\n\x1a\n"), ("pdf", b"%PDF-")])
@pytest.mark.untraced
def test_the_ending_of_the_file_says_what_is_written(renderer, tmp_path, format, begins):
    for name in (f"y.{format}", f"Y.{format.upper()}"):
        assert drawing().save(tmp_path / name) == tmp_path / name
        assert (tmp_path / name).read_bytes().startswith(begins)


def test_a_path_may_be_text(renderer, tmp_path):
    assert drawing().save(str(tmp_path / "y.svg")).read_text(encoding="utf-8") == drawing().svg()


@pytest.mark.smoke
def test_svg_is_one_element_that_can_stand_in_a_page(renderer):
    svg = drawing().svg()
    assert ElementTree.fromstring(svg).tag == f"{SVG}svg"
    assert svg.startswith("<svg ")
    assert svg.endswith("</svg>\n")
    assert "<!" not in svg
    assert "<?" not in svg


def test_svg_shows_boxes_edges_and_a_dashed_frame(renderer):
    with scope("outer"):
        y = Value(3.0, name="x") ** 2
    svg = visualize.draw(y).svg()
    classes = [group.get("class").split()[0] for group in ElementTree.fromstring(svg).iter(f"{SVG}g")]
    assert [classes.count(kind) for kind in ("cluster", "node", "edge")] == [1, 2, 1]
    assert re.findall('<g id="c1" class="cluster">\n<path .* stroke-dasharray="5,3"/>', svg)
    assert svg.count("stroke-dasharray") == 1
    assert {"outer", "x input", "%1 = x ** 2", "6.0"} <= set(lines_of(svg))


@pytest.mark.needs_dot
def test_a_detached_value_is_an_octagon():
    svg = visualize.draw(Value(3.0).detach() * 2).svg()
    [outline] = re.findall('class="node detached">\n<path d="M(.*?)z"', svg)
    assert len(re.split("[L ]", outline)) == 8


def hostile():
    with scope("<frame> \\G &amp; \\N"):
        return sum((Value(1.0, name=name) for name in HOSTILE[1:]), Value(1.0, name=HOSTILE[0]))


def test_hostile_names_come_out_as_themselves_in_svg(renderer):
    written = lines_of(visualize.draw(hostile()).svg())
    assert {f"{marked(name)} input" for name in HOSTILE} <= set(written)
    assert "<frame> \\G &amp; \\N" in written
    for name in HOSTILE[1:]:
        assert any(line.endswith(f" + {marked(name)}") for line in written)


@pytest.mark.untraced
def test_hostile_names_come_out_as_themselves_in_pdf(renderer, tmp_path):
    page = pypdf.PdfReader(visualize.draw(hostile()).save(tmp_path / "y.pdf")).pages[0].extract_text()
    for name in HOSTILE:
        if name.isascii():  # what a font lacks has no text in a PDF
            assert name in page


@pytest.mark.needs_dot
def test_hostile_names_do_no_harm_in_png(tmp_path):
    assert visualize.draw(hostile()).save(tmp_path / "y.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.needs_dot
@pytest.mark.parametrize(("options", "scale"), [({}, 2), ({"dpi": 72}, 1), ({"dpi": 300}, 300 / 72)])
def test_a_bitmap_has_two_pixels_for_each_point_or_as_many_as_the_resolution_says(options, scale, tmp_path):
    box = ElementTree.fromstring(drawing().svg()).get("viewBox")
    png = drawing().save(tmp_path / "y.png", **options).read_bytes()
    pixels = [int.from_bytes(png[k : k + 4], "big") for k in (16, 20)]
    assert pixels == [pytest.approx(scale * float(number), abs=1) for number in box.split()[2:]]


@pytest.mark.needs_dot
@pytest.mark.parametrize("format", ["png", "pdf"])
def test_without_matplotlib_the_error_says_what_to_install(format, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=f"{format.upper()} is drawn by matplotlib.*: pip install matplotlib; SVG"):
        drawing().save(tmp_path / f"y.{format}")
    assert not list(tmp_path.iterdir())


def test_a_notebook_gets_the_picture(renderer):
    shown = drawing()._repr_mimebundle_(include=None, exclude=None)
    assert set(shown) == {"text/html", "image/svg+xml", "image/png", "text/plain"}
    assert ElementTree.fromstring(shown["image/svg+xml"]).tag == f"{SVG}svg"
    assert shown["text/plain"] == "<drawing of 3 values>"
    picture = shown["text/html"].removeprefix('<div style="overflow-x:auto">').removesuffix("</div>")
    assert ElementTree.fromstring(picture).tag == f"{SVG}svg"
    assert lines_of(picture) == lines_of(drawing().svg())


# --- Which renderer ---------------------------------------------------------------------------------------------------


def test_the_program_comes_first(program_dot, monkeypatch):
    monkeypatch.delitem(sys.modules, "pygraphviz")
    program_dot(f"print({LAYOUT!r})")
    assert [float(x) for x in re.findall(r'viewBox="0 0 (\S+) (\S+)"', drawing().svg())[0]] == [1012, 512]


def test_the_program_reads_the_text_and_is_told_the_format(program_dot):
    program_dot("import sys; print(sys.argv[1:], sys.stdin.buffer.read().decode('utf-8'), end='')")
    assert render("digraph { é }", "svg", 60).decode() == "['-Tsvg'] digraph { é }"


def test_pygraphviz_that_cannot_be_imported_is_quoted(without_dot, tmp_path, monkeypatch):
    (tmp_path / "pygraphviz.py").write_text("raise ImportError('a library is missing')", encoding="utf-8")
    monkeypatch.delitem(sys.modules, "pygraphviz", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(RenderError, match=r"(?s)\(pygraphviz\) failed with code 1.*Error: a library is missing"):
        drawing().svg()


def test_an_interpreter_that_does_not_know_itself_cannot_use_pygraphviz(without_dot, monkeypatch):
    monkeypatch.setattr(sys, "executable", "")
    with pytest.raises(RenderError, match="no Graphviz was found"):
        render("digraph {}", "svg", 60)
    assert not can_render()


# --- Failures ---------------------------------------------------------------------------------------------------------


def test_without_a_renderer_the_error_gives_three_ways(no_renderer):
    with pytest.raises(RenderError) as refused:
        render("digraph {}", "svg", 60)
    message = str(refused.value)
    for way in ("apt install graphviz", "brew install graphviz", "winget install graphviz"):
        assert way in message
    assert "pip install pygraphviz" in message
    assert '.save("picture.dot")' in message
    assert isinstance(refused.value, AutogradError)
    assert isinstance(refused.value, RuntimeError)


def test_without_a_renderer_there_is_still_the_text(no_renderer, tmp_path):
    path = drawing().save(tmp_path / "y.dot")
    assert path.read_text(encoding="utf-8") == drawing().dot


def test_a_notebook_without_a_renderer_gets_the_picture_in_layers(no_renderer):
    shown = drawing()._repr_mimebundle_(include=None, exclude=None)
    assert set(shown) == {"text/html", "image/svg+xml", "image/png", "text/plain"}
    assert lines_of(shown["image/svg+xml"]) == lines_of(drawing().svg())


FAILURES = [
    (
        "import sys; sys.stderr.write('no such layout'); sys.exit(3)",
        "(?s)failed with code 3, saying:\nno such layout\n",
    ),
    ("import sys; sys.exit(2)", "(?s)failed with code 2, saying:\nnothing\n"),
    ("", "failed with code 0, saying:\nnothing\n"),
    ("print('not a layout')", "something other than a layout, beginning with 'not a layout"),
    ("import sys; sys.stdout.buffer.write(b'\\xff')", "something other than a layout"),
    ("print({})", "something other than a layout, beginning with '{}"),
]


@pytest.mark.parametrize(("does", "words"), FAILURES)
def test_a_program_that_fails_is_quoted_and_a_notebook_survives_it(program_dot, does, words):
    program_dot(does)
    with pytest.raises(RenderError, match=words):
        drawing().svg()
    assert list(drawing()._repr_mimebundle_()) == ["text/plain"]


def test_a_program_that_does_not_read_is_no_reason_to_hang(program_dot):
    program_dot(f"print({LAYOUT!r})")
    assert render(" " * 1_000_000, "json0", 60).decode().strip() == LAYOUT


def test_a_program_that_takes_too_long_is_stopped(program_dot, tmp_path):
    program_dot("import time; time.sleep(60)")
    with pytest.raises(RenderError, match=r"not drawn this graph within 0\.2 seconds; .*timeout="):
        drawing().svg(timeout=0.2)
    with pytest.raises(RenderError, match="not drawn"):
        drawing().save(tmp_path / "y.png", timeout=0.2)
    assert not (tmp_path / "y.png").exists()
    for dpi in (0, math.nan, 1e9):
        with pytest.raises(InputValueError, match="dpi is a number of pixels per inch, from 1 to 2400, not"):
            drawing().save(tmp_path / "y.png", dpi=dpi)


def test_a_file_that_is_no_program_is_named(program_dot):
    path = program_dot("", first_line="\0")
    with pytest.raises(RenderError, match=f"could not be started as '{path}'"):
        drawing().svg()


def test_a_graph_that_is_none_is_refused_with_graphviz_own_words(renderer):
    with pytest.raises(RenderError, match=r"(?s)failed with code [1-9].*syntax error"):
        render("digraph { ->", "svg", 60)


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        ("y.jpg", InputValueError, "saved as .svg, .png, .pdf or .dot, not as 'y.jpg'"),
        ("y", InputValueError, "not as 'y'; give it one of these endings"),
        ("", InputValueError, "give it one of these endings"),
        (os.path.join("nowhere", "y.svg"), InputValueError, "there is no folder 'nowhere' to save 'y.svg' in; make it"),
        (3, InputTypeError, "the path of a file, not int 3"),
        (None, InputTypeError, "not NoneType None"),
        (io.BytesIO(), InputTypeError, "not BytesIO"),
    ],
)
def test_a_path_that_does_not_do_is_refused_before_anything_is_drawn(no_renderer, path, error, words):
    with pytest.raises(error, match=words):
        drawing().save(path)
